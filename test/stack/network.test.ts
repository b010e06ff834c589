import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { kuryrCloud } from "../../dev/src/cloud/identity.ts";
import { topology } from "../../dev/src/cloud/topology.ts";
import { authority } from "../../dev/src/kube/certificates.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { nodePlan, services } from "../../dev/src/network-plan.ts";
import { plugPort, serveAt, type PluggedPort } from "../../dev/src/testing/plug.ts";
import { becomes, httpAnswers, httpGet, pings } from "../../dev/src/testing/probes.ts";

const cloud = kuryrCloud();
const cleanups: (() => Promise<void>)[] = [];
const ports: PluggedPort[] = [];

/** The two ports, one on each node. */
function pair(): [PluggedPort, PluggedPort] {
  const [first, second] = ports;
  assert.ok(first !== undefined && second !== undefined, "both ports were plugged");
  return [first, second];
}

async function makeGroup(name: string): Promise<string> {
  const { body } = await cloud.request("network", "POST", "/v2.0/security-groups", {
    body: { security_group: { name } },
  });
  const { id } = (body as { security_group: { id: string } }).security_group;
  cleanups.unshift(async () => void (await cloud.request("network", "DELETE", `/v2.0/security-groups/${id}`)));
  return id;
}

async function allow(group: string, rule: Readonly<Record<string, unknown>>): Promise<string> {
  const security_group_rule = { security_group_id: group, direction: "ingress", ethertype: "IPv4", ...rule };
  const { body } = await cloud.request("network", "POST", "/v2.0/security-group-rules", {
    body: { security_group_rule },
  });
  return (body as { security_group_rule: { id: string } }).security_group_rule.id;
}

before(async () => {
  const { baseIngressGroup, baseEgressGroup } = topology();
  for (const index of [1, 2]) {
    const port = await plugPort(cloud, nodePlan(index), `net${index}`, [baseIngressGroup, baseEgressGroup]);
    ports.push(port);
    cleanups.push(() => port.remove());
    const server = await serveAt(port);
    cleanups.unshift(() => server.stop());
  }
});

after(async () => {
  for (const cleanup of cleanups) await cleanup().catch((error: unknown) => console.error(error));
});

test("Kuryr's user is no administrator, and binds ports to nodes all the same", async () => {
  const { body } = await cloud.request("network", "GET", "/v2.0/ports", { query: { name: "kuryr-test-net2" } });
  const [port] = (body as { ports: Record<string, unknown>[] }).ports;
  assert.equal(port?.["binding:host_id"], "node2");
  await assert.rejects(cloud.request("identity", "GET", "/v3/users"), /403/);
});

test("two Neutron ports on two nodes ping each other over geneve", async () => {
  const [first, second] = pair();
  await becomes("node1's port to reach node2's", () => pings(first.place, second.address));
  await becomes("node2's port to reach node1's", () => pings(second.place, first.address));
});

test("20 kB over HTTP pass between the nodes, in both directions", async () => {
  const [first, second] = pair();
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const) {
    const body = await httpGet(from.place, `http://${to.address}:8080/bytes/20000`);
    assert.equal(body.length, 20_000);
  }
});

test("the host and both nodes reach both ports, and large answers too", async () => {
  for (const port of pair()) {
    for (const place of [undefined, placeOf(nodePlan(1)), placeOf(nodePlan(2))]) {
      await becomes(`${port.name} to answer ${place?.net ?? "the host"}`, () => pings(place, port.address));
      const body = await httpGet(place, `http://${port.address}:8080/bytes/20000`);
      assert.equal(body.length, 20_000);
    }
  }
});

test("a security group denies by default, allows what its rules name, and denies again", async (t) => {
  const [first, second] = pair();
  const url = `http://${second.address}:8080/`;
  const group = await makeGroup("kuryr-test-closed");
  const path = `/v2.0/ports/${second.id}`;
  const before = topology();
  await cloud.request("network", "PUT", path, { body: { port: { security_groups: [group] } } });
  await becomes("HTTP to be denied", async () => !(await httpAnswers(first.place, url)));
  assert.equal(await pings(first.place, second.address), false);

  let start = performance.now();
  const rule = await allow(group, { protocol: "tcp", port_range_min: 8080, port_range_max: 8080 });
  await becomes("HTTP to be allowed", () => httpAnswers(first.place, url));
  t.diagnostic(`a rule was enforced ${Math.round(performance.now() - start)} ms after its POST began`);
  assert.equal(await pings(first.place, second.address), false, "only TCP 8080 was allowed");

  start = performance.now();
  await cloud.request("network", "DELETE", `/v2.0/security-group-rules/${rule}`);
  await becomes("HTTP to be denied again", async () => !(await httpAnswers(first.place, url)));
  t.diagnostic(`it was gone ${Math.round(performance.now() - start)} ms after its DELETE began`);

  const security_groups = [before.baseIngressGroup, before.baseEgressGroup];
  await cloud.request("network", "PUT", path, { body: { port: { security_groups } } });
  await becomes("everything to be allowed", () => pings(first.place, second.address));
});

test("from a plugged port the API server answers at the cluster IP with a valid certificate", async () => {
  for (const port of pair()) {
    const url = `https://${services.kubernetes}/readyz`;
    await becomes(`the API to answer ${port.name}`, async () => {
      return (await httpGet(port.place, url, ["--cacert", authority().certificate])) === "ok";
    });
  }
});

test("nothing is left of the ports: no interface, no namespace, no Neutron port", async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  const { body } = await cloud.request("network", "GET", "/v2.0/ports");
  const names = (body as { ports: { name: string }[] }).ports.map((port) => port.name);
  assert.deepEqual(
    names.filter((name) => name.startsWith("kuryr-test-")),
    [],
  );
  for (const port of pair()) {
    const { stdout } = await run(["ip", "-o", "link", "show"], { place: placeOf(port.node) });
    assert.doesNotMatch(stdout, /kt-/);
    const switched = await run(["ovs-vsctl", "list-ports", "br-int"], { place: placeOf(port.node) });
    assert.doesNotMatch(switched.stdout, /kt-/);
  }
});
