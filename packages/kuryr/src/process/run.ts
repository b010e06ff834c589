import { writeSync } from "node:fs";
import { parseArgs } from "node:util";

import { loadConfiguration, type Configuration } from "../config/load.ts";
import { namedSources } from "../config/sources.ts";
import { errorFields, jsonLogger, type Logger } from "../log/logger.ts";

/** What every Kuryr process starts with. */
export interface Started {
  readonly config: Configuration;
  readonly log: Logger;
  /** Aborts at SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

/** The version of this release. */
export const productVersion = "0.1.0";

/** Node's log goes out at once, also from a process that dies in the next moment. */
const writeLine = (line: string): void => {
  writeSync(2, line);
};

/**
 * Runs a process: reads what `--config-file` and `--config-dir` name, logs, stops at SIGTERM. Ends with status 0 after a stop, 1 after an error
 * that the process cannot go on with.
 */
export async function runProcess(component: string, work: (started: Started) => Promise<void>): Promise<void> {
  let log = jsonLogger({ level: "info", write: writeLine, fields: { component } });
  try {
    const { values } = parseArgs({
      options: {
        "config-file": { type: "string", multiple: true },
        "config-dir": { type: "string", multiple: true },
        version: { type: "boolean", default: false },
      },
    });
    if (values.version) {
      process.stdout.write(`${component} ${productVersion}
`);
      process.exit();
    }
    const named = namedSources(values["config-file"], values["config-dir"]);
    const { config, warnings, notices } = loadConfiguration(named, process.env);
    if (config.DEFAULT.debug) log = jsonLogger({ level: "debug", write: writeLine, fields: { component } });
    for (const warning of warnings) log.warn(warning);
    for (const notice of notices) log.info(notice);
    const stop = new AbortController();
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        log.info("stopping", { signal: name });
        stop.abort(new Error(`stopped by ${name}`));
      });
    }
    await work({ config, log, signal: stop.signal });
  } catch (error) {
    log.error(`${component} ends`, errorFields(error));
    process.exitCode = 1;
  }
  // Kept-alive connections would hold the process for seconds.
  process.exit();
}
