import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isMarkOf } from "../api/ownership.ts";
import { startCloud, startCluster, type ClusterOptions, type TestCloud, type TestCluster } from "./testing/rig.ts";

async function clouds(t: TestContext, options: Parameters<typeof startCloud>[0] = {}): Promise<TestCloud> {
  const cloud = await startCloud(options);
  t.after(() => cloud.fake.stop());
  return cloud;
}

async function clusters(t: TestContext, on: TestCloud, options: ClusterOptions): Promise<TestCluster> {
  const cluster = await startCluster(on, options);
  t.after(() => cluster.stop());
  return cluster;
}

/** Looks again and again, for at most a minute unless told. */
async function until(what: string, probe: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const limit = AbortSignal.timeout(limitMs);
  while (!(await probe())) {
    if (limit.aborted) assert.fail(`not within ${limitMs / 1000} s: ${what}`);
    await pause(20);
  }
}

/** Ports of one cluster, as the cloud has them. */
const portsOf = (on: TestCloud, cluster: string) =>
  [...on.fake.network.ports.values()].filter((port) => isMarkOf(cluster, port.description));

test("[row 20] two controllers with one project neither adopt nor delete each other's ports, pods of the same name included", async (t) => {
  const cloud = await clouds(t);
  const podTimes = { resyncMs: 100, orphanGraceMs: 100, releaseTimeoutMs: 200 };
  const one = await clusters(t, cloud, { cluster: "one", podTimes });
  const other = await clusters(t, cloud, { cluster: "other", podTimes });
  const names = ["a", "b", "c"];
  for (const cluster of [one, other]) for (const name of names) await cluster.pod(name, "node1");
  const count = async (cluster: TestCluster): Promise<number> => (await cluster.kuryrPorts.list()).items.length;
  await until("KuryrPorts of all", async () => (await count(one)) === 3 && (await count(other)) === 3);
  const theirs = portsOf(cloud, "other").map((port) => port.id);
  assert.equal(theirs.length, 3);
  for (const { spec } of (await one.kuryrPorts.list()).items) {
    assert.ok(!theirs.includes(spec.interfaces[0]?.portId ?? ""), "took a port of the other cluster");
  }

  for (const name of names) await one.pods.delete({ namespace: "default", name }, { gracePeriodSeconds: 0 });
  await until("the ports of the first to go", async () => portsOf(cloud, "one").length === 0);
  // Long enough for several looks at what belongs to nobody.
  const listed = (): number => cloud.fake.counts.get("network GET /v2.0/ports") ?? 0;
  const before = listed();
  await until("more looks", async () => listed() >= before + 10);
  assert.deepEqual(
    portsOf(cloud, "other").map((port) => port.id),
    theirs,
  );
  assert.equal(await count(other), 3);
});

test("a port with another cluster's mark, or none, stays though no pod has it", async (t) => {
  const cloud = await clouds(t);
  const admin = cloud.connect();
  t.after(() => admin.close());
  const { network_id } = await admin.network.subnets.get(cloud.subnet);
  const make = (description: string, device_id: string) =>
    admin.network.ports.create({ network_id, description, device_id, device_owner: "compute:kuryr" });
  const foreign = await make("kuryr:other:pod/default/x", "u1");
  const plain = await make("", "u2");
  const mine = await make("kuryr:one:pod/default/x", "u3");
  await clusters(t, cloud, { cluster: "one", podTimes: { resyncMs: 50, orphanGraceMs: 50 } });
  await until("our own orphan to go", async () => cloud.fake.network.ports.get(mine.id) === undefined);
  for (const { id } of [foreign, plain]) assert.notEqual(cloud.fake.network.ports.get(id), undefined);
});

