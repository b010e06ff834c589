#!/usr/bin/env node
import { KuryrError, messageOf } from "../api/errors.ts";
import { productVersion } from "../process/run.ts";
import { exit, UsageError, type Command } from "./command.ts";
import { configCommand } from "./config.ts";
import { poolsCommand } from "./pools/command.ts";
import { sanityCommand } from "./sanity.ts";
import { statusCommand } from "./status/command.ts";
import { terminalOn } from "./terminal.ts";
import { upgradeCheckCommand } from "./upgrade/command.ts";
import { whyCommand } from "./why/command.ts";

const commands: readonly Command[] = [
  statusCommand,
  whyCommand,
  poolsCommand,
  configCommand,
  upgradeCheckCommand,
  sanityCommand,
];

function usage(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const list = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    "usage: kuryrctl COMMAND [OPTION]...   (kubectl kuryr COMMAND is the same)",
    "",
    ...list,
    "",
    "kuryrctl COMMAND --help says more of one. Status: 0 all is well, 1 something is wrong, 2 cannot tell.",
  ].join("\n");
}

async function run(words: readonly string[]): Promise<number> {
  const out = terminalOn(process.stdout);
  const [name, ...rest] = words;
  if (name === undefined) {
    terminalOn(process.stderr).line(usage());
    return exit.unknown;
  }
  if (name === "--version") {
    out.line(`kuryrctl ${productVersion}`);
    return exit.healthy;
  }
  const command = commands.find((one) => one.name === name);
  if (name === "--help" || name === "-h" || name === "help") {
    const asked = commands.find((one) => one.name === rest[0]);
    out.line(asked?.help ?? usage());
    return exit.healthy;
  }
  if (command === undefined)
    throw new UsageError(`${name} is no command: ${commands.map((one) => one.name).join(", ")}`);
  if (rest.includes("--help") || rest.includes("-h")) {
    out.line(command.help);
    return exit.healthy;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.abort(new KuryrError("KURYR_INTERRUPTED", `interrupted by ${signal}`)));
  return command.run(rest, { terminal: out, environment: process.env, signal: stop.signal });
}

// A pipe that is closed early (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(exit.healthy);
  throw error;
});

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const terminal = terminalOn(process.stderr);
  const { code, hint } = error instanceof Error ? (error as Error & { code?: unknown; hint?: unknown }) : {};
  const suffix = typeof code === "string" ? ` ${terminal.tone("faint", `(${code})`)}` : "";
  terminal.line(`${terminal.tone("bad", "error:")} ${messageOf(error)}${suffix}`);
  if (typeof hint === "string") terminal.line(`${terminal.tone("faint", "next:")}  ${hint}`);
  const command = commands.find((one) => one.name === process.argv[2]);
  process.exitCode = command?.statusOfErrors ?? exit.unknown;
}
