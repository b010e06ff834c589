import { constants } from "node:fs";
import { access, readdir, realpath, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { CommandFailed, run } from "../machine/exec.ts";
import type { BinarySpec } from "./catalogue.ts";
import type { Candidate, Go } from "./choose.ts";
import { goVersionIn, versionIn } from "./version.ts";

/** The environment that the looking and the building see; `process.env` outside tests. */
export type Environment = Readonly<Record<string, string | undefined>>;

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    const found = await stat(path);
    return found.isFile() && found.size > 0;
  } catch {
    return false;
  }
}

/** The file as the cache holds it, or `undefined`. */
export async function cachedProgram(path: string): Promise<string | undefined> {
  return (await isProgram(path)) ? path : undefined;
}

/** Every program of that name in the PATH, a file met twice through links counted once. */
async function namedOnPath(name: string, environment: Environment): Promise<string[]> {
  const found = new Map<string, string>();
  for (const directory of (environment["PATH"] ?? "").split(delimiter)) {
    if (!directory.startsWith("/")) continue;
    const path = join(directory, name);
    if (!(await isProgram(path))) continue;
    const real = await realpath(path);
    if (!found.has(real)) found.set(real, path);
  }
  return [...found.values()];
}

/** What a program says when asked; `undefined` when it fails or does not end. */
async function ask(path: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await run([path, ...args], { timeoutMs: 15_000, signal });
    return `${answer.stdout}\n${answer.stderr}`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

/** The version that the program at `path` prints. */
export async function printedVersion(
  path: string,
  binary: Pick<BinarySpec, "versionArguments">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const text = await ask(path, binary.versionArguments, signal);
  return text === undefined ? undefined : versionIn(text);
}

/** The programs of that name on PATH, each with the version that it prints. */
export async function candidatesOnPath(
  binary: BinarySpec,
  environment: Environment,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const paths = await namedOnPath(binary.name, environment);
  return Promise.all(paths.map(async (path) => ({ path, version: await printedVersion(path, binary, signal) })));
}

/** Every Go of the machine: on PATH, where its own archive and where Debian's packages put it. */
export async function findGo(
  environment: Environment,
  signal: AbortSignal,
  elsewhere: { readonly root: string } = { root: "/" },
): Promise<Go[]> {
  const paths = await namedOnPath("go", environment);
  const usual = [join(elsewhere.root, "usr/local/go/bin/go")];
  const library = join(elsewhere.root, "usr/lib");
  const installed = await readdir(library).catch(() => []);
  for (const name of installed) if (/^go-\d/.test(name)) usual.push(join(library, name, "bin/go"));
  for (const path of usual) if (!paths.includes(path) && (await isProgram(path))) paths.push(path);
  const found: Go[] = [];
  for (const path of paths) {
    const text = await ask(path, ["version"], signal);
    const version = text === undefined ? undefined : goVersionIn(text);
    if (version !== undefined) found.push({ path, version });
  }
  return found;
}
