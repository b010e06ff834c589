import { kuryrPortCrd } from "../../../packages/kuryr/src/api/crds.ts";
import { bodyOf } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const group = "contract.openstack.org";

const schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10, exclusiveMaximum: true },
        colour: { type: "string", default: "red", enum: ["red", "blue"] },
        ratio: { type: "number", multipleOf: 0.5 },
        nested: {
          type: "object",
          default: {},
          properties: { deep: { type: "string", default: "down" }, other: { type: "string", nullable: true } },
        },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        port: { "x-kubernetes-int-or-string": true },
        labels: { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        rules: {
          type: "array",
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, value: { type: "string", default: "v" } },
          },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        when: { type: "string", format: "date-time" },
      },
    },
  },
};

function definition(plural: string, kind: string): Record<string, unknown> {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/** Runs with a definition of its own, which goes afterwards. */
async function withWidgets(
  api: Session,
  plural: string,
  run: (path: string, widget: (name: string, spec: object) => object) => Promise<void>,
): Promise<void> {
  const kind = `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`;
  const path = `/apis/${group}/v1/namespaces/${api.namespace}/${plural}`;
  await api.quiet({ method: "POST", path: crds, body: definition(plural, kind) });
  try {
    await api.eventually(`${plural} to be served`, async () => {
      const { body } = await api.quiet({ method: "GET", path: `${crds}/${plural}.${group}` });
      const { conditions } =
        (body as { status?: { conditions?: { type: string; status: string }[] | null } }).status ?? {};
      return (conditions ?? []).some((one) => one.type === "Established" && one.status === "True");
    });
    // Established does not mean served yet.
    await api.eventually(`${plural} to answer`, async () => {
      try {
        await api.quiet({ method: "GET", path });
        return true;
      } catch {
        return false;
      }
    });
    await run(path, (name, spec) => ({ apiVersion: `${group}/v1`, kind, metadata: { name }, spec }));
  } finally {
    await api.quiet({ method: "DELETE", path: `${crds}/${plural}.${group}` });
  }
}

contractSuite(import.meta.filename, {
  "defaults are filled in": async (api) => {
    await withWidgets(api, "defaulteds", async (path, widget) => {
      await api.post(path, widget("a", { size: 3 }));
      await api.post(path, widget("b", { size: 3, colour: "blue", nested: {}, rules: [{ name: "x" }] }));
      await api.post(path, widget("c", { size: 3, colour: null, nested: { deep: null, other: null } }));
      await api.patch(`${path}/a`, "merge", { spec: { colour: null } });
      await api.get(`${path}/a`);
    });
  },
  "unknown fields are pruned, but where they are kept": async (api) => {
    await withWidgets(api, "pruneds", async (path, widget) => {
      await api.post(
        path,
        widget("a", { size: 3, free: { any: { thing: [1] } }, unknown: 1, labels: { l: "1" }, nested: { unknown: 2 } }),
      );
    });
  },
  "lists that are maps and sets": async (api) => {
    await withWidgets(api, "listeds", async (path, widget) => {
      await api.post(path, widget("a", { size: 3, tags: ["a", "b"], rules: [{ name: "x" }, { name: "y" }] }));
      await api.post(path, widget("b", { size: 3, tags: ["a", "a"] }));
      await api.post(path, widget("b", { size: 3, rules: [{ name: "x" }, { name: "x" }] }));
      await api.patch(
        `${path}/a?fieldManager=other`,
        "apply",
        widget("a", { rules: [{ name: "z", value: "1" }], tags: ["c"], size: 3 }),
      );
      await api.patch(
        `${path}/a?fieldManager=other`,
        "apply",
        widget("a", { rules: [{ name: "x", value: "1" }], size: 3 }),
      );
    });
  },
  "values that the schema refuses": async (api) => {
    await withWidgets(api, "refuseds", async (path, widget) => {
      for (const spec of [
        { size: 0 },
        { size: 10 },
        { size: "3" },
        { size: 3, ratio: 0.3 },
        { size: 3, port: true },
        { size: 3, labels: { a: "1", b: "2", c: "3" } },
        { size: 3, labels: { a: 1 } },
        { size: 3, when: "yesterday" },
        { size: 3, rules: [{}] },
        { size: 3, colour: "green" },
        {},
      ])
        await api.post(path, widget("a", spec));
    });
  },
  "without a status subresource the status is part of the object": async (api) => {
    await withWidgets(api, "statusless", async (path, widget) => {
      await api.post(path, widget("a", { size: 3 }));
      await api.get(`${path}/a/status`);
      await api.patch(`${path}/a/status`, "merge", { spec: { size: 4 } });
      await api.patch(`${path}/a`, "merge", { spec: { size: 4 } });
    });
  },
  "a definition is refused": async (api) => {
    await api.post(crds, { ...definition("things", "Thing"), metadata: { name: "wrong" } });
    await api.post(crds, kuryrPortCrd);
    await api.get(`${crds}/absent.${group}`);
    await api.delete(`${crds}/absent.${group}`);
    await api.send({ method: "POST", path: crds, body: definition("things", "Thing"), as: "stranger" });
    await api.send({ method: "DELETE", path: `${crds}/kuryrports.openstack.org`, as: "stranger" });
  },
  "a definition's objects go with it": async (api) => {
    let path = "";
    await withWidgets(api, "goings", async (at, widget) => {
      path = at;
      const made = bodyOf(await api.quiet({ method: "POST", path: at, body: widget("a", { size: 3 }) }));
      await api.get(`${at}/${made.metadata.name}`);
    });
    await api.eventually("the resource to be gone", async () => {
      try {
        await api.quiet({ method: "GET", path });
        return false;
      } catch {
        return true;
      }
    });
    await api.get(`${path}/a`);
  },
});
