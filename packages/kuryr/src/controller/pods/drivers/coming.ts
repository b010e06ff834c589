import type { Configuration } from "../../../config/load.ts";
import type { PodView } from "../plan.ts";
import type { PodDrivers, PoolWorld } from "./drivers.ts";

const nobody = (nodeName: string): PodView => ({
  namespace: "",
  name: "",
  uid: "",
  networkedElsewhere: false,
  nodeName,
  completed: false,
  isStatic: false,
  createdAt: 0,
});

const ofNobody = { projectId: "", qosPolicyId: undefined, mark: "" };

/** What can be said of the ports of pods before there are any. */
export function comingPods(
  drivers: Omit<PodDrivers, "pool">,
  { kubernetes }: Configuration,
): Pick<PoolWorld, "comingPort" | "anyPort"> {
  const { pod_project_driver: project, pod_subnets_driver: subnets, pod_security_groups_driver: groups } = kubernetes;
  // Only these are known to answer the same for every pod.
  const isSame = [project, subnets, groups].every((name) => name === "default");
  return {
    async comingPort(node, signal) {
      if (!isSame) return undefined;
      const pod = nobody(node);
      const [projectId, of, securityGroups] = await Promise.all([
        drivers.project.projectOf(pod, signal),
        drivers.subnets.subnetsOf(pod, signal),
        drivers.securityGroups.groupsOf(pod, signal),
      ]);
      return drivers.vif.portFor({ ...ofNobody, pod, projectId, subnets: of, securityGroups });
    },
    anyPort: () =>
      drivers.vif.portFor({
        ...ofNobody,
        pod: nobody(""),
        subnets: { networkId: "", subnetIds: [] },
        securityGroups: [],
      }),
  };
}
