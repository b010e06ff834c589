import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { KubernetesFault, KubernetesFaultContext, SeenRequest } from "@kuryr/fakes";

import { isMarkOf } from "../../api/ownership.ts";
import type { KuryrPort } from "../../api/kuryr-port.ts";
import { startCloud, startCluster, type TestCloud, type TestCluster } from "../testing/rig.ts";

const cluster = "c";
const total = 500;
/** Pods that wait for nothing: their ports are the rest. */
const idlePorts = 6;

/** Ports are neither made nor deleted in advance: whatever happens, as many as before must be there. */
const constant = "ports_pool_min = 0\nports_pool_ttl = 0\nports_pool_quarantine = 0\n";
/** Whatever happens, so many wait on each node. */
const filled = "ports_pool_min = 3\nports_pool_max = 3\nports_pool_batch = 3\nports_pool_quarantine = 0\n";
const conf = (sizes: string): string =>
  `[kubernetes]\nvif_pool_driver = neutron\n[vif_pool]\nports_pool_update_frequency = 1\n${sizes}`;

/** The fakes as they are, without a request. */
function observe(on: TestCloud, it: TestCluster) {
  const ports = [...on.fake.network.ports.values()].filter((port) => isMarkOf(cluster, port.description));
  const kuryrPorts = [...it.server.controls.versions("kuryrports").keys()].flatMap((key) => {
    const found = it.server.controls.object("kuryrports", "default", key.split("/")[1] ?? "");
    return found === undefined ? [] : [found as unknown as KuryrPort];
  });
  return { ports, kuryrPorts };
}

/** What is not yet as it must be; nothing once all pods have one port each and all others wait. */
function unsettled(on: TestCloud, it: TestCluster, pods: ReadonlySet<string>, waiting: number): string | undefined {
  const { ports, kuryrPorts } = observe(on, it);
  const byId = new Map(ports.map((port) => [port.id, port]));
  if (kuryrPorts.length !== pods.size) return `${kuryrPorts.length} KuryrPorts of ${pods.size} pods`;
  for (const { metadata, spec } of kuryrPorts) {
    const port = byId.get(spec.interfaces[0]?.portId ?? "");
    if (!pods.has(metadata.name) || metadata.deletionTimestamp !== undefined) return `${metadata.name} is not gone`;
    if (port?.device_id !== spec.podUid) return `Neutron does not know of ${metadata.name}: ${port?.device_id}`;
    if (port.description !== `kuryr:${cluster}:pod/default/${metadata.name}`) return `${metadata.name} is not marked`;
    byId.delete(port.id);
  }
  const strange = [...byId.values()].filter((port) => !port.description.includes(":pool/") || port.device_id !== "");
  if (strange.length > 0) return `${strange.length} ports are nobody's: ${strange[0]?.description}`;
  return byId.size === waiting ? undefined : `${byId.size} ports wait instead of ${waiting}`;
}

async function settled(what: string, probe: () => string | undefined): Promise<void> {
  const limit = AbortSignal.timeout(120_000);
  for (let why = probe(); why !== undefined; why = probe()) {
    if (limit.aborted) assert.fail(`${what}: ${why}`);
    await pause(10);
  }
}

/** Requests of the controller, not those of the test and of the nodes. */
function isController({ verb, plural, path }: KubernetesFaultContext): boolean {
  if (path.endsWith("/status")) return false;
  if (plural === "kuryrports") return verb !== "get";
  return (plural === "pods" || plural === "nodes") && (verb === "list" || verb === "watch");
}

type Mode = "before" | "after";

/** Has the controller die at its n-th request, before it has an effect or before it is answered. */
function dieAt(n: number, mode: Mode, on: TestCloud, it: TestCluster) {
  let count = 0;
  let death: Promise<void> | undefined;
  const isNow = (): boolean => {
    count += 1;
    if (count !== n) return false;
    death = it.crash();
    return true;
  };
  on.fake.onRequest = ({ service }: SeenRequest) => {
    if (!isNow() || mode === "after") return;
    on.fake.faults[service].add({ fault: { kind: "hang" }, times: 1 });
  };
  it.server.controls.setFaults((context): KubernetesFault | undefined => {
    if (!isController(context) || !isNow()) return undefined;
    return { kind: mode === "before" || context.verb === "watch" ? "hang" : "hang-after-effect" };
  });
  return {
    isDead: () => death !== undefined,
    /** Resolves when nothing of it is left; returns whether it died. */
    end: async (): Promise<boolean> => {
      on.fake.onRequest = () => undefined;
      it.server.controls.setFaults(undefined);
      await death;
      return death !== undefined;
    },
  };
}

const podTimes = { poolQuietMs: 40, orphanGraceMs: 100, resyncMs: 200, releaseTimeoutMs: 60_000 };

test(`[row 41] a controller with ${total} ports that dies at any of its requests leaves nothing that its successor does not put right`, async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster, config: conf(constant), podTimes });
  t.after(() => it.stop());
  await it.serveNodes();
  const pods = new Set<string>();
  const make = async (pod: string, node: string): Promise<void> => {
    pods.add(pod);
    await it.pod(pod, node);
  };
  const remove = async (pod: string): Promise<void> => {
    pods.delete(pod);
    await it.pods.delete({ namespace: "default", name: pod }, { gracePeriodSeconds: 0 });
  };
  const spare = Array.from({ length: idlePorts }, (_, i) => `spare-${i}`);
  for (const [i, pod] of spare.entries()) await make(pod, `node${(i % 2) + 1}`);
  const steady = Array.from({ length: total - idlePorts }, (_, i) => i);
  await Promise.all(steady.map((i) => make(`p${i}`, `node${(i % 2) + 1}`)));
  await settled("the pods", () => unsettled(on, it, pods, 0));
  for (const pod of spare) await remove(pod);
  await settled("the spare ports to wait", () => unsettled(on, it, pods, idlePorts));

  let generation = 0;
  /** One life of a controller that dies at its n-th request, if it has so many; pods come and go meanwhile. */
  const life = async (n: number, mode: Mode, config: string): Promise<boolean> => {
    await it.crash();
    const trap = dieAt(n, mode, on, it);
    const started = it.begin(config);
    generation += 1;
    const old = [...pods].slice(0, 2);
    await Promise.all([...old.map(remove), make(`g${generation}-a`, "node1"), make(`g${generation}-b`, "node2")]);
    const what = `${mode} the effect of request ${n}`;
    await settled(`death ${what}`, () => (trap.isDead() ? undefined : unsettled(on, it, pods, idlePorts)));
    await started;
    const died = await trap.end();
    if (died) await it.begin(config);
    await settled(`a new life after death ${what}`, () => unsettled(on, it, pods, idlePorts));
    return died;
  };
  for (const sizes of [constant, filled]) {
    for (const mode of ["before", "after"] as const) {
      let n = 1;
      while (await life(n, mode, conf(sizes))) n += 1;
      t.diagnostic(`${n - 1} requests, died ${mode} the effect of each`);
    }
  }
  const text = it.metrics.text();
  const count = (state: string): number =>
    Number(new RegExp(`^kuryr_vif_pool_ports\\{state="${state}"\\} (\\d+)$`, "m").exec(text)?.[1]);
  assert.equal(count("idle") + count("quarantined"), idlePorts);
});
