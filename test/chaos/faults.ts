import { bringBack, kill, nodes } from "../support/stack.ts";
import { crash } from "../support/workloads.ts";

/** Something that breaks, and is mended: both have ended when it resolves. */
export interface Fault {
  readonly name: string;
  readonly strike: () => Promise<void>;
}

const killed = (component: string): Fault => ({
  name: `kill -9 ${component}`,
  strike: async () => {
    await kill(component);
    await bringBack(component);
  },
});

/** Dies in its pod, and is started again by the kubelet. */
const crashed = (component: string): Fault => ({
  name: `kill -9 ${component}`,
  strike: () => crash(component),
});

export const controllerDeath = crashed("kuryr-controller");

/** Deaths of Kuryr itself. */
export const ownDeaths: readonly Fault[] = [
  controllerDeath,
  ...nodes.map((node) => crashed(`${node.name}/kuryr-daemon`)),
];

/** Deaths of what Kuryr stands on. */
export const otherDeaths: readonly Fault[] = [
  killed("kube-apiserver"),
  killed("keystone"),
  killed("neutron-api"),
  ...nodes.flatMap((node) => [killed(`${node.name}/ovn-controller`), killed(`${node.name}/ovs-vswitchd`)]),
];

/**
 * Starts what has ended because of an API server that was killed: the scheduler does so by itself when its cache and the
 * API disagree ("Scheduler cache is corrupted"), and relies on being started again, as it would be in a static pod.
 */
export async function mendControlPlane(): Promise<void> {
  for (const component of ["kube-controller-manager", "kube-scheduler"]) await bringBack(component);
}
