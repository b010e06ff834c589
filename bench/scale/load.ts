import { get, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import { connect, createInformer, type KubernetesObject } from "@kuryr/kubernetes";

import { nodeNameLabel } from "../../packages/kuryr/src/api/keys.ts";
import { kuryrPorts, type KuryrPort } from "../../packages/kuryr/src/api/kuryr-port.ts";
import type { FakeCluster } from "./cluster.ts";
import { churnNamespace as namespace, nodeName, podOf } from "./population.ts";

interface Pod extends KubernetesObject {
  readonly spec: object;
}

const podDefinition = { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true };
const limitMs = 120_000;

/**
 * Makes so many pods, and deletes each as soon as it is plugged; the part of daemons is played here. Resolves when nothing
 * of them is left.
 */
export async function churnPods(on: FakeCluster, count: number, atOnce: number): Promise<void> {
  const connection = connect({ server: on.server, token: on.token });
  const pods = connection.resource<Pod>(podDefinition);
  const ports = connection.resource<KuryrPort>(kuryrPorts);
  const stop = new AbortController();
  const gone = new Map<string, () => void>();
  const failures: unknown[] = [];
  const act = (work: Promise<unknown>): void => void work.catch((error: unknown) => failures.push(error));
  const informer = createInformer<KuryrPort, { readonly name: string; readonly state: string }>(ports, {
    namespace,
    project: ({ metadata, status }) => ({
      name: metadata.name,
      state:
        metadata.deletionTimestamp === undefined
          ? status?.attachment === undefined
            ? "new"
            : "plugged"
          : status?.released === undefined
            ? "leaving"
            : "released",
    }),
    onError: (error) => failures.push(error),
  });
  const at = new Date().toISOString();
  const look = ({ name, state }: { readonly name: string; readonly state: string }): void => {
    const ref = { namespace, name };
    if (state === "new")
      act(ports.status.patch(ref, { type: "merge", body: { status: { attachment: { containerId: name, at } } } }));
    if (state === "plugged") act(pods.delete(ref, { gracePeriodSeconds: 0 }));
    if (state === "leaving") act(ports.status.patch(ref, { type: "merge", body: { status: { released: { at } } } }));
  };
  informer.handle({ add: look, update: (_, port) => look(port), delete: ({ name }) => gone.get(name)?.() });
  const running = informer.run(stop.signal);
  const limit = AbortSignal.timeout(limitMs);
  try {
    await informer.synced;
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        const name = `churn-${i}`;
        const left = new Promise<void>((resolve, reject) => {
          gone.set(name, resolve);
          limit.addEventListener("abort", () => reject(new Error(`${name} is still there`, { cause: failures[0] })));
        });
        const node = nodeName(i % on.size.nodes);
        const spec = { nodeName: node, containers: [{ name: "c", image: "i" }] };
        await pods.create({ metadata: { namespace, name }, spec });
        await left;
        gone.delete(name);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (failures.length > 0) throw new Error("the part of the daemons failed", { cause: failures[0] });
  } finally {
    stop.abort();
    await running;
    connection.close();
  }
}

/** Watches as daemons have them, one of each node. */
export interface Watches {
  readonly open: number;
  /** Events that came, all watches together. */
  readonly events: number;
  close(): void;
}

/** Opens a watch of each node's KuryrPorts. They are only counted: what daemons do with events is not the question here. */
export async function openWatches(on: FakeCluster): Promise<Watches> {
  const responses: IncomingMessage[] = [];
  let events = 0;
  const open = (node: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams({
        watch: "1",
        allowWatchBookmarks: "true",
        labelSelector: `${nodeNameLabel}=${node}`,
        timeoutSeconds: "3600",
      });
      // From now on: the lists before are not what is measured.
      query.set("resourceVersion", version);
      const url = `${on.server}/apis/openstack.org/v1/kuryrports?${query.toString()}`;
      const request = get(url, { headers: { authorization: `Bearer ${on.token}` }, agent: false }, (response) => {
        responses.push(response);
        response.on("data", (part: Buffer) => {
          for (const byte of part) if (byte === 10) events += 1;
        });
        resolve();
      });
      request.on("error", reject);
    });
  const version = await newestVersion(on);
  for (let i = 0; i < on.size.nodes; i += 100)
    await Promise.all(Array.from({ length: Math.min(100, on.size.nodes - i) }, (_, j) => open(nodeName(i + j))));
  return {
    get open() {
      return responses.length;
    },
    get events() {
      return events;
    },
    close: () => {
      for (const response of responses) response.destroy();
    },
  };
}

async function newestVersion(on: FakeCluster): Promise<string> {
  const url = `${on.server}/apis/openstack.org/v1/kuryrports?limit=1`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${on.token}` } });
  return ((await answer.json()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/**
 * Changes the status of KuryrPorts that are there, so many in a second for so long: each change is an event to the
 * controller and to one daemon. Returns how many there were; fewer than asked for where the fakes do not keep up.
 */
export async function changePorts(on: FakeCluster, perSecond: number, seconds: number): Promise<number> {
  const connection = connect({ server: on.server, token: on.token, maxConnections: 16 });
  const ports = connection.resource<KuryrPort>(kuryrPorts);
  const started = performance.now();
  let made = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const number = made++;
      const due = started + (number * 1000) / perSecond;
      if (due > started + seconds * 1000) return;
      const early = due - performance.now();
      if (early > 1) await pause(early);
      if (performance.now() > started + seconds * 1000) return;
      // Spread over all nodes: neighbours in number are on different ones.
      const { namespace: at, name } = podOf((number * 7919) % on.size.pods, on.size);
      const body = { status: { attachment: { containerId: `again-${number}`, at: new Date().toISOString() } } };
      await ports.status.patch({ namespace: at, name }, { type: "merge", body });
      done += 1;
    }
  };
  let done = 0;
  await Promise.all(Array.from({ length: 16 }, worker));
  connection.close();
  return done;
}
