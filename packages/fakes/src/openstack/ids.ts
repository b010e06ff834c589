import type { SeededRandom } from "../http/random.ts";

/** Ids, MACs and tokens in the forms that OpenStack gives them, decided by the seed. */
export interface Ids {
  /** A version 4 UUID. */
  uuid(): string;
  /** 32 hexadecimal digits, as Keystone names things. */
  plain(): string;
  mac(): string;
  token(): string;
  auditId(): string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function createIds(random: SeededRandom): Ids {
  const letters = (count: number): string =>
    Array.from({ length: count }, () => ALPHABET[random.below(ALPHABET.length)]).join("");
  return {
    uuid: () => {
      const variant = (8 + random.below(4)).toString(16);
      return [random.hex(8), random.hex(4), `4${random.hex(3)}`, `${variant}${random.hex(3)}`, random.hex(12)].join(
        "-",
      );
    },
    plain: () => random.hex(32),
    mac: () => ["fa", "16", "3e", random.hex(2), random.hex(2), random.hex(2)].join(":"),
    token: () => `gAAAAAB${letters(173)}`,
    auditId: () => letters(22),
  };
}
