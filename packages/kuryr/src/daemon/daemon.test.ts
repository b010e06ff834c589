import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";

import { startKubernetes, type Kubernetes } from "@kuryr/fakes";
import { connect, ManualClock, type Resource } from "@kuryr/kubernetes";

import { kuryrPortCrd } from "../api/crds.ts";
import { nodeNameLabel } from "../api/keys.ts";
import { kuryrPorts, type KuryrPort } from "../api/kuryr-port.ts";
import { jsonLogger } from "../log/logger.ts";
import { Metrics } from "../metrics/registry.ts";
import { examplePort } from "../testing/custom-objects.ts";
import { runDaemon, type DaemonState } from "./daemon.ts";
import { AddFailures } from "./health/add-failures.ts";
import { daemonMetrics } from "./metrics.ts";
import { NotInstalledError } from "./plug/installed.ts";
import type { Plugger } from "./plug/plugger.ts";

const nodeName = "node1";

/** A node whose links and switch are a set of ports, and whose OVN knows nothing of some sandboxes' ports. */
function nodeOf(ports: Map<string, string>, unprogrammed: ReadonlySet<string>): Plugger {
  return {
    openNetns: (path) => ({ inode: path, isHost: false, close: () => undefined }),
    links: ({ portId }) => [`tap${portId}`],
    plug: async ({ containerId, spec }) => {
      if (unprogrammed.has(containerId)) throw new NotInstalledError(spec.portId, 1000);
      ports.set(spec.portId, containerId);
      return { host: { name: `tap${spec.portId}`, mac: spec.mac }, times: { netns: 0, ovsdb: 0, installed: 0 } };
    },
    unplug: async (containerId) => {
      for (const [port, sandbox] of ports) if (sandbox === containerId) ports.delete(port);
    },
    hasPort: (portId) => ports.has(portId),
    podLinks: async () => new Set([...ports.keys()].map((portId) => `tap${portId}`)),
    collectStale: async () => [],
    sandboxes: () => new Set(ports.values()),
    inspect: async () => ({ pod: undefined, missingLinks: [], switchFaults: [] }),
  };
}

interface Rig {
  readonly server: Kubernetes;
  /** Of another client. */
  readonly api: Resource<KuryrPort>;
  readonly clock: ManualClock;
  /** Sandboxes whose ports OVN does not program. */
  readonly unprogrammed: Set<string>;
  /** The daemon's writes that were sent and not answered yet, and the most of them at a time. */
  readonly writes: { under: number; most: number; all: number };
  /** Resolves with the KuryrPort when it fits. */
  readonly until: (name: string, fits: (port: KuryrPort) => boolean) => Promise<KuryrPort>;
  /** Makes the KuryrPort of a pod. */
  readonly make: (name: string) => Promise<void>;
  /** What the CNI plugin would, for the sandbox of a pod. @returns its exit code */
  readonly call: (command: "ADD" | "DEL", name: string) => Promise<string>;
}

