import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { run } from "../machine/exec.ts";
import { runOf, stateOf } from "../layout.ts";
import type { Service, Step, Work } from "../supervisor/unit.ts";

export const databases = ["keystone", "neutron", "octavia"] as const;
export type Database = (typeof databases)[number];

const socket = (): string => runOf("mariadb", "mysqld.sock");

/** SQLAlchemy URL of a database. */
export function databaseUrl(database: Database): string {
  return `mysql+pymysql://root@localhost/${database}?unix_socket=${socket()}`;
}

async function mysqlIds(): Promise<{ uid: number; gid: number }> {
  const { stdout } = await run(["getent", "passwd", "mysql"]);
  const fields = stdout.trim().split(":");
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

async function prepare(work: Work): Promise<void> {
  const { uid, gid } = await mysqlIds();
  const data = stateOf("mariadb");
  // Only root and the server itself may reach the socket: root logs in without a password.
  mkdirSync(runOf("mariadb"), { recursive: true, mode: 0o750 });
  chownSync(runOf("mariadb"), uid, gid);
  rmSync(socket(), { force: true });
  if (existsSync(join(data, "mysql"))) return;
  const half = `${data}.new`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true, mode: 0o750 });
  chownSync(half, uid, gid);
  work.say("making the data directory");
  await run(
    [
      "mariadb-install-db",
      "--no-defaults",
      "--user=mysql",
      `--datadir=${half}`,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
    ],
    { signal: work.signal, log: work.log, timeoutMs: 120_000 },
  );
  rmSync(data, { recursive: true, force: true });
  renameSync(half, data);
}

/** The database server of all three OpenStack services; tuned for a stack that may be made anew, not for durability. */
export function mariadbService(needs: readonly string[]): Service {
  return {
    kind: "service",
    name: "mariadb",
    area: "cloud",
    needs,
    timeoutMs: 60_000,
    stopMs: 20_000,
    causes: [[/Unable to lock|is already in use/, "another MariaDB uses the data directory: npm run stack -- down"]],
    prepare,
    command: () => ({
      elsewhere: true,
      argv: [
        "/usr/sbin/mariadbd",
        "--no-defaults",
        "--user=mysql",
        `--datadir=${stateOf("mariadb")}`,
        `--socket=${socket()}`,
        `--pid-file=${runOf("mariadb", "pid")}`,
        "--skip-networking",
        "--skip-log-bin",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--performance-schema=0",
        "--max-connections=500",
        "--character-set-server=utf8mb3",
      ],
    }),
    ready: async ({ signal }) => {
      await run(["mariadb-admin", "--no-defaults", "-uroot", `--socket=${socket()}`, "ping"], {
        signal,
        timeoutMs: 5000,
      });
      return true;
    },
  };
}

const clientCommand = (): string[] =>
  `mariadb --no-defaults -uroot --socket=${socket()} --batch --skip-column-names -e`.split(" ");

/** Runs SQL as the database's administrator: for tests that need a state which no API leads to. */
export async function runSql(database: Database, statement: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await run([...clientCommand(), `use ${database}; ${statement}`], { signal });
  return stdout;
}

const creation = (database: Database): string => `create database if not exists ${database} character set utf8mb3`;

/** Throws away what a migration left that was cut off: no migration takes up in the middle. */
export async function emptyDatabase(database: Database, signal: AbortSignal): Promise<void> {
  await run([...clientCommand(), `drop database if exists ${database}; ${creation(database)}`], { signal });
}

/** One empty database for each service. */
export function databasesStep(): Step {
  const client = clientCommand();
  return {
    kind: "step",
    name: "databases",
    area: "cloud",
    needs: ["mariadb"],
    timeoutMs: 20_000,
    isDone: async () => {
      const { stdout } = await run([...client, "show databases"]);
      const there = new Set(stdout.split("\n"));
      return databases.every((database) => there.has(database));
    },
    run: async ({ signal }) => {
      await run([...client, databases.map(creation).join("; ")], { signal });
    },
  };
}
