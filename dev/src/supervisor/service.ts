import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

import { StackError } from "../errors.ts";
import { at } from "../machine/place.ts";
import { cleanEnv } from "../machine/exec.ts";
import { processStat, sessionMembers, yieldAsSession } from "../machine/processes.ts";
import { until } from "./probe.ts";
import { isAlive, readRecord, removeRecord, writeRecord } from "./record.ts";
import type { Service, Work } from "./unit.ts";

/** Nice value of what runs elsewhere in truth. */
const politeness = 10;

/** Starts the process of a service, detached from this one, and remembers it. */
export function launch(service: Service, log: string): void {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "a");
  try {
    const command = service.command();
    const polite = command.elsewhere === true ? ["/usr/bin/nice", "-n", String(politeness)] : [];
    const argv = [...polite, ...at(command.place, command.argv)];
    const child = spawn(argv[0] ?? "", argv.slice(1), {
      env: { ...cleanEnv, ...command.env },
      cwd: command.cwd ?? "/",
      detached: true,
      stdio: ["ignore", output, output],
    });
    child.on("error", () => undefined); // Told by the missing pid below.
    if (child.pid === undefined) {
      throw new StackError(
        "KURYR_DEV_START",
        `${service.name}: ${argv[0]} could not be started`,
        "is the package installed?",
      );
    }
    child.unref();
    if (command.elsewhere === true) yieldAsSession(child.pid, politeness);
    const stat = processStat(child.pid);
    writeRecord(service.name, {
      pid: child.pid,
      startTicks: stat?.startTicks ?? 0,
      startedAt: new Date().toISOString(),
      ...(service.fingerprint === undefined ? {} : { fingerprint: service.fingerprint() }),
    });
  } finally {
    closeSync(output);
  }
}

/** The last lines of a log. */
export function tail(log: string, lines = 15): string {
  try {
    return readFileSync(log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}

/** Why a service is not usable: `up`, or what is wrong with it. */
export async function inspect(service: Service, work: Work): Promise<true | string> {
  if (!isAlive(readRecord(service.name))) return "no process";
  try {
    return await service.ready(work);
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "not ready") : String(error);
  }
}

/** Whether a running service was started from what is on disk now. */
export function isCurrent(service: Service): boolean {
  return service.fingerprint === undefined || readRecord(service.name)?.fingerprint === service.fingerprint();
}

/** Starts a service unless it runs as it should, and waits until it is ready. */
export async function startService(service: Service, work: Work): Promise<void> {
  if (isAlive(readRecord(service.name)) && !isCurrent(service)) {
    work.say("starting anew: its code or configuration has changed");
    await endService(service, work);
  }
  if (!isAlive(readRecord(service.name))) {
    // What a killed leader left of its session.
    if (service.childrenSurvive !== true) await endService(service, work, false);
    work.say("preparing");
    await service.prepare?.(work);
    launch(service, work.log);
  }
  work.say("waiting until it is ready");
  await until(service.name, (signal) => service.ready({ ...work, signal }), {
    timeoutMs: service.timeoutMs,
    signal: work.signal,
    gaveUp: () => (isAlive(readRecord(service.name)) ? undefined : "its process ended"),
  });
}

/** Ends a service and all of its session: asks, waits, then kills. Nothing happens where nothing runs. */
export async function endService(service: Service, work: Work, ask = true): Promise<void> {
  const record = readRecord(service.name);
  if (record === undefined) return;
  const left = (): number[] => {
    const stat = processStat(record.pid);
    // A pid that was reused by another process must not be taken for the session of ours.
    if (stat !== undefined && stat.startTicks !== record.startTicks) return [];
    return sessionMembers(record.pid);
  };
  const signalAll = (name: NodeJS.Signals, pids: readonly number[]): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, name);
      } catch {
        // Ended in the meantime.
      }
    }
  };
  // What the leader leaves behind (the container shims, say) is not asked: it ends with the session.
  const leaderGone = (timeoutMs: number): Promise<boolean> =>
    until(`${service.name} to end`, async () => (isAlive(record) ? `pid ${record.pid}` : true), {
      timeoutMs,
      signal: work.signal,
    }).then(
      () => true,
      () => false,
    );
  const gone = (timeoutMs: number): Promise<boolean> =>
    until(`${service.name} to end`, async () => (left().length === 0 ? true : `pids ${left().join(" ")}`), {
      timeoutMs,
      signal: work.signal,
    }).then(
      () => true,
      () => false,
    );
  if (ask && left().length > 0) {
    try {
      await service.stop?.(work);
    } catch {
      // SIGTERM follows.
    }
    if (isAlive(record)) signalAll("SIGTERM", [record.pid]);
    await leaderGone(service.stopMs);
  }
  if (left().length > 0) {
    signalAll("SIGKILL", left());
    if (!(await gone(10_000))) {
      throw new StackError("KURYR_DEV_STOP", `${service.name}: processes ${left().join(", ")} do not end`);
    }
  }
  removeRecord(service.name);
}