async function withDaemon(work: (rig: Rig) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-daemon-"));
  const server = await startKubernetes();
  const clock = new ManualClock();
  const unprogrammed = new Set<string>();
  const writes = { under: 0, most: 0, all: 0 };
  const kubernetes = connect({
    server: server.url,
    token: server.token,
    clock,
    admitWrite: () => {
      writes.under += 1;
      writes.all += 1;
      writes.most = Math.max(writes.most, writes.under);
      return Number.POSITIVE_INFINITY;
    },
    onRequest: ({ method }) => {
      if (method === "PATCH") writes.under -= 1;
    },
  });
  const other = connect({ server: server.url, token: server.token });
  const ask = (path: string, body: object): Promise<object> => other.request({ method: "POST", path, body });
  await ask("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kuryrPortCrd);
  await ask("/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name: nodeName } });
  const api = other.resource<KuryrPort>(kuryrPorts);
  const stop = new AbortController();
  const state: DaemonState = { starting: [], attachments: 0, kuryrPorts: 0 };
  const working = Promise.withResolvers<void>();
  const metrics = daemonMetrics(new Metrics());
  const socketPath = join(directory, "cni.sock");
  const running = runDaemon(
    {
      nodeName,
      kubernetes,
      plugger: nodeOf(new Map(), unprogrammed),
      log: jsonLogger({
        level: "info",
        write: (line) => {
          if (line.includes("daemon is working")) working.resolve();
        },
      }),
      socketPath,
      stateDirectory: join(directory, "attachments"),
      conflistPath: join(directory, "10-kuryr.conflist"),
      chainedPlugins: [],
      timeoutMs: 10_000,
      atOnce: 30,
      failures: new AddFailures(3),
      metrics,
      switchReady: async () => undefined,
      faults: () => ({ switchDown: [], lacking: [] }),
    },
    state,
    stop.signal,
  );
  try {
    await Promise.race([working.promise, running]);
    await work({
      server,
      api,
      clock,
      unprogrammed,
      writes,
      make: async (name) => {
        const metadata = {
          namespace: "default",
          name,
          labels: { [nodeNameLabel]: nodeName },
          finalizers: ["test/kept"],
        };
        const spec = { podUid: name, podNodeName: nodeName, interfaces: [{ ...examplePort, portId: randomUUID() }] };
        await api.create({ metadata, spec });
      },
      call: (command, name) => callPlugin(socketPath, command, name),
      until: async (name, fits) => {
        const now = await api.get({ namespace: "default", name });
        if (fits(now)) return now;
        const { resourceVersion } = now.metadata;
        for await (const event of api.watch({
          fieldSelector: `metadata.name=${name}`,
          resourceVersion,
          signal: stop.signal,
        }))
          if (event.type !== "BOOKMARK" && fits(event.object)) return event.object;
        throw new Error("the watch ended");
      },
    });
  } finally {
    stop.abort(new Error("the test is over"));
    await running;
    metrics.close();
    kubernetes.close();
    other.close();
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}

/** What the shim sends, and the exit code in the answer. */
function callPlugin(socketPath: string, command: string, name: string): Promise<string> {
  const variables = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: `sandbox-${name}`,
    CNI_NETNS: `/run/netns/${name}`,
    CNI_IFNAME: "eth0",
    CNI_ARGS: `K8S_POD_NAMESPACE=default;K8S_POD_NAME=${name};K8S_POD_UID=${name}`,
  };
  const environment = Object.entries(variables).map(([key, value]) => `${key}=${value}\0`);
  const text = Buffer.from(`${environment.join("")}\0{"cniVersion":"1.0.0","name":"kuryr"}`);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(text.length);
  return new Promise((resolve, reject) => {
    const socket = connectSocket(socketPath);
    socket.on("error", reject);
    socket.once("data", (answer) => resolve(answer.toString("latin1", 0, 1)));
    socket.write(Buffer.concat([header, text, Buffer.alloc(4)]));
  });
}

const names = Array.from({ length: 6 }, (_, i) => `p${i}`);

test("what a burst of pods has is told after it, by two requests at a time; a release is told at once", () =>
  withDaemon(async ({ make, call, until, api, clock, writes }) => {
    await Promise.all(names.map(make));
    assert.deepEqual(
      await Promise.all(names.map((name) => call("ADD", name))),
      names.map(() => "0"),
    );
    await Promise.all([turn(), api.list()]);
    assert.equal(writes.all, 0);
    clock.advance(1000);
    await Promise.all(names.map((name) => until(name, ({ status }) => status?.attachment !== undefined)));
    assert.deepEqual([writes.all, writes.most], [names.length, 2]);
    await Promise.all(names.map((name) => api.delete({ namespace: "default", name })));
    await Promise.all([turn(), api.list()]);
    assert.equal(writes.all, names.length, "their sandboxes are still there");
    await Promise.all(names.map((name) => call("DEL", name)));
    await Promise.all(names.map((name) => until(name, ({ status }) => status?.released !== undefined)));
    assert.deepEqual([writes.all, writes.most], [2 * names.length, 2]);
  }));

test("a port that OVN does not program is told of; a later ADD may have it all the same, and a release is told of as ever", () =>
  withDaemon(async ({ make, call, until, api, clock, unprogrammed }) => {
    await make("p");
    unprogrammed.add("sandbox-p");
    assert.notEqual(await call("ADD", "p"), "0");
    await Promise.all([turn(), api.list()]);
    clock.advance(1000);
    const { spec, status } = await until("p", (port) => port.status?.notInstalled !== undefined);
    assert.deepEqual(status?.notInstalled?.portIds, [spec.interfaces[0]?.portId]);
    unprogrammed.clear();
    assert.equal(await call("ADD", "p"), "0");
    await Promise.all([turn(), api.list()]);
    clock.advance(1000);
    await until("p", (port) => port.status?.attachment !== undefined);
    await call("DEL", "p");
    await api.delete({ namespace: "default", name: "p" });
    await until("p", (port) => port.status?.released !== undefined);
  }));
