/** Numbers in [0, 1) that a seed decides: the same seed gives the same run. */
export interface SeededRandom {
  next(): number;
  /** A whole number in [0, below). */
  below(limit: number): number;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** A generator with 32 bits of state (a Weyl sequence, its values mixed); for tests, not for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    hex: (digits) => Array.from({ length: digits }, () => below(16).toString(16)).join(""),
  };
}
