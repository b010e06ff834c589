/** One tier of tests: where its files are, in which order they run, and what it needs. */
export interface Tier {
  readonly name: string;
  readonly heading: string;
  /** Repository-relative; a directory that is not there (yet) holds no test. */
  readonly directory: string;
  /** The services that the same files run against, one after the other; they find it in KURYR_TEST_TARGET. */
  readonly targets?: readonly Target[];
  /** Files that run first, in this order; the others follow by name. One file at a time. */
  readonly order: readonly string[];
  /** Whether it runs against the real stack, given `--target`. */
  readonly needsMachine: (target: Target | undefined) => boolean;
  /** The words of `up` before its first file; the stack's own tests bring it up themselves. */
  readonly up: readonly string[] | undefined;
}

export type Target = "fake" | "real";

/** The tiers after typecheck, lint and unit, in their order. */
export const tiers: readonly Tier[] = [
  {
    name: "guest",
    heading: "a small virtual machine for what this machine's kernel lacks",
    directory: "test/guest",
    order: [],
    needsMachine: () => true,
    up: undefined,
  },
  {
    name: "stack",
    heading: "the real cloud and the real cluster",
    directory: "test/stack",
    // Cold start first; what takes the stack down comes before what uses it, and the last file leaves it up.
    order: [
      "lifecycle.test.ts",
      "network.test.ts",
      "load-balancer.test.ts",
      "pods.test.ts",
      "recovery.test.ts",
      "cycle.test.ts",
      "bootstrap.test.ts",
    ],
    needsMachine: () => true,
    up: undefined,
  },
  {
    name: "contract",
    heading: "one suite against the fakes and the real services",
    directory: "test/contract",
    targets: ["fake", "real"],
    order: [],
    needsMachine: (target) => target !== "fake",
    up: [],
  },
  {
    name: "e2e",
    heading: "Kuryr on the real cloud and the real cluster",
    directory: "test/e2e",
    order: [],
    needsMachine: () => true,
    up: ["kuryr"],
  },
];

/** The files of a tier in the order in which they run. */
export function inTierOrder(order: readonly string[], files: readonly string[]): string[] {
  const rank = (file: string): number => {
    const at = order.indexOf(file);
    return at === -1 ? order.length : at;
  };
  return [...files].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}
