import { run } from "../machine/exec.ts";
import type { NodePlan } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Step } from "../supervisor/unit.ts";
import { ovnConnection } from "./ovn.ts";

/** What Neutron 21.0 looks for in `Chassis.external_ids`, and OVN 23.03 writes to `other_config` only. */
const keys = ["ovn-bridge-mappings", "ovn-cms-options", "datapath-type", "iface-types"] as const;

const sbctl = (...words: string[]): string[] => ["ovn-sbctl", "--timeout=10", `--db=${ovnConnection("sb")}`, ...words];

/** A column of string pairs as `ovn-sbctl get` prints it: `{key=value, other="with, comma"}`. */
export function parsePairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const [, quotedKey, key, quoted, plain] of text.matchAll(
    /(?:"([^"]*)"|([\w.:-]+))=(?:"((?:[^"\\]|\\.)*)"|([^,}]*))/g,
  )) {
    pairs.set(quotedKey ?? key ?? "", quoted ?? plain ?? "");
  }
  return pairs;
}

/**
 * Copies chassis settings to where an older Neutron reads them. Without them the router's gateway lands on any chassis,
 * and with two there is no floating IP and no SNAT; so it comes before any router has a gateway.
 */
export function chassisExternalIdsStep(node: NodePlan): Step {
  const column = async (name: "external_ids" | "other_config"): Promise<Map<string, string>> =>
    parsePairs((await run(sbctl("get", "chassis", node.name, name))).stdout);
  const missing = async (): Promise<(readonly [string, string])[]> => {
    const [from, to] = await Promise.all([column("other_config"), column("external_ids")]);
    return keys.flatMap((key) => {
      const value = from.get(key);
      return value === undefined || to.get(key) === value ? [] : [[key, value] as const];
    });
  };
  return {
    kind: "step",
    name: `${node.name}/chassis-external-ids`,
    area: "cloud",
    needs: [`${node.name}/ovn-controller`],
    timeoutMs: 30_000,
    isDone: async () => {
      try {
        return (await column("other_config")).has("ovn-bridge-mappings") && (await missing()).length === 0;
      } catch {
        return false; // The chassis has not registered yet.
      }
    },
    run: async ({ signal }) => {
      await until(
        `${node.name} to register its bridge mappings`,
        async () => (await column("other_config")).has("ovn-bridge-mappings") || "not in the southbound database yet",
        { timeoutMs: 20_000, signal },
      );
      const words = (await missing()).map(([key, value]) => `external_ids:${key}="${value}"`);
      if (words.length > 0) await run(sbctl("set", "chassis", node.name, ...words), { signal });
    },
  };
}
