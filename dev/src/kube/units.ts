import type { NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import { packagesForImages } from "../images/index.ts";
import { packagesStep } from "../machine/packages.ts";
import type { Unit } from "../supervisor/unit.ts";
import { apiLoadBalancerStep } from "./api-load-balancer.ts";
import { certificatesStep } from "./certificates.ts";
import { apiServerService, controllerManagerService, etcdService, schedulerService } from "./control-plane.ts";
import { clusterObjectsStep } from "./coredns.ts";
import {
  cgroupStep,
  cniStep,
  containerdService,
  imageImportStep,
  imagesStep,
  kubeletService,
  nodeReadyStep,
} from "./node.ts";
import { binariesStep, programsOf } from "./programs.ts";

/** The cluster: control plane on the host, a kubelet and a containerd in each node. */
export function kubeUnits(options: StackOptions, nodes: readonly NodePlan[]): Unit[] {
  const programs = programsOf(options);
  const packages = ["containernetworking-plugins", "curl", "openssl", "runc", ...packagesForImages];
  if (options.containerd === "1.6") packages.push("containerd");
  const units: Unit[] = [
    packagesStep("kube-packages", [...new Set(packages)], ["packages"]),
    binariesStep(options, ["kube-packages"]),
    imagesStep(["binaries"]),
    certificatesStep(nodes, ["kube-packages"]),
    etcdService(programs),
    apiServerService(programs),
    controllerManagerService(programs),
    schedulerService(programs),
    clusterObjectsStep(programs),
    apiLoadBalancerStep(),
  ];
  for (const node of nodes) {
    units.push(
      cniStep(node, programs),
      cgroupStep(node, [`${node.name}/namespaces`]),
      containerdService(node, programs),
      imageImportStep(node, programs),
      kubeletService(node, programs),
      nodeReadyStep(node, programs),
    );
  }
  return units;
}
