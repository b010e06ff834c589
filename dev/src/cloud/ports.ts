import { ipBatch, placeOf } from "../machine/namespaces.ts";
import { run, succeeds } from "../machine/exec.ts";
import type { Place } from "../machine/place.ts";
import { pods, services, type NodePlan } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Step } from "../supervisor/unit.ts";
import { vsctl } from "./ovn.ts";
import { topology } from "./topology.ts";

/** Whether a link is up, has the address, and leads to the services. */
async function isConfigured(dev: string, address: string, place?: Place): Promise<boolean> {
  const options = place === undefined ? { accept: [0, 1, 255] } : { place, accept: [0, 1, 255] };
  const [addresses, routes, link] = await Promise.all([
    run(["ip", "-o", "address", "show", "dev", dev], options),
    run(["ip", "-o", "route", "show", services.subnetCidr, "dev", dev], options),
    run(["ip", "-o", "link", "show", "dev", dev], options),
  ]);
  return (
    addresses.stdout.includes(`${address}/`) &&
    routes.stdout.includes(pods.gateway) &&
    link.stdout.includes(`mtu ${pods.mtu} `)
  );
}

const configure = (dev: string, address: string): string[] => [
  `address replace ${address}/${pods.prefix} dev ${dev}`,
  `link set ${dev} up`,
  `route replace ${services.subnetCidr} via ${pods.gateway} dev ${dev}`,
];

/** Waits until OVN has programmed a port on its chassis. */
export function installed(node: NodePlan, name: string, signal: AbortSignal): Promise<void> {
  return until(
    `${name} on ${node.name} to be programmed by OVN`,
    async () => {
      const { stdout } = await run(vsctl("--if-exists", "get", "interface", name, "external_ids:ovn-installed"), {
        place: placeOf(node),
      });
      return stdout.includes("true") ? true : "no ovn-installed on the interface yet";
    },
    { timeoutMs: 30_000, signal },
  );
}

/** The node's own leg in the pod network, `kn0`: its kubelet's address, and its way to pods and services. */
export function nodePortStep(node: NodePlan): Step {
  const place = placeOf(node);
  return {
    kind: "step",
    name: `${node.name}/port`,
    area: "cloud",
    needs: ["topology", `${node.name}/ovn-controller`],
    timeoutMs: 60_000,
    isDone: () => isConfigured("kn0", node.podNetworkAddress, place),
    run: async ({ signal }) => {
      const port = topology().ports[node.name];
      if (port === undefined) throw new Error(`the topology has no port for ${node.name}`);
      const settings = [
        "type=internal",
        `mac="${port.mac}"`,
        // On an internal port `ip link set mtu` silently returns to 1500: only this holds.
        `mtu_request=${pods.mtu}`,
        `external_ids:iface-id=${port.id}`,
        `external_ids:attached-mac="${port.mac}"`,
      ];
      await run(vsctl("--may-exist", "add-port", "br-int", "kn0", "--", "set", "interface", "kn0", ...settings), {
        place,
        signal,
      });
      await ipBatch(configure("kn0", node.podNetworkAddress), place, signal);
      await installed(node, "kn0", signal);
    },
  };
}

const hostLink = { host: "kd-host", inside: "host0" } as const;

/** The host's leg in the pod network, through the first node's switch: to pods, nodes and service addresses. */
export function hostPortStep(node: NodePlan): Step {
  const place = placeOf(node);
  return {
    kind: "step",
    name: "host-port",
    area: "cloud",
    needs: ["topology", `${node.name}/ovn-controller`],
    timeoutMs: 60_000,
    isDone: async () =>
      (await isConfigured(hostLink.host, pods.hostAddress)) &&
      (await succeeds(["ip", "link", "show", "dev", hostLink.inside], { place })),
    run: async ({ signal }) => {
      const port = topology().ports["host"];
      if (port === undefined) throw new Error("the topology has no port for the host");
      if (await succeeds(["ip", "link", "show", "dev", hostLink.host]))
        await run(["ip", "link", "delete", hostLink.host]);
      const net = place.net ?? "";
      await ipBatch(
        [
          `link add ${hostLink.host} address ${port.mac} mtu ${pods.mtu} type veth peer name ${hostLink.inside} mtu ${pods.mtu} netns ${net}`,
        ],
        undefined,
        signal,
      );
      await run(["ethtool", "-K", hostLink.host, "tx", "off"]);
      await ipBatch([`link set ${hostLink.inside} up`], place, signal);
      const settings = [`external_ids:iface-id=${port.id}`, `external_ids:attached-mac="${port.mac}"`];
      await run(
        vsctl(
          "--may-exist",
          "add-port",
          "br-int",
          hostLink.inside,
          "--",
          "set",
          "interface",
          hostLink.inside,
          ...settings,
        ),
        { place, signal },
      );
      await ipBatch(configure(hostLink.host, pods.hostAddress), undefined, signal);
      await installed(node, hostLink.inside, signal);
    },
    undo: async () => {
      if (await succeeds(["ip", "link", "show", "dev", hostLink.host]))
        await run(["ip", "link", "delete", hostLink.host]);
    },
  };
}
