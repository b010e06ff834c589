import { releaseOf } from "../cloud/releases.ts";
import type { NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import type { Unit } from "../supervisor/unit.ts";
import { hostBridgesStep, nodeLinksStep, nodeNamespacesStep, runDirectoryStep } from "./namespaces.ts";
import { packagesStep, virtualEnvironmentStep } from "./packages.ts";

/** Debian packages of every stack. */
const packages = [
  "ethtool",
  "iproute2",
  "iputils-ping",
  "mariadb-server",
  "netcat-openbsd",
  "openvswitch-switch",
  "ovn-central",
  "ovn-host",
  "procps",
  "tcpdump",
  "util-linux",
];

/** What the machine itself needs before any service starts. */
export function machineUnits(options: StackOptions, nodes: readonly NodePlan[]): Unit[] {
  const release = releaseOf(options.openstack);
  const units: Unit[] = [packagesStep("packages", [...packages, ...release.packages])];
  if (release.python !== undefined) {
    units.push(virtualEnvironmentStep({ name: "openstack-python", needs: ["packages"], ...release.python }));
  }
  units.push(runDirectoryStep(["packages"]), hostBridgesStep(["packages"]));
  for (const node of nodes) {
    units.push(
      nodeNamespacesStep(node, ["run-directory"]),
      nodeLinksStep(node, [`${node.name}/namespaces`, "host-bridges"]),
    );
  }
  return units;
}
