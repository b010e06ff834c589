import assert from "node:assert/strict";

import { handMadePort, removeHandMade, type HandMade, type HandMadeOptions } from "./kuryr-ports.ts";
import { callCni, makeSandbox, removeSandbox, type CniAnswer, type Sandbox } from "./sandbox.ts";
import { onNodeRun } from "./stack.ts";
import type { NodePlan } from "../../dev/src/network-plan.ts";

/** What a test of the CNI plugin makes. */
export interface Fixture {
  readonly port: (options?: HandMadeOptions) => Promise<HandMade>;
  readonly sandbox: () => Promise<Sandbox>;
}

/** A result of ADD, as far as the tests read it. */
export interface CniResult {
  readonly cniVersion: string;
  readonly interfaces: readonly { readonly name: string; readonly mac: string; readonly sandbox?: string }[];
  readonly ips: readonly { readonly address: string; readonly interface: number }[];
  readonly routes: readonly object[];
  readonly dns: object;
}

/** The result of an ADD that must have succeeded. */
export function resultOf({ exitCode, body }: CniAnswer): CniResult {
  assert.equal(exitCode, 0, JSON.stringify(body));
  return body as unknown as CniResult;
}

let serial = 0;

/** Runs work with ports and sandboxes that are gone afterwards, whatever happens. The controller must be away. */
export async function withFixture(
  namespace: string,
  node: NodePlan,
  work: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const made: HandMade[] = [];
  const sandboxes: Sandbox[] = [];
  try {
    await work({
      port: async (options) => {
        const one = await handMadePort(namespace, `p${(serial += 1)}`, node, options);
        made.push(one);
        return one;
      },
      sandbox: async () => {
        const one = await makeSandbox(node);
        sandboxes.push(one);
        return one;
      },
    });
  } finally {
    await eightAtOnce(sandboxes, async (one) => {
      await callCni(one, "DEL", undefined);
      await removeSandbox(one);
    });
    await eightAtOnce(made, removeHandMade);
  }
}

/** Does something with every item of a list, eight at a time: Neutron has no more to give. */
export async function eightAtOnce<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Names of a node's links of pods, and of the ports of pods on its switch. */
export async function plugged(node: NodePlan): Promise<{ links: string[]; ports: string[] }> {
  const links = JSON.parse((await onNodeRun(node, ["ip", "-json", "link", "show"])).stdout) as { ifname: string }[];
  const ports = (await onNodeRun(node, ["ovs-vsctl", "list-ports", "br-int"])).stdout.split("\n");
  const isPods = (name: string): boolean => /^(tap|qbr|qvb|qvo)[0-9a-f]{8}-/.test(name);
  return {
    links: links
      .map((link) => link.ifname)
      .filter(isPods)
      .sort(),
    ports: ports.filter(isPods).sort(),
  };
}
