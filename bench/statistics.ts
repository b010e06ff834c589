/** The value below which a share `q` of the samples lies; of sorted or unsorted samples. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** A 95 % interval of a figure made from samples, by resampling them (bootstrap, 2000 rounds, seeded). */
export function interval(figure: (resample: (samples: readonly number[]) => readonly number[]) => number): {
  low: number;
  high: number;
} {
  let state = 0x2545f491;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const resample = (samples: readonly number[]): number[] =>
    samples.map(() => samples[Math.floor(random() * samples.length)] ?? Number.NaN);
  const figures = Array.from({ length: 2000 }, () => figure(resample));
  return { low: quantile(figures, 0.025), high: quantile(figures, 0.975) };
}
