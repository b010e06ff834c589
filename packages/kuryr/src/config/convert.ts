import { KuryrError } from "../api/errors.ts";
import type { Option, OptionType } from "./option.ts";

/** What each type of option is in the program. */
export interface Values {
  readonly string: string;
  readonly integer: number;
  readonly float: number;
  readonly boolean: boolean;
  readonly list: readonly string[];
  readonly dict: ReadonlyMap<string, string>;
  readonly multi: readonly string[];
}

/** An option whose value cannot be what it must be. */
export class OptionError extends KuryrError {
  constructor(section: string, name: string, what: string, hint = "mend kuryr.conf and restart") {
    super("KURYR_CONFIG_VALUE", `[${section}]${name}: ${what}`, hint);
    this.name = "OptionError";
  }
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "on", "yes"].map((word) => [word, true] as const),
  ...["false", "0", "off", "no"].map((word) => [word, false] as const),
]);

const items = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

type Refuse = (text: string, what: string) => OptionError;

function number(option: Option, text: string, refuse: Refuse): number {
  const value = Number(text);
  const whole = option.type === "integer";
  // Number() takes hexadecimal, which oslo.config does not.
  if (!/^\s*[+-]?[\d.]+([eE][+-]?\d+)?\s*$/.test(text) || !Number.isFinite(value) || (whole && !/^[^.eE]*$/.test(text)))
    throw refuse(text, `is no ${whole ? "whole number" : "number"}`);
  if (option.min !== undefined && value < option.min) throw refuse(text, `is less than ${option.min}`);
  if (option.max !== undefined && value > option.max) throw refuse(text, `is more than ${option.max}`);
  return value;
}

function dictionary(text: string, refuse: Refuse): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const item of items(text)) {
    const at = item.indexOf(":");
    if (at <= 0) throw refuse(item, "has not the form key:value");
    const key = item.slice(0, at).trim();
    if (map.has(key)) throw refuse(key, "is a key that is there twice");
    map.set(key, item.slice(at + 1).trim());
  }
  return map;
}

/**
 * Turns the texts of an option, one unless its repetitions all count, into its value.
 *
 * @param secret a secret is part of the texts: they must not get into an error
 * @throws OptionError
 */
export function convert(
  section: string,
  name: string,
  option: Option,
  texts: readonly string[],
  secret = option.secret === true,
): Values[OptionType] {
  const text = texts.at(-1) ?? "";
  const refuse: Refuse = (wrong, what) =>
    new OptionError(section, name, `${secret ? "the value" : `"${wrong}"`} ${what}`);
  switch (option.type) {
    case "string":
      if (option.choices !== undefined && !option.choices.includes(text))
        throw refuse(text, `is none of ${option.choices.join(", ")}`);
      return text;
    case "boolean": {
      const value = truths.get(text.trim().toLowerCase());
      if (value === undefined) throw refuse(text, "is neither true nor false");
      return value;
    }
    case "integer":
    case "float":
      return number(option, text, refuse);
    case "list":
      return items(text);
    case "multi":
      return texts.filter((one) => one !== "");
    case "dict":
      return dictionary(text, refuse);
    default:
      throw refuse(text, "has a type that nobody knows");
  }
}
