/**
 * Processor time of this process per request, beside `fetch` and beside bare `node:http` with a kept connection, both
 * of which only parse the answer: no token, no limits, no repetition, no errors. The server is another process.
 *
 *     node -C kuryr-source packages/openstack/bench/requests.ts [--requests 2000] [--rounds 9] [--json FILE]
 */
import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { parseArgs } from "node:util";
import { against, beside, type Row } from "../../../bench/row.ts";
import { median } from "../../../bench/statistics.ts";
import { type Cloud, connect } from "../src/index.ts";
import { TLS_MATERIAL } from "../src/testing/tls-material.ts";

/** One thing to do, in three ways. */
interface Case {
  readonly name: string;
  readonly parallel: number;
  /** Part of `fetch` that must not be exceeded; undefined where the bench only tells. */
  readonly goal: number | undefined;
  readonly ours: () => Promise<unknown>;
  readonly fetch: (() => Promise<unknown>) | undefined;
  readonly bare: () => Promise<unknown>;
}

/** The same header fields for all. */
const HEADERS = { Accept: "application/json", "User-Agent": "bench", "X-Auth-Token": "g".repeat(183) };
const PORT_PATH = "/v2.0/ports/5b26064b-963e-4f6c-9d5b-000000000000";
const NEW_PORT = { network_id: "7b714055-2345-47a1-8a48-ad3ba2c72ff2" };
const POST_BODY = JSON.stringify({ port: NEW_PORT });

interface Exchange {
  readonly path: string;
  readonly body?: string;
}

type Send = (exchange: Exchange) => Promise<unknown>;

/** Bare `node:http` or `node:https`. */
function bareWith(agent: http.Agent, port: number, secure: boolean): Send {
  return ({ path, body }) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
      const options = { host: "127.0.0.1", port, path, method, agent, headers: { ...HEADERS, ...length } };
      const outgoing = secure ? https.request(options) : http.request(options);
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("end", () => resolve(JSON.parse(Buffer.concat(parts).toString("utf8"))));
      });
      outgoing.end(body);
    });
}

function fetchFrom(origin: string): Send {
  return async ({ path, body }) => {
    const init = body === undefined ? { headers: HEADERS } : { headers: HEADERS, method: "POST", body };
    return (await fetch(origin + path, init)).json();
  };
}

function casesOf(cloud: Cloud, secureCloud: Cloud, bare: Send, secureBare: Send, fetched: Send): Case[] {
  const cases: Case[] = [];
  for (const parallel of [1, 8]) {
    const read: Exchange = { path: PORT_PATH };
    cases.push({
      name: "request",
      parallel,
      goal: 0.5,
      ours: () => cloud.request("network", "GET", PORT_PATH),
      fetch: () => fetched(read),
      bare: () => bare(read),
    });
    for (const ports of [1, 10, 100]) {
      const list: Exchange = { path: `/v2.0/ports?name=${ports}&limit=1000` };
      cases.push({
        name: `ports.list of ${ports}`,
        parallel,
        // Of longer lists JSON.parse is the greater part, which is the same for all.
        goal: ports === 1 ? 0.5 : undefined,
        ours: () => cloud.network.ports.list({ name: String(ports) }),
        fetch: () => fetched(list),
        bare: () => bare(list),
      });
    }
  }
  const write: Exchange = { path: "/v2.0/ports", body: POST_BODY };
  // Ours takes a new connection for each, which the others do not: what it costs that no POST is lost or doubled.
  const create = { parallel: 8, goal: undefined };
  return [
    ...cases,
    {
      ...create,
      name: "ports.create",
      ours: () => cloud.network.ports.create(NEW_PORT),
      fetch: () => fetched(write),
      bare: () => bare(write),
    },
    {
      ...create,
      name: "ports.create over TLS",
      ours: () => secureCloud.network.ports.create(NEW_PORT),
      fetch: undefined,
      bare: () => secureBare(write),
    },
  ];
}

/** What a round of calls took: microseconds of processor time for each, and how many a second there were. */
interface Round {
  readonly cpu: number;
  readonly rate: number;
}

async function timed(call: () => Promise<unknown>, parallel: number, count: number): Promise<Round> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const before = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: parallel }, worker));
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / count, rate: (count * 1000) / (performance.now() - start) };
}

/** The three ways take turns, so that whatever else the machine does meets them alike; the medians are compared. */
async function measure(one: Case, count: number, rounds: number): Promise<Row[]> {
  const ways = { ours: one.ours, fetch: one.fetch, "node:http": one.bare };
  const taken = new Map<string, Round[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, call] of Object.entries(ways)) {
      if (call === undefined) continue;
      const found = await timed(call, one.parallel, count);
      // The first round is for the compiler.
      if (round > 0) taken.set(name, [...(taken.get(name) ?? []), found]);
    }
  }
  const of = (way: string, key: keyof Round): number => median((taken.get(way) ?? []).map((round) => round[key]));
  const how = `${one.name}, ${one.parallel === 1 ? "one at a time" : `${one.parallel} at once`}`;
  const n = count * rounds;
  const row = (peer: string, goal: number | undefined): Row[] => {
    if (!taken.has(peer)) return [];
    const metric = `CPU of ${how}, to ${peer}`;
    const figures = [of("ours", "cpu"), of(peer, "cpu")] as const;
    return [
      goal === undefined
        ? beside("openstack", metric, ...figures, n, "us")
        : against("openstack", metric, ...figures, goal, n, "us"),
      beside("openstack", `${how}, beside ${peer}`, of("ours", "rate"), of(peer, "rate"), n, "1/s"),
    ];
  };
  return [...row("fetch", one.goal), ...row("node:http", undefined)];
}

function portsOf(server: ChildProcess): Promise<{ http: number; https: number }> {
  return new Promise((resolve, reject) => {
    server.once("message", (ports) => resolve(ports as { http: number; https: number }));
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

async function main(count: number, rounds: number, json: string | undefined): Promise<void> {
  const server = fork(new URL("./requests-server.ts", import.meta.url));
  const ports = await portsOf(server);
  const origin = `http://127.0.0.1:${ports.http}`;
  const auth = { type: "password", authUrl: origin, userId: "u1", password: "p", projectId: "p1" } as const;
  const cloud = connect({ auth, endpoints: { network: origin } });
  const secureOrigin = `https://127.0.0.1:${ports.https}`;
  const secureCloud = connect({ auth, endpoints: { network: secureOrigin }, tls: { ca: TLS_MATERIAL.ca } });
  const kept = { keepAlive: true, scheduling: "lifo" } as const;
  const agent = new http.Agent(kept);
  const secureAgent = new https.Agent({ ...kept, ca: TLS_MATERIAL.ca });
  const rows: Row[] = [];
  const bare = bareWith(agent, ports.http, false);
  const secureBare = bareWith(secureAgent, ports.https, true);
  for (const one of casesOf(cloud, secureCloud, bare, secureBare, fetchFrom(origin))) {
    rows.push(...(await measure(one, count, rounds)));
  }
  cloud.close();
  secureCloud.close();
  agent.destroy();
  secureAgent.destroy();
  server.disconnect();
  if (json === undefined) console.table(rows);
  else writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "2000" },
    rounds: { type: "string", default: "9" },
    json: { type: "string" },
  },
});
await main(Number(values.requests), Number(values.rounds), values.json);