test("[row 22] while 1,000 pods wait for their ports to be ACTIVE there is less than one list in two seconds, and no port is asked for alone", async (t) => {
  const total = 1000;
  const cloud = await clouds(t, { mechanism: "openvswitch" });
  const cluster = await clusters(t, cloud, { cluster: "many" });
  const asked = { lists: 0, gets: 0 };
  cloud.fake.onRequest = ({ service, method, target }) => {
    if (service !== "network" || method !== "GET") return;
    // The one of all ports is the controller's at its start.
    if (/^\/v2\.0\/ports\?.*status=ACTIVE/.test(target)) asked.lists += 1;
    if (/^\/v2\.0\/ports\/./.test(target)) asked.gets += 1;
  };
  const started = performance.now();
  for (let i = 0; i < total; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => cluster.pod(`p${i + j}`, `node${(j % 2) + 1}`)));
  }
  const plugged = new Set<string>();
  // The daemons' part: a port is plugged once its KuryrPort is there.
  const plug = async (): Promise<number> => {
    const { items } = await cluster.kuryrPorts.list();
    for (const { spec } of items) {
      for (const { portId, readiness } of spec.interfaces) {
        assert.equal(readiness, "active");
        if (plugged.has(portId)) continue;
        plugged.add(portId);
        cloud.fake.setPlugged(portId, true);
      }
    }
    return items.filter(({ status }) => status?.activeInterfaces?.length === 1).length;
  };
  const allActive = async (): Promise<boolean> => {
    await pause(1000);
    return (await plug()) === total;
  };
  await until("all ports to be reported ACTIVE", allActive, 180_000);
  const seconds = (performance.now() - started) / 1000;
  t.diagnostic(`${asked.lists} lists in ${seconds.toFixed(1)} s`);
  assert.ok(asked.lists > 0 && asked.lists < seconds / 2 + 1, `${asked.lists} lists in ${seconds} s`);
  assert.equal(asked.gets, 0);
});

test("names of handlers that do not exist yet are a warning when somebody chose them, and unknown ones an error", async (t) => {
  const cloud = await clouds(t);
  const chosen = await clusters(t, cloud, {
    cluster: "a",
    config: "[kubernetes]\nenabled_handlers = vif,lb,lbaasspec\n",
  });
  assert.match(chosen.log.join(""), /does not have: Services are left to kube-proxy.*"handlers":\["lb","lbaasspec"\]/);
  const usual = await clusters(t, cloud, { cluster: "b" });
  assert.deepEqual(usual.log, []);
  const config = "[kubernetes]\nenabled_handlers = viff\n";
  await assert.rejects(startCluster(cloud, { cluster: "c", config }), { code: "KURYR_CONFIG_NAME" });
});

test("a controller that cannot read the ports when it starts tells the pods that wait, and serves them once it can", async (t) => {
  const cloud = await clouds(t);
  const refusal = { status: 401, body: { error: { code: 401, title: "Unauthorized", message: "no" } } };
  const end = cloud.fake.faults.identity.add({ fault: { kind: "answer", response: refusal }, methods: ["POST"] });
  const cluster = await clusters(t, cloud, { cluster: "late", waitUntilReady: false });
  await cluster.pod("waits", "node1");
  const events = async () => (await cluster.events.list({ namespace: "default" })).items;
  await until("an Event of the pod that waits", async () =>
    (await events()).some(
      ({ involvedObject, reason }) => involvedObject.name === "waits" && reason === "OpenStackRefused",
    ),
  );
  end();
  await until(
    "its KuryrPort",
    async () => (await cluster.kuryrPorts.find({ namespace: "default", name: "waits" })) !== undefined,
  );
});

test("metrics have the original's names, the work queue, and requests by operation; they are there before anybody asks", async (t) => {
  const cloud = await clouds(t);
  const cluster = await clusters(t, cloud, { cluster: "metered" });
  await cluster.pod("p", "node1");
  await until("its KuryrPort", async () => (await cluster.kuryrPorts.list()).items.length === 1);
  const attachment = { containerId: "c", at: new Date().toISOString() };
  const ref = { namespace: "default", name: "p" };
  await cluster.kuryrPorts.status.patch(ref, { type: "merge", body: { status: { attachment } } });
  const asked = new Map(cloud.fake.counts);
  await until("the pod's latency", async () => cluster.metrics.text().includes("kuryr_pod_creation_latency_count 1"));
  const text = cluster.metrics.text();
  for (const sample of [
    /^kuryr_quota_free_count\{resource="ports"\} -?\d+$/m,
    /^kuryr_port_quota_per_subnet\{subnet_id="[^"]+",subnet_name="[^"]*"\} \d+$/m,
    /^kuryr_port_readiness_total 0$/m,
    /^kuryr_workqueue_adds_total\{name="pods"\} \d+$/m,
    /^kuryr_workqueue_depth\{name="pods"\} \d+$/m,
    /^kuryr_workqueue_work_duration_seconds_bucket\{name="pods",le="0.001"\} \d+$/m,
    /^kuryr_openstack_requests_total\{service="network",operation="POST ports",outcome="ok"\} 1$/m,
    /^kuryr_openstack_request_duration_seconds_bucket\{service="network",operation="POST ports",le="0.001"\} \d+$/m,
    /^kuryr_kubernetes_requests_total\{verb="create",resource="kuryrports.openstack.org",outcome="ok"\} 1$/m,
  ])
    assert.match(text, sample);
  assert.equal(cloud.fake.counts.get("network POST /v2.0/ports"), asked.get("network POST /v2.0/ports"));
});
