import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startKubernetes } from "@kuryr/fakes";
import { connect } from "@kuryr/kubernetes";

import { kuryrPortCrd } from "../../api/crds.ts";
import { kuryrPorts, type KuryrPort, type PodInterface } from "../../api/kuryr-port.ts";
import { jsonLogger } from "../../log/logger.ts";
import { PortStatuses } from "./statuses.ts";

const portId = "00000000-0000-4000-8000-000000000001";
const spec: PodInterface = {
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId,
  networkId: "00000000-0000-4000-8000-000000000002",
  mac: "fa:16:3e:00:00:01",
  mtu: 1442,
  bridge: "br-int",
  addresses: [],
  routes: [],
  nameservers: [],
  readiness: "active",
};

test("what the daemon wrote into a status stays, and a KuryrPort that has changed is looked at again", async (t) => {
  const server = await startKubernetes();
  const kubernetes = connect({ server: server.url, token: server.token });
  const stop = new AbortController();
  t.after(async () => {
    kubernetes.close();
    await server.stop();
  });
  await kubernetes.request({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    body: kuryrPortCrd,
  });
  const api = kubernetes.resource<KuryrPort>(kuryrPorts);
  const ref = { namespace: "default", name: "p" };
  const made = await api.create({ metadata: ref, spec: { podUid: "u", podNodeName: "n", interfaces: [spec] } });
  const seen = { looks: 0 };
  const statuses = new PortStatuses({
    active: async (ids) => {
      seen.looks += 1;
      return new Set(ids);
    },
    kuryrPortApi: api,
    clock: kubernetes.clock,
    log: jsonLogger({ level: "error", write: () => undefined }),
    gapMs: 5,
  });
  const run = statuses.run(stop.signal);
  const attachment = { containerId: "c", at: "2026-01-01T00:00:00Z" };
  const changed = await api.status.patch(ref, { type: "merge", body: { status: { attachment } } });
  const awaited = { key: "default/p", uid: made.metadata.uid, portIds: [portId] };
  statuses.await({ ...awaited, resourceVersion: made.metadata.resourceVersion });
  // The second look begins after the first one's write was refused.
  const limit = AbortSignal.timeout(30_000);
  while (seen.looks < 2 && !limit.aborted) await pause(5);
  assert.equal(statuses.waiting, 1, "the version was an older one: nothing was written");
  assert.equal((await api.get(ref)).status?.activeInterfaces, undefined);
  statuses.await({ ...awaited, resourceVersion: changed.metadata.resourceVersion });
  while (statuses.waiting > 0 && !limit.aborted) await pause(5);
  const { status } = await api.get(ref);
  assert.deepEqual(status?.activeInterfaces, [portId]);
  assert.deepEqual(status.attachment, attachment);
  stop.abort();
  await run;
});
