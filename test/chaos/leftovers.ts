import { readdirSync } from "node:fs";

import { nodes, onNodeRun } from "../support/stack.ts";
import { kuryrPortApi, podPorts } from "../support/pods.ts";

/** All that pods make and must not leave, as sorted lines that two moments are compared by. */
export type Leftovers = readonly string[];

async function onNode(node: (typeof nodes)[number]): Promise<string[]> {
  const lines = async (kind: string, argv: readonly string[]): Promise<string[]> => {
    const { stdout } = await onNodeRun(node, argv);
    return stdout
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .map((line) => `${node.name} ${kind} ${line}`);
  };
  const links = (await lines("link", ["ip", "-br", "link", "show", "type", "veth"])).map((line) =>
    line.split(/\s+/).slice(0, 3).join(" ").replace(/@.*/, ""),
  );
  return [
    ...(await lines("switch port", ["ovs-vsctl", "list-ports", "br-int"])),
    ...links,
    // Without the state of the link, which is another after a restart of the switch.
    ...(await lines("address", ["ip", "-br", "address", "show", "scope", "global"])).map((line) => {
      const [where = "", kind = "", name = "", , ...addresses] = line.split(/\s+/);
      return [where, kind, name.replace(/@.*/, ""), ...addresses].join(" ");
    }),
    ...(await lines("namespace", ["find", "/run/netns", "/var/run/netns/", "-name", "cni-*"])).map((line) =>
      line.replace("/var/run/", "/run/"),
    ),
    ...(await lines("attachment", ["find", "/run/kuryr/attachments", "-type", "f"])),
  ];
}

/** Looks everywhere: Neutron, Kubernetes, and each node's switch, links, addresses, namespaces and attachments. */
export async function leftovers(): Promise<Leftovers> {
  const [ports, kuryrPorts, ...local] = await Promise.all([
    podPorts(),
    kuryrPortApi.list({}),
    ...nodes.map((node) => onNode(node)),
  ]);
  return [
    ...ports.map((port) => `Neutron port ${port.id} ${port.description ?? ""}`),
    ...kuryrPorts.items.map((one) => `KuryrPort ${one.metadata.namespace ?? ""}/${one.metadata.name}`),
    ...new Set(local.flat()),
  ].sort();
}

/** What is there now and was not before. */
export function grown(before: Leftovers, now: Leftovers): string[] {
  const had = new Set(before);
  return now.filter((line) => !had.has(line));
}

/** Open file descriptors of a process: a figure that must not grow. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
