import type { TestContext } from "node:test";
import type { Random } from "../clock.ts";

/** A small generator (mulberry32), so that a failing run can be repeated by its seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this run, from `KURYR_FUZZ_SEED` or the time; the test's output says it. */
export function seedOf(t: TestContext): number {
  const seed = Number(process.env["KURYR_FUZZ_SEED"] ?? Date.now() % 1_000_000_000);
  t.diagnostic(`KURYR_FUZZ_SEED=${seed} repeats this run`);
  return seed;
}
