import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { ensureBinaries, type BinaryName } from "../binaries/ensure.ts";
import { StackError } from "../errors.ts";
import { layout, stateOf } from "../layout.ts";
import type { StackOptions } from "../options.ts";
import type { Step } from "../supervisor/unit.ts";

/** Where the cluster's programs lie, known once the step `binaries` is done. */
export interface Programs {
  readonly kubernetes: string;
  readonly containerd: string;
  readonly path: (name: BinaryName) => string;
}

interface Found {
  readonly path: string;
  readonly version: string;
  readonly source: string;
}

const record = (): string => stateOf("binaries.json");

function recorded(): Partial<Record<BinaryName, Found>> {
  try {
    return JSON.parse(readFileSync(record(), "utf8")) as Partial<Record<BinaryName, Found>>;
  } catch {
    return {};
  }
}

/** The programs of a stack; asking for a path before they were obtained is an error. */
export function programsOf(options: StackOptions): Programs {
  return {
    kubernetes: options.kubernetes,
    containerd: options.containerd,
    path: (name) => {
      const found = recorded()[name];
      if (found === undefined)
        throw new StackError("KURYR_DEV_BINARIES", `${name} was not obtained yet`, "npm run stack -- up");
      return found.path;
    },
  };
}

/** Obtains the programs: from PATH or the cache, built from Go modules, or downloaded. */
export function binariesStep(options: StackOptions, needs: readonly string[]): Step {
  return {
    kind: "step",
    name: "binaries",
    area: "kube",
    needs,
    timeoutMs: 3_600_000,
    isDone: async () => {
      const found = recorded();
      return Object.values(found).length > 0 && Object.values(found).every((one) => existsSync(one.path));
    },
    run: async ({ signal, say, note }) => {
      const told = (text: string): void => {
        say(text);
        if (/: (found|from|built|downloaded|Debian)/.test(text)) note(text);
      };
      const found = await ensureBinaries(
        { kubernetes: options.kubernetes, containerd: options.containerd, coredns: true },
        { cacheDir: layout.cache, progress: told, signal },
      );
      mkdirSync(layout.state, { recursive: true });
      writeFileSync(record(), JSON.stringify(found));
    },
  };
}
