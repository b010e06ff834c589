import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import type { Json } from "../json.ts";

const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";
/** Debian keeps the server where an ordinary PATH does not look. */
const searchPath = `/usr/sbin:/usr/bin:${process.env["PATH"] ?? ""}`;
const environment = { ...process.env, PATH: searchPath };

const missing = [
  ...["ovsdb-server", "ovsdb-tool", "ovs-vsctl"].filter(
    (program) => !searchPath.split(":").some((directory) => existsSync(join(directory, program))),
  ),
  ...[SCHEMA].filter((path) => !existsSync(path)),
];

/** Why tests against a real server cannot run here; false when they can. */
export const noServer: string | false =
  missing.length === 0 ? false : `no ${missing.join(", ")}: install the package openvswitch-switch`;

/** A real ovsdb-server with a database of Open vSwitch of its own. */
export interface DatabaseServer extends AsyncDisposable {
  readonly directory: string;
  /** For `connectOvsdb`. */
  readonly target: string;
  /** Starts the server again after `kill`. */
  start(): Promise<void>;
  /** Ends the server as a crash does. */
  kill(): Promise<void>;
  /** Runs operations on the database file while no server runs. */
  transactOffline(operations: readonly Json[]): void;
  /** Runs `ovs-vsctl` on it and gives what it prints. */
  vsctl(...words: readonly string[]): string;
}

/** Makes a database and starts a server on it. `remotes` are further listeners, `options` go to the server as they are. */
export async function startDatabaseServer(
  options: { readonly remotes?: readonly string[]; readonly options?: readonly string[] } = {},
): Promise<DatabaseServer> {
  const directory = await mkdtemp(join(tmpdir(), "ovsdb-test-"));
  const database = join(directory, "conf.db");
  const socket = join(directory, "db.sock");
  execFileSync("ovsdb-tool", ["create", database, SCHEMA], { env: environment });
  let child: ChildProcessByStdio<Writable, Readable, null> | undefined;

  const start = async (): Promise<void> => {
    child = spawn(
      "ovsdb-server",
      [
        database,
        `--remote=punix:${socket}`,
        ...(options.remotes ?? []).map((remote) => `--remote=${remote}`),
        ...(options.options ?? []),
        `--unixctl=${join(directory, "ctl")}`,
        "--verbose=off",
        // Started when the server listens, and the server ends with it: so it never outlives the test, however that ends.
        "--run=echo listening; exec cat",
      ],
      { env: environment, stdio: ["pipe", "pipe", "ignore"] },
    );
    child.stdin.on("error", () => {});
    const [said] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    if (String(said) !== "listening\n") throw new Error(`ovsdb-server ended with ${String(said)}`);
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, "exit");
    running.kill("SIGKILL");
    running.stdin.end();
    await exit;
  };
  await start();
  execFileSync("ovs-vsctl", [`--db=unix:${socket}`, "--no-wait", "init"], { env: environment });
  return {
    directory,
    target: `unix:${socket}`,
    start,
    kill,
    transactOffline(operations) {
      execFileSync("ovsdb-tool", ["transact", database, JSON.stringify(["Open_vSwitch", ...operations])], {
        env: environment,
      });
    },
    vsctl: (...words) =>
      execFileSync("ovs-vsctl", [`--db=unix:${socket}`, "--no-wait", ...words], { env: environment, encoding: "utf8" }),
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
