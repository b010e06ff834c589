import { downCommand } from "./commands/down.ts";
import { envCommand } from "./commands/env.ts";
import { logsCommand } from "./commands/logs.ts";
import { shellCommand } from "./commands/shell.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import { wipeCommand } from "./commands/wipe.ts";
import { StackError, describeError } from "./errors.ts";
import { goOnUnread } from "./machine/output.ts";

const usage = `usage: npm run stack -- COMMAND
  up [cloud|kube|kuryr] [--nodes N] [--kubernetes-version V] [--openstack 2026.2|zed] [--containerd 2|1.6]
  down                    stop everything, keep the data
  status [--json]         every component, with what is wrong
  env [--user kuryr]      exports for kubectl, openstack, ovn-nbctl, ovs-vsctl
  logs NAME               the log of one component
  shell NODE [COMMAND]    a shell in a node's namespaces
  wipe                    stop everything, forget the data
`;

const commands: Readonly<Record<string, (args: string[], signal: AbortSignal) => Promise<number>>> = {
  up: upCommand,
  down: downCommand,
  status: statusCommand,
  env: envCommand,
  logs: logsCommand,
  shell: shellCommand,
  wipe: wipeCommand,
};

async function main(): Promise<number> {
  const [name, ...args] = process.argv.slice(2);
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    process.stderr.write(usage);
    return name === undefined || name === "help" || name === "--help" ? 0 : 2;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new StackError("KURYR_DEV_INTERRUPTED", `interrupted by ${signal}`)));
  }
  try {
    return await command(args, interrupted.signal);
  } catch (error) {
    process.stderr.write(`\nerror: ${describeError(error)}\n`);
    return 1;
  }
}

goOnUnread();
process.exitCode = await main();
