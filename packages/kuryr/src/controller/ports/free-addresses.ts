import type { Metrics } from "../../metrics/registry.ts";
import type { NeutronPort } from "./inventory.ts";
import type { SubnetDirectory } from "./subnets.ts";

interface Pool {
  readonly start: string;
  readonly end: string;
}

/** An address as a number. */
function numberOf(address: string): bigint {
  if (!address.includes(":")) return address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => text.split(":").filter((group) => group !== "");
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

/** How many addresses the allocation pools of a subnet have. Pure. */
export function poolSize(pools: readonly Pool[]): number {
  return Number(pools.reduce((sum, { start, end }) => sum + numberOf(end) - numberOf(start) + 1n, 0n));
}

/**
 * Counts what is left of subnets, for the original's `kuryr_port_quota_per_subnet`: the allocation pools less the ports
 * of this cluster. Ports of others are not counted, since that would be a list of the whole network each time.
 */
export function freeAddresses(
  metrics: Metrics,
): (
  ids: readonly string[],
  subnets: SubnetDirectory,
  ports: Iterable<NeutronPort>,
  signal: AbortSignal,
) => Promise<void> {
  const free = metrics.gauge(
    "kuryr_port_quota_per_subnet",
    "Addresses of the subnet's allocation pools that no port of this cluster has.",
    ["subnet_id", "subnet_name"],
  );
  return async (ids, subnets, ports, signal) => {
    const used = new Map(ids.map((id) => [id, 0]));
    for (const port of ports) {
      for (const { subnet_id: id } of port.fixed_ips) {
        const count = used.get(id);
        if (count !== undefined) used.set(id, count + 1);
      }
    }
    for (const [id, count] of used) {
      // A subnet that cannot be read is told by the Events of pods.
      const subnet = await subnets.get(id, signal).catch(() => undefined);
      if (subnet === undefined) continue;
      free.set({ subnet_id: id, subnet_name: subnet.name }, poolSize(subnet.allocation_pools) - count);
    }
  };
}
