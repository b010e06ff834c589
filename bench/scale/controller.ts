import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { nodeFlags } from "../../dev/src/images/product.ts";
import { renderIni } from "../../dev/src/ini.ts";
import type { FakeCluster } from "./cluster.ts";

const main = join(import.meta.dirname, "../../packages/kuryr/src/controller/main.ts");
const readyLimitMs = 300_000;

/** A controller as its image runs it, in a process of its own. */
export interface RunningController {
  readonly pid: number;
  /** From the start of the process to a `/ready` that says so. */
  readonly readyMs: number;
  /** Sum of a counter's samples. */
  metric(name: string): Promise<number>;
  /** Ends it, and waits for its end. */
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let compiled: string | undefined;

/**
 * As in the image, where the stripped sources are at hand: without them every start loads the 30 MB that strip them.
 */
function imageEnvironment(): Readonly<Record<string, string>> {
  if (compiled === undefined) {
    const directory = mkdtempSync(join(tmpdir(), "kuryr-bench-compiled-"));
    process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
    const env = { ...process.env, NODE_COMPILE_CACHE: directory, NODE_COMPILE_CACHE_PORTABLE: "1" };
    const argv = [...nodeFlags.controller, "-C", "kuryr-source", main, "--version"];
    execFileSync(process.execPath, argv, { env, stdio: "ignore" });
    compiled = directory;
  }
  return { NODE_COMPILE_CACHE: compiled, NODE_COMPILE_CACHE_PORTABLE: "1" };
}

/** Starts a controller on fakes; resolves when it is ready. */
export async function startController(on: FakeCluster, signal: AbortSignal): Promise<RunningController> {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-bench-"));
  const [health, metrics] = [await freePort(), await freePort()];
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, on.token, { mode: 0o600 });
  const config = join(directory, "kuryr.conf");
  writeFileSync(
    config,
    renderIni({
      kubernetes: { api_root: on.server, token_file: tokenFile, ssl_ca_crt_file: "" },
      neutron: {
        auth_url: on.authUrl,
        username: on.user.username,
        password: on.user.password,
        project_name: on.user.projectName,
        user_domain_name: "Default",
        project_domain_name: "Default",
      },
      neutron_defaults: { pod_subnet: on.subnetId, pod_security_groups: on.groupId },
      health_server: { port: health },
      prometheus_exporter: { controller_exporter_port: metrics },
    }),
    { mode: 0o600 },
  );
  const log = join(directory, "log");
  const argv = [...nodeFlags.controller, "-C", "kuryr-source", main, `--config-file=${config}`];
  const started = performance.now();
  const env = { ...process.env, ...imageEnvironment(), MALLOC_ARENA_MAX: "2" };
  const child = spawn(process.execPath, argv, { env, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.pipe(createWriteStream(log));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
    signal.removeEventListener("abort", abort);
    rmSync(directory, { recursive: true, force: true });
  };
  const abort = (): void => void child.kill();
  signal.addEventListener("abort", abort, { once: true });
  const { pid } = child;
  if (pid === undefined) throw new Error("the controller did not start");
  try {
    for (;;) {
      signal.throwIfAborted();
      if (child.exitCode !== null || performance.now() - started > readyLimitMs)
        throw new Error(`the controller is not ready:\n${readFileSync(log, "utf8").slice(-2000)}`);
      const answer = await fetch(`http://127.0.0.1:${health}/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (answer?.status === 200) break;
      await pause(20);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid,
    readyMs: performance.now() - started,
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
      const samples = text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"));
      return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    stop,
  };
}
