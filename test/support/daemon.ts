import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { installation } from "@kuryr/kuryr";

import { authority } from "../../dev/src/kube/certificates.ts";
import { stateOf } from "../../dev/src/layout.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { at, type Place } from "../../dev/src/machine/place.ts";
import { api, type NodePlan } from "../../dev/src/network-plan.ts";
import { bringBack, eventually, kill, kubectl, onNodeRun, pidOf } from "./stack.ts";
import { componentLog } from "./workloads.ts";

/*
 * Everything that the tests do to a node's daemon itself. The suites test/e2e/daemon-* and cni rest on these functions:
 * whoever changes how the daemon is run (processes, a DaemonSet) changes their bodies and keeps their names and meaning.
 */

const component = (node: NodePlan): string => `${node.name}/kuryr-daemon`;

/** Pid of the daemon's Node process, in this machine's pid namespace. */
export const daemonPid = (node: NodePlan): number => pidOf(component(node));

/** Kills the daemon with SIGKILL, and returns when it is gone; it stays away until `startDaemon`. */
export const killDaemon = (node: NodePlan): Promise<void> => kill(component(node));

/** Starts a killed daemon again; returns when it is ready. */
export const startDaemon = (node: NodePlan): Promise<void> => bringBack(component(node));

/** What the daemon has logged, to the end. */
export const daemonLog = (node: NodePlan): string => componentLog(component(node));

/** An answer of one of a daemon's HTTP servers; status 0 where nobody answers. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask(node: NodePlan, port: number, path: string): Promise<Answer> {
  const url = `http://127.0.0.1:${port}${path}`;
  const { stdout } = await onNodeRun(node, ["curl", "-s", "--max-time", "5", "-w", "\n%{http_code}", url], [0, 7, 28]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
}

/** A probe of the daemon: `/ready` or `/alive`. */
export const daemonProbe = (node: NodePlan, path: string, port = 8090): Promise<Answer> => ask(node, port, path);

/** The daemon's metrics, in the text format. */
export const daemonMetrics = async (node: NodePlan, port = 9655): Promise<string> =>
  (await ask(node, port, "/metrics")).body;

/** Value of one sample, named as it stands in the text; 0 where it is missing. */
export function sample(metrics: string, name: string): number {
  const line = metrics.split("\n").find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

/** How many files a process has open. */
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** A daemon beside the node's own, with its own sockets and files, which only the test knows. */
export interface SecondDaemon {
  probe(path: "/ready" | "/alive"): Promise<Answer>;
  /** Calls the plugin so that this daemon answers. */
  call(command: string, config: object): Promise<{ exitCode: number; body: Record<string, unknown> | undefined }>;
  /** Its namespaces: a plugin that is called there calls this daemon. */
  readonly place: Place;
  /** Runs a command in its mount namespace. */
  run(argv: readonly string[]): Promise<string>;
}

/** How a second daemon differs from the node's own. */
export interface SecondOptions {
  /** Capabilities that it lacks, such as `net_admin`. */
  readonly without?: readonly string[];
  /** Shell commands to run in its mount namespace before it starts. */
  readonly mounts?: readonly string[];
  /** Sections and options of its kuryr.conf. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
  /** Another namespace of control groups or a command before it, such as `unshare`. */
  readonly wrapper?: readonly string[];
}

const secondPorts = { health: 18_090, metrics: 19_655 };
const repository = join(import.meta.dirname, "..", "..");

/** Runs something while a second daemon runs on a node. It takes part in nothing: it has a private /run/kuryr. */
export async function withSecondDaemon<T>(
  node: NodePlan,
  options: SecondOptions,
  work: (second: SecondDaemon) => Promise<T>,
): Promise<T> {
  const [configFile, tokenFile, logFile] = ["conf", "token", "log"].map((end) => stateOf(`second-daemon.${end}`)) as [
    string,
    string,
    string,
  ];
  const words = ["-n", installation.namespace, "create", "token", installation.daemon, "--duration=1h"];
  writeFileSync(tokenFile, await kubectl(words), { mode: 0o600 });
  const sections = {
    prometheus_exporter: { cni_exporter_port: secondPorts.metrics },
    ...options.config,
    kubernetes: {
      api_root: api.url,
      ssl_ca_crt_file: authority().certificate,
      token_file: tokenFile,
      ...options.config?.["kubernetes"],
    },
    cni_health_server: { port: secondPorts.health, ...options.config?.["cni_health_server"] },
  };
  const ini = Object.entries(sections).map(
    ([section, values]) =>
      `[${section}]\n${Object.entries(values)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join("")}`,
  );
  writeFileSync(configFile, ini.join("\n"), { mode: 0o600 });
  const drop = (options.without ?? []).map((name) => `-${name}`).join(",");
  const daemon = [
    ...(drop === "" ? [] : ["setpriv", `--bounding-set=${drop}`, `--inh-caps=${drop}`]),
    process.execPath,
    "-C",
    "kuryr-source",
    join(repository, "packages", "kuryr", "src", "daemon", "main.ts"),
    "--config-file",
    configFile,
  ];
  const script = [
    "mount -t tmpfs second /run/kuryr",
    "mount -t tmpfs second /etc/cni/net.d",
    ...(options.mounts ?? []),
    `exec ${daemon.join(" ")} 2>${logFile}`,
  ].join(" && ");
  const isolated = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script];
  const [program = "", ...argv] = at(placeOf(node), [...(options.wrapper ?? []), ...isolated]);
  const child = spawn(program, argv, {
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", KUBERNETES_NODE_NAME: node.name },
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const place: Place = { net: placeOf(node).net ?? "", mount: `/proc/${child.pid}/ns/mnt` };
  const second: SecondDaemon = {
    place,
    probe: (path) => ask(node, secondPorts.health, path),
    run: async (command) => (await run(command, { place })).stdout,
    call: async (command, config) => {
      const { code, stdout } = await run(["/opt/cni/bin/kuryr-cni"], {
        place,
        env: { CNI_COMMAND: command, CNI_PATH: "/opt/cni/bin" },
        input: JSON.stringify(config),
        accept: [0, 1],
      });
      const body = stdout.trim() === "" ? undefined : (JSON.parse(stdout) as Record<string, unknown>);
      return { exitCode: code, body };
    },
  };
  try {
    await eventually("the second daemon to listen", async () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${readFileSync(logFile, "utf8")}`);
      const { status } = await second.probe("/alive");
      return status === 0 ? "nobody answers" : true;
    });
    return await work(second);
  } finally {
    child.kill("SIGTERM");
    await ended;
    for (const file of [configFile, tokenFile, logFile]) rmSync(file, { force: true });
  }
}
