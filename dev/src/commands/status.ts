import { describeError } from "../errors.ts";
import { ensureImages } from "../images/index.ts";
import { layout, logOf } from "../layout.ts";
import { placeOf } from "../machine/namespaces.ts";
import { recordedOptions, wantedAreas } from "../options.ts";
import { describeStack, type Stack } from "../stack.ts";
import { isAlive, readRecord } from "../supervisor/record.ts";
import { inspect } from "../supervisor/service.ts";
import type { Area, Inspection, Service, Step, Unit, Work } from "../supervisor/unit.ts";
import { parseWords } from "./words.ts";

/** One component as `status --json` shows it. */
export interface ComponentStatus {
  readonly name: string;
  readonly area: Area;
  readonly state: "up" | "not ready" | "down";
  /** What is wrong, where it is not up. */
  readonly why?: string;
  readonly pid?: number;
  readonly version?: string;
  readonly startedAt?: string;
  readonly log: string;
}

async function statusOfService(service: Service, work: Work): Promise<ComponentStatus> {
  const record = readRecord(service.name);
  const answer = await inspect(service, work);
  const alive = isAlive(record);
  return {
    name: service.name,
    area: service.area,
    state: answer === true ? "up" : alive ? "not ready" : "down",
    ...(answer === true ? {} : { why: answer }),
    ...(record !== undefined && alive ? { pid: record.pid, startedAt: record.startedAt } : {}),
    ...(service.version === undefined ? {} : { version: service.version }),
    log: work.log,
  };
}

async function statusOfStep(
  { name, area }: Step,
  inspection: Promise<Inspection>,
  log: string,
): Promise<ComponentStatus> {
  const found = await inspection.catch((error: unknown): Inspection => ({ answer: describeError(error) }));
  const { answer, pid } = found;
  return {
    name,
    area,
    state: answer === true ? "up" : pid === undefined ? "down" : "not ready",
    ...(answer === true ? {} : { why: answer }),
    ...(pid === undefined ? {} : { pid }),
    log: found.log ?? log,
  };
}

/** Probes every component of a stack. */
export async function inspectStack(stack: Stack, signal: AbortSignal): Promise<ComponentStatus[]> {
  const probe = (unit: Unit): Promise<ComponentStatus>[] => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(8000)]);
    const work = { signal: limited, log: logOf(unit.name), say: () => undefined, note: () => undefined };
    if (unit.kind === "service") return [statusOfService(unit, work)];
    return unit.inspect === undefined ? [] : [statusOfStep(unit, unit.inspect(work), work.log)];
  };
  return Promise.all(stack.units.flatMap(probe));
}

async function imageRefs(): Promise<Record<string, string>> {
  try {
    const images = await ensureImages({ cacheDir: layout.cache, progress: () => undefined });
    return Object.fromEntries(Object.entries(images).map(([name, image]) => [name, image.ref]));
  } catch {
    return {};
  }
}

/** `status [--json]`; exits 0 when all is up, 3 when something is not, 4 when there is no stack. */
export async function statusCommand(args: string[], signal: AbortSignal): Promise<number> {
  const { values } = parseWords({ args, options: { json: { type: "boolean" } } });
  const options = recordedOptions();
  if (options === undefined) {
    process.stdout.write(values.json === true ? '{"stack":null}\n' : "no stack on this machine: npm run stack -- up\n");
    return 4;
  }
  const stack = describeStack(options);
  const wanted = wantedAreas();
  const components = (await inspectStack(stack, signal)).filter((c) => wanted.length === 0 || wanted.includes(c.area));
  const bad = components.filter((c) => c.state !== "up");
  if (values.json === true) {
    const nodes = stack.nodes.map((node) => ({
      name: node.name,
      address: node.podNetworkAddress,
      namespaces: placeOf(node),
    }));
    const report = { stack: options, up: bad.length === 0, components, nodes, images: await imageRefs() };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  } else {
    for (const c of components) {
      const detail =
        c.state === "up"
          ? `pid ${c.pid ?? "?"}${c.version === undefined ? "" : `  ${c.version}`}`
          : `${c.why ?? ""}  (log ${c.log})`;
      process.stdout.write(`${c.state === "up" ? "ok" : "!!"}  ${c.name.padEnd(26)} ${c.state.padEnd(10)} ${detail}\n`);
    }
    process.stdout.write(
      bad.length === 0
        ? `all ${components.length} components are up: OpenStack ${options.openstack}, Kubernetes ${options.kubernetes}\n`
        : `${bad.length} of ${components.length} components are not up: ${bad.map((c) => c.name).join(", ")}\n  what to do: npm run stack -- up\n`,
    );
  }
  return bad.length === 0 ? 0 : 3;
}
