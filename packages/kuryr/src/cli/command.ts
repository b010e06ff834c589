import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

import { KuryrError, messageOf } from "../api/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Exit statuses that scripts rely on. */
export const exit = { healthy: 0, degraded: 1, unknown: 2 } as const;

/** What a command runs in. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** One word of kuryrctl. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly help: string;
  /** Exit status after an error; {@link exit.unknown} unless set. */
  readonly statusOfErrors?: number;
  /** @returns the exit status */
  readonly run: (words: readonly string[], context: Context) => Promise<number>;
}

/** A command line that makes no sense. */
export class UsageError extends KuryrError {
  constructor(message: string, command?: string) {
    super("KURYR_USAGE", message, `kuryrctl ${command === undefined ? "" : `${command} `}--help`);
    this.name = "UsageError";
  }
}

/** Options of every command that asks Kubernetes. */
export const kubernetesOptions = {
  kubeconfig: { type: "string" },
  context: { type: "string" },
} as const satisfies ParseArgsOptionsConfig;

export const kubernetesHelp = `  --kubeconfig FILE   how to reach Kubernetes; else KUBECONFIG, ~/.kube/config, the pod's own account
  --context NAME      context of the kubeconfig`;

/** Options of every command that asks OpenStack too. */
export const connectionOptions = {
  ...kubernetesOptions,
  "config-file": { type: "string", multiple: true },
  "config-dir": { type: "string", multiple: true },
} as const satisfies ParseArgsOptionsConfig;

export const connectionHelp = `${kubernetesHelp}
  --config-file FILE  kuryr.conf, for its OpenStack credentials; else OS_CLOUD or the OS_... of an openrc file.
                      Without either, OpenStack is not looked at. May be repeated, also --config-dir`;

/** The words of a command line, read as a command's options say. @throws UsageError */
export function readWords<O extends ParseArgsOptionsConfig>(
  command: string,
  words: readonly string[],
  options: O,
  positionals = 0,
) {
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(messageOf(error), command);
  }
  if (parsed.positionals.length !== positionals)
    throw new UsageError(
      positionals === 0 ? `${parsed.positionals[0] ?? ""} is one word too many` : "a word is missing, or one too many",
      command,
    );
  return parsed;
}

/** One of some words given to an option. @throws UsageError */
export function choice<const W extends string>(command: string, option: string, given: string, words: readonly W[]): W {
  const found = words.find((word) => word === given);
  if (found === undefined) throw new UsageError(`--${option} ${given}: none of ${words.join(", ")}`, command);
  return found;
}
