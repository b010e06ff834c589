import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { crds } from "../../packages/kuryr/src/api/crds.ts";
import { examples } from "../../packages/kuryr/src/testing/custom-objects.ts";
import { whileControllerDown } from "../support/kuryr.ts";
import { eventually, kubectl } from "../support/stack.ts";

const namespace = "e2e-crds";
const plurals = crds.map(({ spec }) => spec.names.plural);

interface Stored {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: unknown;
  readonly status?: unknown;
}

const inNamespace = (...words: readonly string[]): Promise<string> => kubectl(["-n", namespace, ...words]);

async function stored(plural: string): Promise<Stored> {
  return JSON.parse(await inNamespace("get", plural, "example", "-o", "json")) as Stored;
}

/** A KuryrPort without a pod is something to clean up: the examples last as long as no controller sees them. */
const examined = Promise.withResolvers<void>();
let controllerBack: Promise<void> | undefined;

before(async () => {
  const down = Promise.withResolvers<void>();
  controllerBack = whileControllerDown(() => {
    down.resolve();
    return examined.promise;
  });
  await Promise.race([down.promise, controllerBack]);
  // What a stack of an older checkout lacks; those that are there stay as they are.
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: crds }));
  await kubectl(["wait", "--for=condition=Established", ...crds.map(({ metadata }) => `crd/${metadata.name}`)]);
  await kubectl(["create", "namespace", namespace]);
  for (const { object } of examples(namespace)) {
    const { status, ...rest } = object;
    await kubectl(["create", "--validate=strict", "-f", "-"], JSON.stringify(rest));
    assert.ok(status !== undefined);
  }
});

after(async () => {
  await kubectl(["delete", "namespace", namespace, "--wait=true"]);
  examined.resolve();
  await controllerBack;
});

test("the API server finds every definition structural", async () => {
  for (const { metadata } of crds) {
    const answer = await kubectl(["get", "crd", metadata.name, "-o", "json"]);
    const { status } = JSON.parse(answer) as { status: { conditions: { type: string; status: string }[] } };
    const conditions = new Map(status.conditions.map((one) => [one.type, one.status]));
    assert.equal(conditions.get("Established"), "True");
    assert.notEqual(conditions.get("NonStructuralSchema"), "True");
  }
});

test("[row 165] writing a status neither bumps the generation nor changes the spec, writing a spec leaves the status", async () => {
  for (const { plural, object } of examples(namespace)) {
    const before = await stored(plural);
    assert.equal(before.metadata.generation, 1, plural);
    const patch = JSON.stringify({ status: object.status, spec: {} });
    await inNamespace("patch", plural, "example", "--subresource=status", "--type=merge", "-p", patch);
    const after = await stored(plural);
    assert.equal(after.metadata.generation, 1, plural);
    assert.deepEqual(after.spec, object.spec, plural);
    assert.deepEqual(after.status, object.status, plural);
    // A status that comes with the object itself does not count.
    await inNamespace("patch", plural, "example", "--type=merge", "-p", JSON.stringify({ status: null }));
    assert.deepEqual((await stored(plural)).status, object.status, plural);
  }
});

test("[row 168] kubectl get kp,klb,kns,knp shows the columns of Kuryr-Kubernetes", async () => {
  const tableOf = async (short: string): Promise<string[][]> => {
    const table = await inNamespace("get", short);
    return table
      .trim()
      .split("\n")
      .map((line) => line.split(/ {2,}|\t/).map((cell) => cell.trim()));
  };
  const [ports, networks, balancers, policies] = await Promise.all(["kp", "kns", "klb", "knp"].map(tableOf));
  assert.deepEqual(ports?.[0], ["NAME", "PODUID", "NODENAME", "IP", "AGE"]);
  assert.deepEqual(ports[1]?.slice(0, 4), [
    "example",
    "8f14e45f-ceea-467f-a0e6-b4d5a5a0f1aa",
    "no-such-node",
    "10.0.0.5",
  ]);
  assert.deepEqual(networks?.[0], ["NAME", "SUBNET-CIDR", "AGE"]);
  assert.equal(networks[1]?.[1], "10.1.0.0/24");
  assert.deepEqual(balancers?.[0], ["NAME", "PROJECT-ID", "AGE"]);
  assert.equal(balancers[1]?.[1], "0c1f6a6e7f0d4b0e8a8b2f4a0b1c9d22");
  assert.deepEqual(policies?.[0], ["NAME", "SG-ID", "AGE"]);
  assert.match(policies[1]?.[1] ?? "", /^6b2e0a6c-.*015$/);
  const all = await inNamespace("get", "kp,klb,kns,knp");
  for (const kind of ["kuryrport", "kuryrloadbalancer", "kuryrnetwork", "kuryrnetworkpolicy"])
    assert.match(all, new RegExp(`${kind}\\.openstack\\.org/example`));
});

test("[row 168] what programs of Kuryr-Kubernetes read of the objects is where they read it", async () => {
  const path = async (plural: string, expression: string): Promise<string> =>
    inNamespace("get", plural, "example", "-o", `jsonpath=${expression}`);
  assert.equal(
    await path("kuryrports", "{.status.vifs.eth0.vif.versioned_object\\.data.id}"),
    "6b2e0a6c-6f0a-4d54-9c3f-000000000001",
  );
  assert.equal(await path("kuryrloadbalancers", "{.status.loadbalancer.id}"), "6b2e0a6c-6f0a-4d54-9c3f-000000000009");
  assert.equal(await path("kuryrloadbalancers", "{.status.listeners[0].timeout_client_data}"), "50000");
  assert.equal(await path("kuryrnetworkpolicies", "{.status.securityGroupId}"), "6b2e0a6c-6f0a-4d54-9c3f-000000000015");
  assert.equal(await path("kuryrnetworkpolicies", "{.status.podSelector.matchLabels.app}"), "web");
  assert.equal(await path("kuryrnetworks", "{.status.subnetCIDR}"), "10.1.0.0/24");
});

test("the API refuses what the schemas do not allow, and kubectl explain knows the fields", async () => {
  for (const [plural, patch] of [
    ["kuryrports", { spec: { interfaces: [] } }],
    ["kuryrnetworks", { spec: { nsName: "" } }],
    ["kuryrloadbalancers", { spec: { type: "NodePort" } }],
    ["kuryrnetworkpolicies", { spec: { policyTypes: ["Sideways"] } }],
  ] as const)
    await assert.rejects(inNamespace("patch", plural, "example", "--type=merge", "-p", JSON.stringify(patch)), plural);
  assert.match(await kubectl(["explain", "kp.spec.interfaces.portId"]), /Neutron port/);
  assert.equal(plurals.length, 4);
});

test("the namespace's custom objects are gone when it is", async () => {
  await inNamespace("delete", plurals.join(","), "--all", "--wait=true");
  await eventually("no custom object", async () => {
    const left = (await inNamespace("get", plurals.join(","), "-o", "name")).trim();
    return left === "" || left;
  });
});
