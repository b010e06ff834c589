import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { StackError } from "./errors.ts";
import { layout, runOf, stateOf } from "./layout.ts";
import type { Area } from "./supervisor/unit.ts";

export type OpenStackRelease = "2026.2" | "zed";
export type ContainerdLine = "2" | "1.6";

/** What a stack is made of; recorded at the first `up`, so that the other commands need no options. */
export interface StackOptions {
  readonly nodes: number;
  readonly openstack: OpenStackRelease;
  readonly kubernetes: string;
  readonly containerd: ContainerdLine;
}

export const defaultOptions: StackOptions = { nodes: 2, openstack: "2026.2", kubernetes: "1.37.2", containerd: "2" };

const file = (): string => stateOf("stack.json");

/** The options of the stack whose data lie on this machine, or `undefined` where there are none. */
export function recordedOptions(): StackOptions | undefined {
  try {
    return { ...defaultOptions, ...(JSON.parse(readFileSync(file(), "utf8")) as Partial<StackOptions>) };
  } catch {
    return undefined;
  }
}

/** Remembers the options until `wipe`. */
export function recordOptions(options: StackOptions): void {
  mkdirSync(layout.state, { recursive: true });
  writeFileSync(`${file()}.new`, `${JSON.stringify(options)}\n`);
  renameSync(`${file()}.new`, file());
}

const areasFile = (): string => runOf("areas.json");

/** The parts of the stack that were asked for since the last `down`. */
export function wantedAreas(): Area[] {
  try {
    return JSON.parse(readFileSync(areasFile(), "utf8")) as Area[];
  } catch {
    return [];
  }
}

/** Remembers, until `down`, which parts were asked for. */
export function wantAreas(areas: readonly Area[]): void {
  const all = new Set([...wantedAreas(), ...areas]);
  writeFileSync(areasFile(), JSON.stringify([...all]));
}

/** Forgets them. */
export function forgetOptions(): void {
  rmSync(file(), { force: true });
}

/**
 * The options of this `up`: what was asked for, else what the data on disk are of, else the defaults.
 * @throws StackError when the data on disk are of another release: switching is `wipe`, then `up`.
 */
export function resolveOptions(asked: Partial<StackOptions>, recorded: StackOptions | undefined): StackOptions {
  const base = recorded ?? defaultOptions;
  const resolved: StackOptions = { ...base, ...asked };
  if (recorded === undefined) return resolved;
  for (const key of ["openstack", "kubernetes", "containerd", "nodes"] as const) {
    if (resolved[key] !== recorded[key]) {
      throw new StackError(
        "KURYR_DEV_OPTIONS",
        `this machine has the data of a stack with ${key} ${recorded[key]}, and ${resolved[key]} was asked for`,
        "npm run stack -- wipe, then the same command again",
      );
    }
  }
  return resolved;
}
