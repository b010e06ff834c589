import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { layout } from "../layout.ts";
import { hasEnded, processStat } from "../machine/processes.ts";

/** What is remembered of a started service, so that a later command finds exactly that process and no other. */
export interface ServiceRecord {
  readonly pid: number;
  /** With the pid it identifies the process even after the pid was reused. */
  readonly startTicks: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly fingerprint?: string;
}

const fileOf = (service: string): string => join(layout.run, "services", `${service.replaceAll("/", "-")}.json`);

/** Remembers a started process. */
export function writeRecord(service: string, record: ServiceRecord): void {
  const file = fileOf(service);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

/** The record of a service, whether or not its process still lives. */
export function readRecord(service: string): ServiceRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(service), "utf8")) as ServiceRecord;
  } catch {
    return undefined;
  }
}

/** Forgets a service. */
export function removeRecord(service: string): void {
  rmSync(fileOf(service), { force: true });
}

/** Whether the recorded process still runs: same pid, same start, not a zombie. */
export function isAlive(record: ServiceRecord | undefined): boolean {
  if (record === undefined) return false;
  const stat = processStat(record.pid);
  return stat !== undefined && stat.startTicks === record.startTicks && !hasEnded(stat);
}
