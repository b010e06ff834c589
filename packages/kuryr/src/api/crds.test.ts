import assert from "node:assert/strict";
import { test } from "node:test";

import { startKubernetes } from "@kuryr/fakes";

import { crds } from "./crds.ts";
import { examples } from "../testing/custom-objects.ts";
import * as keys from "./keys.ts";
import type { JsonSchema } from "./schema.ts";

/** What the API server would report as "not structural". Source: Kubernetes, "Specifying a structural schema". */
function structuralFaults(schema: JsonSchema, path: string): string[] {
  const faults: string[] = [];
  if (typeof schema.type !== "string") faults.push(`${path} has no type`);
  if (schema.properties !== undefined && schema.additionalProperties !== undefined)
    faults.push(`${path} has properties and additionalProperties`);
  if (schema.type === "array" && schema.items === undefined) faults.push(`${path} has no items`);
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(schema.properties ?? {}, name)) faults.push(`${path}.${name} is required and unknown`);
  for (const key of ["$ref", "definitions", "uniqueItems", "allOf", "anyOf", "oneOf", "not"])
    if (Object.hasOwn(schema, key)) faults.push(`${path} has ${key}`);
  const members: (readonly [string, JsonSchema])[] = Object.entries(schema.properties ?? {}).map(([name, member]) => [
    `${path}.${name}`,
    member,
  ]);
  if (schema.items !== undefined) members.push([`${path}[]`, schema.items]);
  if (schema.additionalProperties !== undefined) members.push([`${path}{}`, schema.additionalProperties]);
  return [...faults, ...members.flatMap(([where, member]) => structuralFaults(member, where))];
}

test("every definition is structural, bounded, and has a status subresource", () => {
  const unbounded = (schema: JsonSchema, path: string): string[] => [
    ...(schema.type === "array" && schema.maxItems === undefined ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) => unbounded(member, `${path}.${name}`)),
    ...(schema.items === undefined ? [] : unbounded(schema.items, `${path}[]`)),
  ];
  for (const crd of crds) {
    const [version] = crd.spec.versions;
    assert.ok(version);
    assert.deepEqual(structuralFaults(version.schema.openAPIV3Schema, crd.spec.names.kind), []);
    assert.deepEqual(unbounded(version.schema.openAPIV3Schema, crd.spec.names.kind), []);
    assert.deepEqual(version.subresources, { status: {} });
  }
});

test("names, short names, columns and finalizers are those of Kuryr-Kubernetes", () => {
  const names = crds.map(({ spec }) => [spec.group, spec.names.plural, spec.names.kind, ...spec.names.shortNames]);
  assert.deepEqual(names, [
    ["openstack.org", "kuryrports", "KuryrPort", "kp"],
    ["openstack.org", "kuryrnetworks", "KuryrNetwork", "kns"],
    ["openstack.org", "kuryrloadbalancers", "KuryrLoadBalancer", "klb"],
    ["openstack.org", "kuryrnetworkpolicies", "KuryrNetworkPolicy", "knp"],
  ]);
  const columns = crds.map(({ spec }) =>
    spec.versions.flatMap((version) =>
      version.additionalPrinterColumns.filter(({ priority }) => priority === undefined).map(({ name }) => name),
    ),
  );
  assert.deepEqual(columns, [
    ["PodUID", "Nodename", "IP", "Age"],
    ["SUBNET-CIDR", "Age"],
    ["PROJECT-ID", "Age"],
    ["SG-ID", "Age"],
  ]);
  assert.equal(keys.kuryrPortFinalizer, "kuryr.openstack.org/kuryrport-finalizer");
  assert.equal(keys.kuryrNetworkFinalizer, "kuryrnetwork.finalizers.kuryr.openstack.org");
  assert.equal(keys.kuryrLoadBalancerFinalizer, "kuryr.openstack.org/kuryrloadbalancer-finalizers");
  assert.equal(keys.networkPolicyFinalizer, "kuryr.openstack.org/networkpolicy-finalizer");
});

test("the API takes an object of each kind in the original's shape, with its status, and prunes nothing of it", async (t) => {
  const server = await startKubernetes();
  t.after(() => server.stop());
  const ask = async (method: string, path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${server.url}${path}${path.includes("?") ? "&" : "?"}fieldValidation=Strict`, {
      method,
      headers: {
        Authorization: `Bearer ${server.token}`,
        "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    assert.ok(response.ok, JSON.stringify(answer));
    return answer;
  };
  for (const crd of crds) await ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
  for (const { plural, object } of examples("default")) {
    const path = `/apis/openstack.org/v1/namespaces/default/${plural}`;
    const { status, ...rest } = object;
    const made = (await ask("POST", path, rest)) as typeof object;
    assert.deepEqual(made.spec, object.spec, plural);
    const changed = (await ask("PATCH", `${path}/${object.metadata.name}/status`, { status })) as typeof object;
    assert.deepEqual(changed.status, status, plural);
    assert.equal(changed.metadata.generation, 1);
  }
});
