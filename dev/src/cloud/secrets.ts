import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { layout, stateOf } from "../layout.ts";

/** Passwords of this stack, made once and kept until `wipe`. */
export interface Secrets {
  readonly admin: string;
  readonly neutron: string;
  readonly octavia: string;
  readonly kuryr: string;
}

const generated = (): string => randomBytes(12).toString("hex");

/** Reads this stack's passwords, or makes them. */
export function secrets(): Secrets {
  const file = stateOf("secrets.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Secrets;
  } catch {
    const made: Secrets = { admin: generated(), neutron: generated(), octavia: generated(), kuryr: generated() };
    mkdirSync(layout.state, { recursive: true });
    writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
    return made;
  }
}
