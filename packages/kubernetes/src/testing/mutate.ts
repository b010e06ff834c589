import type { Random } from "../clock.ts";

/** A whole number below `count`. */
export const below = (random: Random, count: number): number => Math.floor(random() * count);

/** One of the things given. */
export function oneOf<V>(random: Random, things: readonly V[]): V {
  const found = things[below(random, things.length)];
  if (found === undefined) throw new Error("nothing to choose from");
  return found;
}

/** `text` with one to four places changed: cut out, doubled, replaced by one of `tokens`, or by any character. */
export function mutated(random: Random, text: string, tokens: readonly string[]): string {
  let result = text;
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const at = below(random, result.length + 1);
    const end = Math.min(result.length, at + below(random, 12));
    const [before, inside, after] = [result.slice(0, at), result.slice(at, end), result.slice(end)];
    switch (below(random, 4)) {
      case 0:
        result = before + after;
        break;
      case 1:
        result = before + inside + inside + after;
        break;
      case 2:
        result = before + oneOf(random, tokens) + after;
        break;
      default:
        result = before + String.fromCodePoint(below(random, 256)) + after;
    }
  }
  return result;
}

/** Values that are seldom what a reader expects. */
export const ODD_VALUES: readonly unknown[] = [null, "", "x", 0, -1, 1e308, true, false, [], {}, [null], { "": {} }];

/** A copy of `value` in which one place holds something else, or nothing. */
export function disturbed(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || below(random, 5) === 0) return oneOf(random, ODD_VALUES);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    if (copy.length > 0) copy[below(random, copy.length)] = disturbed(random, oneOf(random, copy));
    return copy;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return oneOf(random, ODD_VALUES);
  const at = below(random, entries.length);
  return Object.fromEntries(
    entries.flatMap((entry, index): [string, unknown][] => {
      if (index !== at) return [entry];
      return below(random, 4) === 0 ? [] : [[entry[0], disturbed(random, entry[1])]];
    }),
  );
}
