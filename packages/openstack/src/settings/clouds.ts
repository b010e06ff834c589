import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { type CloudEntry, entryOptions } from "./cloud-entry.ts";
import type { CloudOptions } from "../cloud.ts";
import type { Environment } from "./environment.ts";
import { configError } from "../errors.ts";
import { type ReadFile, readText } from "./settings-file.ts";
import { isTextMap, parseYamlMap, type TextMap, type TextValue, YamlTextError } from "./yaml-text.ts";

/** Which entry of which files. */
export interface CloudsOptions {
  /** Name of the entry; else the one that OS_CLOUD names, else the only one there is. */
  readonly cloud?: string | undefined;
  /** For OS_CLOUD, OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE, XDG_CONFIG_HOME and HOME; default none of them. */
  readonly environment?: Environment | undefined;
  /** Where `./clouds.yaml` and relative paths are looked for; default the working folder. */
  readonly folder?: string | undefined;
  readonly readFile?: ReadFile | undefined;
}

/**
 * Settings from `clouds.yaml`, as openstacksdk finds it: the file that OS_CLIENT_CONFIG_FILE names, else the first of
 * `clouds.yaml`, `clouds.yml` and `clouds.json` in the working folder, `$XDG_CONFIG_HOME/openstack`,
 * `~/.config/openstack` and `/etc/openstack`. What `secure.yaml` (OS_CLIENT_SECURE_FILE, or in the same folders) says of
 * the entry wins. {@link entryOptions} tells which keys count.
 *
 * @throws config with code `OPENSTACK_CLOUDS_FILE` (none, or not YAML), `OPENSTACK_CLOUD_UNKNOWN`, or that of the key
 * that is missing or wrong; no message holds a value that may be a secret.
 */
export function fromClouds(options: CloudsOptions = {}): CloudOptions {
  const { readFile = readText, environment = {} } = options;
  const folder = resolve(options.folder ?? ".");
  const home = environment["HOME"] ?? homedir();
  const folders = searchPath(folder, home, environment);
  const main = load("clouds", environment["OS_CLIENT_CONFIG_FILE"], folders, readFile);
  if (main === undefined) {
    throw configError(
      `there is no clouds.yaml in ${folders.join(", ")}`,
      "Write one, or name it by OS_CLIENT_CONFIG_FILE.",
      { code: "OPENSTACK_CLOUDS_FILE" },
    );
  }
  const secure = load("secure", environment["OS_CLIENT_SECURE_FILE"], folders, readFile);
  const name = chooseCloud(options.cloud ?? environment["OS_CLOUD"], main);
  const settings = merged(main.clouds.get(name), secure?.clouds.get(name), name, main.path);
  return entryOptions({
    name,
    settings,
    readFile: (path, setting) => {
      const absolute = absolutePath(path, folder, home);
      try {
        return readFile(absolute);
      } catch (error) {
        throw configError(`${setting}: ${absolute} cannot be read`, "Correct the path.", {
          cause: error,
          code: "OPENSTACK_CONFIG_FILE",
        });
      }
    },
  } satisfies CloudEntry);
}

interface CloudsFile {
  readonly path: string;
  readonly clouds: TextMap;
}

function searchPath(folder: string, home: string, { XDG_CONFIG_HOME: xdg }: Environment): string[] {
  const folders = [folder, ...(xdg === undefined || xdg === "" ? [] : [join(xdg, "openstack")])];
  return [...new Set([...folders, join(home, ".config", "openstack"), "/etc/openstack"])];
}

/** The first file of that kind, or undefined; one that was named must be there. */
function load(
  kind: "clouds" | "secure",
  named: string | undefined,
  folders: readonly string[],
  readFile: ReadFile,
): CloudsFile | undefined {
  const paths =
    named === undefined || named === ""
      ? folders.flatMap((folder) => ["yaml", "yml", "json"].map((ending) => join(folder, `${kind}.${ending}`)))
      : [named];
  for (const path of paths) {
    let text: string;
    try {
      text = readFile(path);
    } catch (error) {
      if (path !== named && isMissing(error)) continue;
      throw configError(`${path} cannot be read`, "Check that it is there and may be read.", {
        cause: error,
        code: "OPENSTACK_CLOUDS_FILE",
      });
    }
    return { path, clouds: cloudsOf(text, path) };
  }
  return undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function cloudsOf(text: string, path: string): TextMap {
  let clouds: TextValue;
  try {
    clouds = parseYamlMap(text).get("clouds");
  } catch (error) {
    if (!(error instanceof YamlTextError)) throw error;
    const where = error.line === undefined ? path : `${path} line ${error.line}`;
    // The cause is left out: it may quote a line with a secret.
    throw configError(`${where}: the file ${error.message}`, "Correct the file.", { code: "OPENSTACK_CLOUDS_FILE" });
  }
  if (clouds === undefined) return new Map();
  if (isTextMap(clouds)) return clouds;
  throw configError(`${path}: clouds is not a mapping`, "Indent the entries below it.", {
    code: "OPENSTACK_CLOUDS_FILE",
  });
}

function chooseCloud(wanted: string | undefined, { path, clouds }: CloudsFile): string {
  // Only what looks like an entry is named: in a file with a slip a secret may stand here.
  const names = [...clouds].filter(([, entry]) => isTextMap(entry)).map(([name]) => name);
  const code = "OPENSTACK_CLOUD_UNKNOWN";
  if (wanted !== undefined && wanted !== "") {
    if (clouds.get(wanted) !== undefined) return wanted;
    throw configError(`${path} has no cloud "${wanted}"`, `It has: ${names.join(", ")}.`, { code });
  }
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw configError(`${path} has ${names.length} clouds and none was named`, "Name one by OS_CLOUD.", { code });
}

/** Two levels deep, which is all that an entry has: its keys, and those of `auth`. */
function merged(main: TextValue, secure: TextValue, name: string, path: string): TextMap {
  for (const settings of [main, secure]) {
    if (settings !== undefined && !isTextMap(settings)) {
      throw configError(`${path}: cloud "${name}" is not a mapping`, "Indent its keys below it.", {
        code: "OPENSTACK_CLOUDS_FILE",
      });
    }
  }
  const result = new Map(isTextMap(main) ? main : []);
  for (const [key, value] of isTextMap(secure) ? secure : []) {
    const old = result.get(key);
    result.set(key, isTextMap(old) && isTextMap(value) ? new Map([...old, ...value]) : value);
  }
  return result;
}

function absolutePath(path: string, folder: string, home: string): string {
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  return isAbsolute(path) ? path : join(folder, path);
}
