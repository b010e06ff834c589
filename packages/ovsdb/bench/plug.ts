/**
 * Ports plugged into a private ovsdb-server (transaction committed, no vswitchd to wait for), beside
 * `ovs-vsctl --no-wait add-port` on the same server in the same run.
 *
 *     node -C kuryr-source packages/ovsdb/bench/plug.ts [--ports 200] [--json FILE]
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs, promisify } from "node:util";
import { against, beside, figure, type Row } from "../../../bench/row.ts";
import { connectOvsdb, type OpenSwitch, openSwitch } from "../src/index.ts";
import { type DatabaseServer, noServer, startDatabaseServer } from "../src/testing/database-server.ts";

const run = promisify(execFile);
/** Ports before the measured ones, for the compiler and the caches. */
const WARM_UP = 50;
/** `ovs-vsctl` is slow: a part of the ports is enough for its median. */
const PEER_SHARE = 5;
/** Ports of a full node, deleted at once. */
const MANY = 60;

/** A way to plug and unplug. */
interface Way {
  readonly name: string;
  add(port: string): Promise<unknown>;
  remove(port: string): Promise<unknown>;
}

interface Result {
  readonly n: number;
  /** Milliseconds of one port. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds from first to last, divided by ports. */
  readonly wallPerPort: number;
  /** Milliseconds of this process's processor per port; children are not in it. */
  readonly cpuPerPort: number;
}

function own(ovs: OpenSwitch): Way {
  return {
    name: "addPort",
    add: (port) => ovs.addPort({ bridge: "br-int", port, externalIds: { "iface-id": port } }),
    remove: (port) => ovs.deletePort(port),
  };
}

function vsctl(server: DatabaseServer): Way {
  const call = (...words: string[]): Promise<unknown> =>
    run("ovs-vsctl", [`--db=${server.target}`, "--no-wait", ...words]);
  return {
    name: "ovs-vsctl",
    add: (port) => call("add-port", "br-int", port, "--", "set", "interface", port, `external_ids:iface-id=${port}`),
    remove: (port) => call("del-port", "br-int", port),
  };
}

async function measure(way: Way, parallel: number, n: number): Promise<Result> {
  const ports = Array.from({ length: n }, (_, at) => `p${parallel}-${at}`);
  const times: number[] = [];
  const queue = [...ports];
  const worker = async (): Promise<void> => {
    for (let port = queue.shift(); port !== undefined; port = queue.shift()) {
      const start = performance.now();
      await way.add(port);
      times.push(performance.now() - start);
    }
  };
  const cpu = process.cpuUsage();
  const start = performance.now();
  await Promise.all(Array.from({ length: parallel }, worker));
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  for (const port of ports) await way.remove(port);
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.min(n - 1, Math.floor(n * part))] ?? Number.NaN;
  return { n, p50: at(0.5), p99: at(0.99), wallPerPort: wall / n, cpuPerPort: (user + system) / 1000 / n };
}

/** Rows of the report; the floor is what `ovs-vsctl` takes in the same run. */
function rowsOf(parallel: number, own: Result, peer: Result): Row[] {
  const how = parallel === 1 ? "one at a time" : `${parallel} at once`;
  return [
    against("ovsdb", `plug p50, ${how}, to ovs-vsctl`, own.p50, peer.p50, 1 / 12, own.n),
    beside("ovsdb", `plug p99, ${how}`, own.p99, peer.p99, own.n),
    beside("ovsdb", `from first to last, per port, ${how}`, own.wallPerPort, peer.wallPerPort, own.n),
    beside("ovsdb", `CPU of the caller per port, ${how}`, own.cpuPerPort, peer.cpuPerPort, own.n),
  ];
}

async function deletion(ovs: OpenSwitch): Promise<Row> {
  const way = own(ovs);
  const ports = Array.from({ length: MANY }, (_, at) => `many${at}`);
  await Promise.all(ports.map((port) => way.add(port)));
  const start = performance.now();
  await ovs.deletePorts(ports);
  return figure("ovsdb", `${MANY} ports deleted at once`, performance.now() - start, 1);
}

async function main(count: number, json: string | undefined): Promise<void> {
  await using server = await startDatabaseServer();
  server.vsctl("add-br", "br-int");
  using client = connectOvsdb({ target: server.target });
  const ovs = openSwitch(client);
  await client.ready(AbortSignal.timeout(10_000));
  const ours = own(ovs);
  const theirs = vsctl(server);
  await measure(ours, 1, WARM_UP);
  await measure(theirs, 1, 3);
  const rows: Row[] = [];
  for (const parallel of [1, 8]) {
    const result = await measure(ours, parallel, count);
    rows.push(...rowsOf(parallel, result, await measure(theirs, parallel, Math.ceil(count / PEER_SHARE))));
  }
  rows.push(await deletion(ovs));
  if (json === undefined) console.table(rows);
  else writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}

const { values } = parseArgs({ options: { ports: { type: "string", default: "200" }, json: { type: "string" } } });
if (noServer !== false) console.log(`skipped: ${noServer}`);
else await main(Number(values.ports), values.json);
