/** Capabilities that plugging needs, with their bit in a capability set. Source: capabilities(7), linux/capability.h. */
export const neededCapabilities = [
  { name: "NET_ADMIN", bit: 12, why: "makes links, addresses and routes" },
  { name: "SYS_ADMIN", bit: 21, why: "enters the network namespaces of pods" },
] as const;

/** Names of the needed capabilities that the effective set in `/proc/self/status` lacks. @throws Error without CapEff */
export function missingCapabilities(status: string): string[] {
  const text = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (text === undefined) throw new Error("/proc/self/status has no CapEff");
  const effective = BigInt(`0x${text}`);
  return neededCapabilities
    .filter(({ bit }) => (effective & (1n << BigInt(bit))) === 0n)
    .map(({ name, why }) => `${name}, which ${why}`);
}
