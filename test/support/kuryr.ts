import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { credentials } from "../../deploy/objects/index.ts";
import { credentialsConf, kuryrConf } from "../../dev/src/kuryr/configuration.ts";
import { authority } from "../../dev/src/kube/certificates.ts";
import { stateOf } from "../../dev/src/layout.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { apply } from "./pods.ts";
import { bringBack, kill } from "./stack.ts";
import { componentLog, componentProcess, startComponent, withoutComponent } from "./workloads.ts";

/*
 * Everything that the tests do to the controller itself. The suites test/e2e/controller-* and others rest on these
 * functions: whoever changes how the controller is run (processes, a Deployment) changes their bodies and keeps their
 * names and meaning.
 */

/** What to change in the controller's kuryr.conf: section, then option. */
export type ConfigChanges = Readonly<Record<string, Readonly<Record<string, string>>>>;

const component = "kuryr-controller";
const configDirectory = "/etc/kuryr";

/** Modules that tests gave the controller: they lie in its Secret, and so beside its configuration. */
const modules = new Map<string, string>();

/** Runs something while no controller runs (killed with SIGKILL); afterwards it is started and waited for. */
export async function whileControllerDown<T>(during: () => Promise<T>): Promise<T> {
  await kill(component);
  try {
    return await during();
  } finally {
    await bringBack(component);
  }
}

/** The controller's Secret, with these changes: its file is the last one read, so what is there counts. */
function secretWith(changes: ConfigChanges): object {
  const secret = credentials(credentialsConf() + asIni(changes)) as { stringData: Record<string, string> };
  return { ...secret, stringData: { ...secret.stringData, ...Object.fromEntries(modules) } };
}

/** Starts the controller anew with these changes. */
const restartWith = (changes: ConfigChanges): Promise<void> =>
  withoutComponent(component, () => apply(secretWith(changes)));

/** Runs something while the controller has a changed configuration; afterwards it has its own again. */
export async function withControllerConfig<T>(changes: ConfigChanges, during: () => Promise<T>): Promise<T> {
  await restartWith(changes);
  try {
    return await during();
  } finally {
    modules.clear();
    await restartWith({});
  }
}

/** Runs something while a controller tries that these changes keep from ever being ready; then it is mended. */
export async function withCrippledController<T>(changes: ConfigChanges, during: () => Promise<T>): Promise<T> {
  await kill(component);
  await apply(secretWith(changes));
  await startComponent(component);
  try {
    return await during();
  } finally {
    await restartWith({});
  }
}

/** Starts a controller that must refuse to start with these changes; returns what it says. It never does any work. */
export async function refusalOf(changes: ConfigChanges): Promise<string> {
  const directory = stateOf("kuryr", "refused");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // It gets no further than its configuration; what lies in its pod must only be there.
  const own = { kubernetes: { ssl_ca_crt_file: authority().certificate, token_file: authority().certificate } };
  const files = [kuryrConf(), credentialsConf(), asIni(own) + asIni(changes)].map((text, index) => {
    const file = join(directory, `${index}.conf`);
    writeFileSync(file, text, { mode: 0o600 });
    return `--config-file=${file}`;
  });
  const main = join(import.meta.dirname, "../../packages/kuryr/src/controller/main.ts");
  const argv = [process.execPath, "-C", "kuryr-source", main, ...files];
  const { code, stderr } = await run(argv, { accept: [0, 1], timeoutMs: 60_000 });
  if (code === 0) throw new Error("the controller ended without an error");
  return stderr;
}

/** Puts a module where the next configured controller can import it; returns its path as the controller sees it. */
export function controllerModule(name: string, source: string): string {
  modules.set(name, source);
  return `${configDirectory}/${name}`;
}

/** Answers of one of the controller's HTTP servers. */
async function ask(url: string): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return { status: answer.status, body: await answer.text() };
}

/** Where the controller's servers are: its pod is on a node's network. */
const controllerHost = (): string => `http://${componentProcess(component).node.managementAddress}`;

/** The controller's /ready. */
export const controllerReady = (): Promise<{ status: number; body: string }> => ask(`${controllerHost()}:8082/ready`);

/** The controller's /alive. */
export const controllerAlive = (): Promise<{ status: number; body: string }> => ask(`${controllerHost()}:8082/alive`);

/** The controller's metrics, in the text format. */
export const controllerMetrics = async (): Promise<string> => (await ask(`${controllerHost()}:9654/metrics`)).body;

/** Sum of a metric's samples whose labels contain all of `labels`, such as `outcome="error"`; 0 without any. */
export async function controllerMetric(name: string, ...labels: readonly string[]): Promise<number> {
  let sum = 0;
  for (const line of (await controllerMetrics()).split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] === name && labels.every((label) => match[2]?.includes(label) === true)) sum += Number(match[3]);
  }
  return sum;
}

/** Changes with every start of the controller: the same value twice means that it did not restart in between. */
export const controllerIncarnation = async (): Promise<string> => {
  const { pid, startTicks } = componentProcess(component).process;
  return `${pid}-${startTicks}`;
};

/** The node that the controller runs on. */
export const controllerNode = (): string => componentProcess(component).node.name;

/** What the controller has logged, to the end. */
export const controllerLog = async (): Promise<string> => componentLog(component);

function asIni(changes: ConfigChanges): string {
  return Object.entries(changes)
    .map(
      ([section, options]) =>
        `\n[${section}]\n${Object.entries(options)
          .map(([name, value]) => `${name} = ${value}\n`)
          .join("")}`,
    )
    .join("");
}
