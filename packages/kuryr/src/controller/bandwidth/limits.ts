/** Limits of one pod's traffic in kbit/s, by direction as the pod sees it; 0 is no limit. */
export interface BandwidthLimits {
  readonly ingress: number;
  readonly egress: number;
}

/** Factors of the suffixes of Kubernetes quantities (apimachinery `resource.Quantity`). */
const factors: ReadonlyMap<string, number> = new Map([
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
  ["Pi", 2 ** 50],
  ["Ei", 2 ** 60],
]);

/** Neutron keeps kbit/s in a signed 32-bit column. */
const maxKbps = 2 ** 31 - 1;

/**
 * Reads a quantity of bits per second, such as `10M` or `1.5Gi`, as kbit/s.
 * @returns `undefined` for what is no quantity, or less than 1 kbit/s
 */
export function kbpsOf(quantity: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([mkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?$/.exec(
    quantity.trim(),
  );
  if (match === null) return undefined;
  const factor = match[3] === undefined ? factors.get(match[2] ?? "") : 10 ** Number(match[3]);
  const kbps = Math.floor((Number(match[1]) * (factor ?? 0)) / 1000);
  return kbps < 1 ? undefined : Math.min(kbps, maxKbps);
}

/** The limits that a pod's annotations ask for; a text is what is wrong with them. */
export function limitsOf(annotations: {
  readonly ingress?: string;
  readonly egress?: string;
}): BandwidthLimits | string {
  const read = (text: string | undefined): number | undefined => (text === undefined ? 0 : kbpsOf(text));
  const [ingress, egress] = [read(annotations.ingress), read(annotations.egress)];
  if (ingress === undefined) return `"${annotations.ingress}" is no bandwidth of at least 1k`;
  if (egress === undefined) return `"${annotations.egress}" is no bandwidth of at least 1k`;
  return { ingress, egress };
}
