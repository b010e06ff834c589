/**
 * How an option's text becomes a value. Names follow oslo.config, whose MultiStrOpt is `multi`: an option whose
 * repetitions all count.
 */
export type OptionType = "string" | "integer" | "float" | "boolean" | "list" | "dict" | "multi";

/**
 * What this version does with an option:
 * - `implemented`: it acts on it
 * - `ignored`: users may have it, and nothing depends on it here
 * - `replaced`: it was dropped, and something else does its work
 * - `not-yet`: it will have an effect in a later version
 */
export type Standing = "implemented" | "ignored" | "replaced" | "not-yet";

/** One option of kuryr.conf. */
export interface Option {
  readonly type: OptionType;
  readonly standing: Standing;
  /** The text that counts where nobody set the option. */
  readonly default: string;
  /**
   * What it does. For options without effect: why it has none (`ignored`), what does its work now (`replaced`), what
   * will come (`not-yet`).
   */
  readonly help: string;
  /** Never shown, never logged. */
  readonly secret?: boolean;
  /** Lowest and highest number taken. */
  readonly min?: number;
  readonly max?: number;
  /** The only texts taken. */
  readonly choices?: readonly string[];
  /** Other names in the same section, of older releases. */
  readonly aliases?: readonly string[];
}

type More = Partial<Pick<Option, "secret" | "min" | "max" | "choices" | "aliases">>;
type Standard = string | number | boolean;

const declare =
  <S extends Standing>(standing: S) =>
  <T extends OptionType>(
    type: T,
    standard: Standard,
    help: string,
    more: More = {},
  ): Option & { readonly type: T; readonly standing: S } => ({
    type,
    standing,
    default: String(standard),
    help,
    ...more,
  });

/** An option that this version acts on. */
export const option = declare("implemented");
/** An option that nothing depends on, and why. */
export const ignored = declare("ignored");
/** An option that is gone, and what does its work. */
export const replaced = declare("replaced");
/** An option that a later version will act on. */
export const notYet = declare("not-yet");

const portLimits = { min: 1, max: 65_535 };

/** A TCP port to listen on. */
export const port = (standard: number, help: string) => option("integer", standard, help, portLimits);

/** Options by section and name. */
export type OptionSections = Readonly<Record<string, Readonly<Record<string, Option>>>>;
