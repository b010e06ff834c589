/** Numbers in [0, 1). */
export type Random = () => number;

/** A small generator (splitmix-style mixing of a counter), so that a run can be repeated by its seed. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Letters of generated names: none that make words. */
const suffixLetters = "bcdfghjklmnpqrstvwxz2456789";

export function randomSuffix(random: Random): string {
  return Array.from({ length: 5 }, () => suffixLetters[Math.floor(random() * suffixLetters.length)]).join("");
}

/** A version 4 UUID. */
export function randomUuid(random: Random): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  const variant = "89ab"[Math.floor(random() * 4)] ?? "8";
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}
