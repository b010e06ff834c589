import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { KuryrError } from "../api/errors.ts";
import { parseIni } from "./ini.ts";
import type { Sources } from "./load.ts";

/** What `--config-file` and `--config-dir` name: the files in order, then the `*.conf` of the directories by name. */
export interface SourceNames {
  readonly files: readonly string[];
  readonly directories?: readonly string[];
}

/** Where the configuration is unless told. */
export const defaultConfigurationFile = "/etc/kuryr/kuryr.conf";

/** The sources that a command line names; the usual file when it names none. */
export function namedSources(
  files: readonly string[] | undefined,
  directories: readonly string[] | undefined,
): SourceNames {
  if (files === undefined && directories === undefined) return { files: [defaultConfigurationFile] };
  return { files: files ?? [], directories: directories ?? [] };
}

/** A secret is a line: more would be a mistaken file. */
const longestSecret = 64 * 1024;

const missing = (path: string, cause: unknown): KuryrError =>
  new KuryrError(
    "KURYR_CONFIG_MISSING",
    `cannot read ${path}`,
    "pass --config-file or --config-dir, or mount the ConfigMap kuryr-config",
    { cause },
  );

function confFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".conf"))
      .sort()
      .map((name) => join(directory, name));
  } catch (cause) {
    throw missing(directory, cause);
  }
}

function readSecret(path: string, option: string): string {
  try {
    if (statSync(path).size > longestSecret) throw new Error(`larger than ${longestSecret} bytes`);
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new KuryrError(
      "KURYR_CONFIG_FILE",
      `${option}: cannot read ${path}`,
      "mount the Secret there, or mend the path",
      {
        cause,
      },
    );
  }
}

/** Reads and parses the files of a configuration. @throws KuryrError */
export function readSources(names: SourceNames, environment: Readonly<Record<string, string | undefined>>): Sources {
  const paths = [...names.files, ...(names.directories ?? []).flatMap(confFiles)];
  const files = paths.map((path) => {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (cause) {
      throw missing(path, cause);
    }
    return { path, content: parseIni(text, path) };
  });
  return { files, environment, readSecret };
}
