import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { FakeOpenStack, SeenRequest } from "@kuryr/fakes";

import { isMarkOf } from "../../../api/ownership.ts";
import { startCloud, startCluster, type ClusterOptions, type TestCloud, type TestCluster } from "../../testing/rig.ts";

type FakePort = FakeOpenStack["network"]["ports"] extends { values(): Iterable<infer P> } ? P : never;

export const cluster = "c";

export function conf(pool: Readonly<Record<string, number>> = {}, more = ""): string {
  const all = { ports_pool_min: 2, ports_pool_batch: 3, ports_pool_update_frequency: 1, ...pool };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}\n`);
  return `[kubernetes]\nvif_pool_driver = neutron\n${more}[vif_pool]\n${lines.join("")}`;
}

export async function start(
  t: TestContext,
  options: Partial<ClusterOptions> & { readonly on?: TestCloud } = {},
): Promise<{ on: TestCloud; it: TestCluster }> {
  const on = options.on ?? (await startCloud());
  if (options.on === undefined) t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster, config: conf(), ...options });
  t.after(() => it.stop());
  await it.serveNodes();
  return { on, it };
}

/** Looks again and again, for at most a minute. */
export async function until(what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within 60 s: ${what}`);
    await pause(20);
  }
}

export const portsOf = (on: TestCloud): FakePort[] =>
  [...on.fake.network.ports.values()].filter((port) => isMarkOf(cluster, port.description));
export const waiting = (on: TestCloud): FakePort[] => portsOf(on).filter((port) => port.description.includes(":pool/"));
export const ofPods = (on: TestCloud): FakePort[] => portsOf(on).filter((port) => port.description.includes(":pod/"));
const portIdOf = async (it: TestCluster, name: string): Promise<string | undefined> =>
  (await it.kuryrPorts.find({ namespace: "default", name }))?.spec.interfaces[0]?.portId;
export const gone = async (it: TestCluster, name: string): Promise<boolean> =>
  (await it.kuryrPorts.find({ namespace: "default", name })) === undefined;
export const remove = (it: TestCluster, name: string) =>
  it.pods.delete({ namespace: "default", name }, { gracePeriodSeconds: 0 });

export async function served(it: TestCluster, name: string): Promise<string> {
  await until(`a KuryrPort of ${name}`, async () => (await portIdOf(it, name)) !== undefined);
  return (await portIdOf(it, name)) ?? "";
}

/** Requests to Neutron that write ports. */
export function writes(on: TestCloud): string[] {
  const seen: string[] = [];
  on.fake.onRequest = ({ service, method, target }: SeenRequest) => {
    if (service === "network" && method !== "GET" && target.startsWith("/v2.0/ports")) seen.push(method);
  };
  return seen;
}
