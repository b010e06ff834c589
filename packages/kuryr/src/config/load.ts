import { readFileSync } from "node:fs";

import { KuryrError } from "../api/errors.ts";
import { parseIni, type IniFile } from "./ini.ts";
import { options, type Option, type OptionType, type Options } from "./options.ts";

interface Values {
  readonly string: string;
  readonly integer: number;
  readonly float: number;
  readonly boolean: boolean;
  readonly list: readonly string[];
  readonly dict: ReadonlyMap<string, string>;
}

/** The configuration as the program sees it: every option, typed. */
export type Configuration = {
  readonly [S in keyof Options]: {
    readonly [O in keyof Options[S]]: Options[S][O] extends { readonly type: infer T extends OptionType }
      ? Values[T]
      : never;
  };
};

/** A configuration, and what a person should hear about it. */
export interface Loaded {
  readonly config: Configuration;
  readonly warnings: readonly string[];
}

/** An option whose value cannot be what it must be. */
export class OptionError extends KuryrError {
  constructor(section: string, name: string, what: string) {
    super("KURYR_CONFIG_VALUE", `[${section}]${name}: ${what}`, "mend kuryr.conf and restart");
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

/** Turns the text of an option into its value. @throws OptionError */
export function convert(section: string, name: string, definition: Option, text: string): Values[OptionType] {
  switch (definition.type) {
    case "string":
      return text;
    case "boolean": {
      const value = truths.get(text.toLowerCase());
      if (value === undefined) throw new OptionError(section, name, `"${text}" is neither true nor false`);
      return value;
    }
    case "integer":
    case "float": {
      const value = Number(text);
      if (
        text.trim() === "" ||
        !Number.isFinite(value) ||
        (definition.type === "integer" && !Number.isInteger(value))
      ) {
        throw new OptionError(
          section,
          name,
          `"${text}" is no ${definition.type === "integer" ? "whole number" : "number"}`,
        );
      }
      if (definition.min !== undefined && value < definition.min)
        throw new OptionError(section, name, `${value} is less than ${definition.min}`);
      return value;
    }
    case "list":
      return items(text);
    case "dict": {
      const map = new Map<string, string>();
      for (const item of items(text)) {
        const at = item.indexOf(":");
        if (at <= 0) throw new OptionError(section, name, `"${item}" has not the form key:value`);
        map.set(item.slice(0, at).trim(), item.slice(at + 1).trim());
      }
      return map;
    }
    default:
      throw new OptionError(section, name, "an option type that nobody knows");
  }
}

/** Builds a configuration from a parsed file: defaults first, then the file. Unknown options become warnings. */
export function fromIni(file: IniFile): Loaded {
  const warnings: string[] = [];
  const config: Record<string, Record<string, unknown>> = {};
  for (const [section, known] of Object.entries<Record<string, Option>>(options)) {
    const values: Record<string, unknown> = {};
    for (const [name, definition] of Object.entries(known)) {
      const given = file.get(section)?.get(name);
      const text = given?.at(-1) ?? definition.default ?? "";
      values[name] = convert(section, name, definition, text);
    }
    config[section] = values;
  }
  const known: Readonly<Record<string, Readonly<Record<string, Option>>>> = options;
  for (const [section, given] of file) {
    for (const name of given.keys()) {
      if (!Object.hasOwn(known, section) || !Object.hasOwn(known[section] ?? {}, name)) {
        warnings.push(`[${section}]${name} is not an option of this version and has no effect`);
      }
    }
  }
  return { config: config as unknown as Configuration, warnings };
}

/** Reads kuryr.conf. @throws KuryrError when it is missing, malformed or has a value of the wrong type. */
export function loadConfiguration(path: string): Loaded {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new KuryrError(
      "KURYR_CONFIG_MISSING",
      `cannot read ${path}`,
      "pass --config-file, or mount the ConfigMap kuryr-config",
      { cause },
    );
  }
  return fromIni(parseIni(text, path));
}
