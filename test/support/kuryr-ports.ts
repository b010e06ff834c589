import { randomUUID } from "node:crypto";

import { topology } from "../../dev/src/cloud/topology.ts";
import type { NodePlan } from "../../dev/src/network-plan.ts";
import { apply, cloud, kuryrPortApi } from "./pods.ts";
import { bringBack, eventually, kill, kubectl } from "./stack.ts";

/** A pod that exists for the CNI plugin alone. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A pod's KuryrPort and port that a test has made by hand. */
export interface HandMade {
  readonly pod: PodRef;
  readonly portId: string;
  readonly mac: string;
  readonly addresses: readonly string[];
}

/** What a test wants of the port. */
export interface HandMadeOptions {
  readonly network?: string;
  readonly subnets?: readonly {
    readonly id: string;
    readonly prefixLength: number;
    readonly gateway?: string;
    readonly routes?: readonly { readonly destination: string; readonly nextHop: string }[];
    readonly nameservers?: readonly string[];
  }[];
  /** Fields of the interface in the KuryrPort that shall be otherwise. */
  readonly interface?: Readonly<Record<string, unknown>>;
  readonly securityGroups?: readonly string[];
}

/**
 * Makes a Neutron port and a KuryrPort for a pod that does not exist, as the controller would: for what only the daemon
 * has a part in. The controller must be away: it would clean up.
 */
export async function handMadePort(
  namespace: string,
  name: string,
  node: NodePlan,
  options: HandMadeOptions = {},
): Promise<HandMade> {
  const { podNetwork, podSubnet, baseIngressGroup, baseEgressGroup } = topology();
  const subnets = options.subnets ?? [{ id: podSubnet, prefixLength: 16, gateway: "10.10.0.1" }];
  const port = await cloud.network.ports.create({
    network_id: options.network ?? podNetwork,
    fixed_ips: subnets.map(({ id }) => ({ subnet_id: id })),
    security_groups: [...(options.securityGroups ?? [baseIngressGroup, baseEgressGroup])],
    "binding:host_id": node.name,
    device_owner: "compute:test",
  });
  const pod = { namespace, name, uid: randomUUID() };
  const addresses = subnets.map((subnet) => {
    const ip = port.fixed_ips.find((one) => one.subnet_id === subnet.id)?.ip_address ?? "";
    const gateway = subnet.gateway === undefined ? {} : { gateway: subnet.gateway };
    return { subnetId: subnet.id, ip, prefixLength: subnet.prefixLength, ...gateway };
  });
  await apply({
    apiVersion: "openstack.org/v1",
    kind: "KuryrPort",
    metadata: { namespace, name, labels: { "kuryr.openstack.org/nodeName": node.name } },
    spec: {
      podUid: pod.uid,
      podNodeName: node.name,
      interfaces: [
        {
          name: "eth0",
          default: true,
          driver: "neutron-vif",
          portId: port.id,
          networkId: port.network_id,
          mac: port.mac_address,
          mtu: 1442,
          bridge: "br-int",
          addresses,
          routes: subnets.flatMap(({ routes }) => routes ?? []),
          nameservers: subnets.flatMap(({ nameservers }) => nameservers ?? []),
          readiness: "ovn-installed",
          ...options.interface,
        },
      ],
    },
  });
  return { pod, portId: port.id, mac: port.mac_address, addresses: addresses.map(({ ip }) => ip) };
}

/** Takes away what `handMadePort` made; the sandbox's DEL must have been before. */
export async function removeHandMade(made: HandMade): Promise<void> {
  await kubectl(["-n", made.pod.namespace, "delete", "kuryrport", made.pod.name, "--ignore-not-found", "--wait=false"]);
  await eventually(`KuryrPort ${made.pod.name} to be gone`, async () =>
    (await kuryrPortApi.find(made.pod)) === undefined ? true : "still there",
  );
  await cloud.network.ports.delete(made.portId);
}

/** Takes the controller away until `bringControllerBack`: it would clean up what tests make by hand. */
export const takeControllerAway = (): Promise<void> => kill("kuryr-controller");

export const bringControllerBack = (): Promise<void> => bringBack("kuryr-controller");
