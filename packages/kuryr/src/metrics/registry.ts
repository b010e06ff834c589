/** Values of a metric's labels, by label name. */
export type Labels<L extends string = string> = Readonly<Record<L, string>>;

/** A number that only grows. */
export interface Counter<L extends string> {
  inc(labels: Labels<L>, by?: number): void;
}

/** A number as it is now. */
export interface Gauge<L extends string> {
  set(labels: Labels<L>, value: number): void;
  /** Forgets one set of labels: what it counted is gone. */
  remove(labels: Labels<L>): void;
}

/** How often values fell below each bound. */
export interface Histogram<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

interface Family {
  text(): string;
}

/** Upper bounds in seconds for what takes milliseconds when all is well: an ADD, an API call. */
export const fastBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** Bounds the label sets of one family: a label with a value per pod would fill memory and scrape alike. */
const maxSeries = 2000;

/**
 * The metrics of a process in the Prometheus text format (version 0.0.4).
 *
 * Our own, because the daemon has 90 MiB in all and the usual library takes 18 of them (docs/decisions/0005).
 */
export class Metrics {
  readonly #families = new Map<string, Family>();

  counter<const L extends string>(name: string, help: string, labels: readonly L[]): Counter<L> {
    const series = this.#series(name, "counter", help, labels, () => ({ value: 0 }), scalar);
    return {
      inc: (of, by = 1) => {
        if (by < 0) throw new RangeError(`${name}: a counter never shrinks`);
        const one = series(of);
        if (one !== undefined) one.value += by;
      },
    };
  }

  gauge<const L extends string>(name: string, help: string, labels: readonly L[]): Gauge<L> {
    const known = new Map<string, { value: number }>();
    const series = this.#series(name, "gauge", help, labels, () => ({ value: 0 }), scalar, known);
    return {
      set: (of, value) => {
        const one = series(of);
        if (one !== undefined) one.value = value;
      },
      remove: (of) => {
        known.delete(labelText(labels, of));
      },
    };
  }

  histogram<const L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    buckets: readonly number[],
  ): Histogram<L> {
    const make = (): Observed => ({ counts: new Uint32Array(buckets.length + 1), sum: 0 });
    const series = this.#series(name, "histogram", help, labels, make, (key, of) => bucketText(name, key, buckets, of));
    return {
      observe: (of, value) => {
        const one = series(of);
        if (one === undefined) return;
        const at = buckets.findIndex((bound) => value <= bound);
        const index = at < 0 ? buckets.length : at;
        one.counts[index] = (one.counts[index] ?? 0) + 1;
        one.sum += value;
      },
    };
  }

  /** Everything, as a scrape wants it. */
  text(): string {
    return [...this.#families.values()].map((family) => family.text()).join("");
  }

  #series<L extends string, S>(
    name: string,
    type: string,
    help: string,
    labels: readonly L[],
    make: () => S,
    print: (key: string, state: S, name: string) => string,
    known = new Map<string, S>(),
  ): (of: Labels<L>) => S | undefined {
    if (this.#families.has(name)) throw new Error(`metric ${name} is defined twice`);
    this.#families.set(name, {
      text: () =>
        `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n` +
        [...known].map(([key, state]) => print(key, state, name)).join(""),
    });
    return (of) => {
      const key = labelText(labels, of);
      let state = known.get(key);
      if (state === undefined && known.size < maxSeries) known.set(key, (state = make()));
      return state;
    };
  }
}

interface Observed {
  readonly counts: Uint32Array;
  sum: number;
}

const escape = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const labelText = <L extends string>(labels: readonly L[], of: Labels<L>): string =>
  labels.map((label) => `${label}="${escape(of[label])}"`).join(",");

const braces = (text: string): string => (text === "" ? "" : `{${text}}`);

const scalar = (key: string, state: { readonly value: number }, name: string): string =>
  `${name}${braces(key)} ${state.value}\n`;

function bucketText(name: string, key: string, buckets: readonly number[], { counts, sum }: Observed): string {
  const comma = key === "" ? "" : ",";
  let total = 0;
  const lines = [...buckets.map(String), "+Inf"].map((bound, i) => {
    total += counts[i] ?? 0;
    return `${name}_bucket{${key}${comma}le="${bound}"} ${total}\n`;
  });
  return `${lines.join("")}${name}_sum${braces(key)} ${sum}\n${name}_count${braces(key)} ${total}\n`;
}
