/**
 * Writes the structure of the built-in kinds that the fake serves, as an API server publishes it under `/openapi/v3`.
 *
 * `node -C kuryr-source test/contract/kubernetes/generate-schemas.ts FOLDER` reads one file per group and version
 * (`api_v1.json`, `apis_discovery.k8s.io_v1.json`, ...) that `kubectl get --raw /openapi/v3/...` has written there.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Kinds by `group/version/Kind`, the core group as "". */
const roots = [
  "/v1/Namespace",
  "/v1/Node",
  "/v1/Pod",
  "/v1/Service",
  "/v1/Endpoints",
  "/v1/Secret",
  "/v1/ConfigMap",
  "/v1/ServiceAccount",
  "/v1/Event",
  "discovery.k8s.io/v1/EndpointSlice",
  "coordination.k8s.io/v1/Lease",
  "networking.k8s.io/v1/NetworkPolicy",
  "rbac.authorization.k8s.io/v1/Role",
  "rbac.authorization.k8s.io/v1/RoleBinding",
  "rbac.authorization.k8s.io/v1/ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
];

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(name: string): string {
  return name.split(".").slice(-3).join(".");
}

const published = new Map<string, Node>();
const kinds = new Map<string, string>();
const folder = process.argv[2] ?? ".";
for (const file of readdirSync(folder)) {
  if (!/^apis?_.*\.json$/.test(file)) continue;
  const document = JSON.parse(readFileSync(join(folder, file), "utf8")) as { components: { schemas: Node } };
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (!isNode(schema)) continue;
    published.set(name, schema);
    const gvks = schema["x-kubernetes-group-version-kind"];
    if (!Array.isArray(gvks) || gvks.length !== 1) continue;
    const { group, version, kind } = gvks[0] as { group: string; version: string; kind: string };
    kinds.set(`${group}/${version}/${kind}`, name);
  }
}

const kept = ["type", "format", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"];
const wanted = new Map<string, Node>();

function referred(reference: string): Node {
  const name = reference.slice(reference.lastIndexOf("/") + 1);
  const key = short(name);
  if (!wanted.has(key)) {
    wanted.set(key, {});
    wanted.set(key, compact(published.get(name) ?? {}));
  }
  return { $ref: key };
}

function compact(schema: Node): Node {
  const out: Record<string, unknown> = {};
  for (const key of kept) if (schema[key] !== undefined) out[key] = schema[key];
  const merge = schema["x-kubernetes-patch-merge-key"];
  if (typeof merge === "string") out["mergeKey"] = merge;
  const strategy = schema["x-kubernetes-patch-strategy"];
  if (typeof strategy === "string") out["strategy"] = strategy;
  if (Array.isArray(schema["oneOf"])) out["x-kubernetes-int-or-string"] = true;
  const all = Array.isArray(schema["allOf"]) ? (schema["allOf"] as Node[])[0] : schema;
  if (typeof all?.["$ref"] === "string") return { ...out, ...referred(all["$ref"]) };
  const inside = schema["properties"] ?? schema["additionalProperties"];
  // FieldsV1, RawExtension and the like: whatever there is.
  if (schema["type"] === "object" && inside === undefined) out["x-kubernetes-preserve-unknown-fields"] = true;
  if (isNode(schema["items"])) out["items"] = compact(schema["items"]);
  if (isNode(schema["additionalProperties"])) out["additionalProperties"] = compact(schema["additionalProperties"]);
  if (isNode(schema["properties"])) {
    out["properties"] = Object.fromEntries(
      Object.entries(schema["properties"]).map(([name, value]) => [name, compact(isNode(value) ? value : {})]),
    );
  }
  return out;
}

const rootNames: Record<string, string> = {};
for (const root of roots) {
  const name = kinds.get(root);
  if (name === undefined) throw new Error(`${root} is not among the documents of ${folder}`);
  referred(name);
  rootNames[root] = short(name);
}
const target = join(import.meta.dirname, "../../../packages/fakes/src/kubernetes/builtin-schemas.ts");
const lines = [...wanted]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => [name, JSON.stringify(schema)]);
writeFileSync(
  target,
  [
    "/** Structure of the built-in kinds, from `/openapi/v3` of an API server; made by generate-schemas.ts. */",
    `export const kindSchemas: Readonly<Record<string, string>> = ${JSON.stringify(rootNames)};`,
    "",
    "/** Definitions as JSON by the name that `$ref` gives. */",
    "export const schemaTexts: Readonly<Record<string, string>> = {",
    ...lines.map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`),
    "};",
    "",
  ].join("\n"),
);
