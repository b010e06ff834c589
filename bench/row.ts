/** One measured figure. `ratio` is value to floor; `ok` says whether the goal, a limit of that ratio, was met. */
export interface Row {
  readonly bench: string;
  readonly metric: string;
  readonly unit: "ms" | "MiB" | "bytes" | "us" | "1/s" | "count";
  readonly value: number;
  /** The same figure of the floor or of the peer, measured in the same run; `null` where there is none. */
  readonly floor: number | null;
  readonly ratio: number | null;
  readonly goal: number | null;
  readonly ok: boolean;
  /** Samples. */
  readonly n: number;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** A figure beside its floor, with a limit for the ratio. */
export function against(
  bench: string,
  metric: string,
  value: number,
  floor: number,
  goal: number,
  n: number,
  unit: Row["unit"] = "ms",
): Row {
  const ratio = value / floor;
  return {
    bench,
    metric,
    unit,
    value: rounded(value),
    floor: rounded(floor),
    ratio: rounded(ratio),
    goal: rounded(goal),
    ok: ratio <= goal,
    n,
  };
}

/** A figure beside its floor that only informs. */
export function beside(
  bench: string,
  metric: string,
  value: number,
  floor: number,
  n: number,
  unit: Row["unit"] = "ms",
): Row {
  return { ...against(bench, metric, value, floor, 1, n, unit), goal: null, ok: true };
}

/** A figure with an absolute limit. */
export function below(bench: string, metric: string, value: number, goal: number, n: number, unit: Row["unit"]): Row {
  return { bench, metric, unit, value: rounded(value), floor: null, ratio: null, goal, ok: value <= goal, n };
}

/** A figure that only informs. */
export function figure(bench: string, metric: string, value: number, n: number, unit: Row["unit"] = "ms"): Row {
  return { bench, metric, unit, value: rounded(value), floor: null, ratio: null, goal: null, ok: true, n };
}
