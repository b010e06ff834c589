/** The original and Nova cut names off here: 14 characters, one less than the kernel takes. */
const idLength = 11;

const prefixes = { pod: "tap", bridge: "qbr", bridgeEnd: "qvb", switchEnd: "qvo" } as const;

/** Names of the links that a port may have on the node. */
export type LinkNames = Readonly<Record<keyof typeof prefixes, string>>;

/** Names by the port's id, as the original, Nova and os-vif have them. */
export function linkNames(portId: string): LinkNames {
  return ofSuffix(portId.slice(0, idLength));
}

/** The other names that go with one of them; undefined for a name of no such form. */
export function siblings(name: string): LinkNames | undefined {
  const known = Object.values(prefixes).some((prefix) => name.startsWith(prefix));
  return known && name.length === 3 + idLength ? ofSuffix(name.slice(3)) : undefined;
}

const ofSuffix = (suffix: string): LinkNames => ({
  pod: `${prefixes.pod}${suffix}`,
  bridge: `${prefixes.bridge}${suffix}`,
  bridgeEnd: `${prefixes.bridgeEnd}${suffix}`,
  switchEnd: `${prefixes.switchEnd}${suffix}`,
});
