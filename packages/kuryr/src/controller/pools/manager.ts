import { createServer, type IncomingMessage } from "node:http";

import { KuryrError, messageOf } from "../../api/errors.ts";
import { listenPrivately } from "../../process/private-socket.ts";
import type { PoolAdministration, ShownPool } from "./admin.ts";

const maxBody = 64 * 1024;
const maxPorts = 1000;
const nodeName = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;

/** An answer of the manager. */
interface Answer {
  readonly status: number;
  readonly body: object;
}

const callersFault: ReadonlySet<string> = new Set(["KURYR_POOL_REQUEST", "KURYR_POOL_NODE", "KURYR_POOL_UNKNOWN"]);

const refused = (message: string): KuryrError =>
  new KuryrError("KURYR_POOL_REQUEST", message, "see docs/operate.md, Pools of ports");

/**
 * Serves the original's manager API on a unix socket that only the controller's user may open:
 * `GET /listPools`, `GET /showPool`, `POST /populatePool`, `POST /freePool`. Resolves with how to end it.
 */
export async function serveManager(path: string, pools: PoolAdministration): Promise<() => void> {
  const server = createServer((request, response) => {
    void answerTo(request, pools).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" });
      response.end(`${JSON.stringify(body)}\n`);
    });
  });
  await listenPrivately(server, path);
  return () => server.close();
}

async function answerTo(request: IncomingMessage, pools: PoolAdministration): Promise<Answer> {
  try {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://manager");
    const route = routes.get(pathname);
    if (route === undefined)
      return { status: 404, body: errorBody(refused(`${pathname}: ${[...routes.keys()].join(", ")} are known`)) };
    if (request.method !== route.method)
      return { status: 405, body: errorBody(refused(`${pathname} is a ${route.method}`)) };
    const body = parsed(await read(request));
    return { status: 200, body: await route.answer(pools, { ...Object.fromEntries(searchParams), ...body }) };
  } catch (error) {
    const isTheirs = error instanceof KuryrError && callersFault.has(error.code);
    return { status: isTheirs ? 400 : 502, body: errorBody(error) };
  }
}

const errorBody = (error: unknown): object => {
  const { code, hint } = error instanceof Error ? (error as Error & { code?: unknown; hint?: unknown }) : {};
  return {
    error: {
      code: typeof code === "string" ? code : "KURYR_INTERNAL",
      message: messageOf(error),
      ...(typeof hint === "string" ? { hint } : {}),
    },
  };
};

type Body = Readonly<Record<string, unknown>>;

const routes: ReadonlyMap<
  string,
  { readonly method: string; readonly answer: (pools: PoolAdministration, body: Body) => object | Promise<object> }
> = new Map([
  ["/listPools", { method: "GET", answer: (pools: PoolAdministration) => ({ pools: pools.list() }) }],
  [
    "/showPool",
    {
      method: "GET",
      answer: (pools: PoolAdministration, body: Body) => {
        const found = pools.show(selection(body));
        if (found.length === 0) throw refused("there is no such pool; see /listPools");
        return { pools: found };
      },
    },
  ],
  [
    "/populatePool",
    {
      method: "POST",
      answer: async (pools: PoolAdministration, body: Body) => {
        const nodes = nodesOf(body);
        if (nodes === undefined) throw refused("nodes are missing (or trunks, as they were called)");
        return { created: await pools.populate(nodes, countOf(body)) };
      },
    },
  ],
  [
    "/freePool",
    {
      method: "POST",
      answer: async (pools: PoolAdministration, body: Body) => ({ deleted: await pools.free(nodesOf(body)) }),
    },
  ],
]);

/** `nodes`, or `trunks` as Kuryr-Kubernetes called where pools are. */
function nodesOf(body: Body): readonly string[] | undefined {
  const given = body["nodes"] ?? body["trunks"];
  if (given === undefined || given === null) return undefined;
  const names = Array.isArray(given) ? given : [given];
  if (names.length === 0) return undefined;
  return names.map((name: unknown) => {
    if (typeof name !== "string" || !nodeName.test(name)) throw refused(`${JSON.stringify(name)} is no name of a node`);
    return name;
  });
}

function countOf(body: Body): number {
  const count = body["num_ports"] ?? 1;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 1 || count > maxPorts)
    throw refused(`num_ports is a whole number from 1 to ${maxPorts}`);
  return count;
}

/** `pool` (its short name), `node`, or the original's `pool_key`: `[node, project, [security group, ...]]`. */
function selection(body: Body): (pool: ShownPool) => boolean {
  const { pool, node, pool_key: key } = body;
  if (typeof pool === "string") return (one) => one.pool === pool;
  if (typeof node === "string") return (one) => one.node === node;
  if (!Array.isArray(key)) throw refused("which pool? Give pool, node, or pool_key");
  const [of, project, groups] = key as unknown[];
  if (typeof of !== "string") throw refused("pool_key is [node, project, [security group, ...]]");
  const wanted = Array.isArray(groups) ? groups.map(String).sort().join() : undefined;
  return (one) =>
    one.node === of &&
    (typeof project !== "string" || one.project_id === project) &&
    (wanted === undefined || [...one.security_groups].sort().join() === wanted);
}

function parsed(text: string): Body {
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refused("the body is no JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw refused("the body is no JSON object");
  return body as Body;
}

async function read(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBody) throw refused(`the body is longer than ${maxBody} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
