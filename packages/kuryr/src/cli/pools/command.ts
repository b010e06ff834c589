import { KuryrError } from "../../api/errors.ts";
import { options } from "../../config/options.ts";
import type { ShownPool, ShownPort } from "../../controller/pools/admin.ts";
import { choice, exit, readWords, UsageError, type Command } from "../command.ts";
import { table, type Cell } from "../terminal.ts";
import { askManager } from "./ask.ts";

const name = "pools";
const socket = options.pool_manager.sock_file.default;

interface Answered {
  readonly pools?: readonly (ShownPool & { readonly ports?: readonly ShownPort[] })[];
  readonly created?: number;
  readonly deleted?: number;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** `kuryrctl pools`: shows, fills and empties the pools of ports, over the controller's socket. */
export const poolsCommand: Command = {
  name,
  summary: "pools of ports that wait for pods: list, show, populate, free",
  help: `usage: kuryrctl pools list
       kuryrctl pools show POOL|NODE
       kuryrctl pools populate NODE... [--ports N]
       kuryrctl pools free [NODE...]

Works where the controller's socket is: inside the pod of the controller that leads, with [kubernetes]enable_manager.

  --ports N           ports to create on each node; 1 unless told
  --socket PATH       ${socket} unless told
  --output FORMAT     text or json`,
  run: async (words, { terminal, signal }) => {
    const [verb = "", ...rest] = words;
    const { values, positionals } = readWords(
      name,
      rest,
      {
        ports: { type: "string", default: "1" },
        socket: { type: "string", default: socket },
        output: { type: "string", default: "text" },
      },
      rest.filter((word, i) => !word.startsWith("-") && !/^--(ports|socket|output)$/.test(rest[i - 1] ?? "")).length,
    );
    const output = choice(name, "output", values.output, ["text", "json"]);
    const { status, body } = await askManager(values.socket, requestFor(verb, positionals, values.ports), signal);
    const answered = body as Answered;
    if (answered.error !== undefined)
      throw new KuryrError(
        answered.error.code.startsWith("KURYR_") ? (answered.error.code as `KURYR_${string}`) : "KURYR_POOL_REQUEST",
        answered.error.message,
        answered.error.hint,
      );
    if (output === "json") terminal.line(JSON.stringify(body, undefined, 2));
    else for (const line of linesOf(answered, terminal.tone)) terminal.line(line);
    return status === 200 ? exit.healthy : exit.unknown;
  },
};

function requestFor(verb: string, words: readonly string[], ports: string): Parameters<typeof askManager>[1] {
  switch (verb) {
    case "list":
      return { method: "GET", path: "/listPools", body: {} };
    case "show": {
      const [which] = words;
      if (which === undefined) throw new UsageError("show which pool, or the pools of which node?", name);
      return {
        method: "GET",
        path: "/showPool",
        body: /^[0-9a-f]{16}$/.test(which) ? { pool: which } : { node: which },
      };
    }
    case "populate": {
      const count = Number(ports);
      if (words.length === 0) throw new UsageError("populate the pools of which nodes?", name);
      if (!Number.isInteger(count)) throw new UsageError(`--ports ${ports} is no number`, name);
      return { method: "POST", path: "/populatePool", body: { nodes: words, num_ports: count } };
    }
    case "free":
      return { method: "POST", path: "/freePool", body: words.length === 0 ? {} : { nodes: words } };
    default:
      throw new UsageError(
        `${verb === "" ? "a verb is missing" : `${verb} is no verb`}: list, show, populate, free`,
        name,
      );
  }
}

function linesOf(answered: Answered, tone: Parameters<typeof table>[2]): string[] {
  if (answered.created !== undefined) return [`${answered.created} ports created`];
  if (answered.deleted !== undefined) return [`${answered.deleted} ports deleted`];
  const pools = answered.pools ?? [];
  const head = ["POOL", "NODE", "IDLE", "QUARANTINED", "CREATING", "SUBNETS", "SECURITY GROUPS"];
  const rows = pools.map((pool): Cell[] => [
    pool.pool,
    pool.node,
    String(pool.idle),
    String(pool.quarantined),
    String(pool.creating),
    pool.subnets.join(" "),
    pool.security_groups.join(" "),
  ]);
  const ports = pools.flatMap((pool) => pool.ports ?? []);
  if (ports.length === 0) return table(head, rows, tone);
  const portRows = ports.map((port): Cell[] => [port.id, port.ip_addresses.join(" "), port.state]);
  return [...table(head, rows, tone), "", ...table(["PORT", "ADDRESSES", "STATE"], portRows, tone)];
}
