import { copyOf, ensureObject, field, isObject, type JsonObject } from "./json.ts";
import type { KindRules } from "./kind.ts";
import { metaOf, nameOf } from "./meta.ts";
import { cause } from "./status.ts";
import type { Registry, Served } from "./registry.ts";
import type { Deleting } from "./deleting.ts";
import type { Writing } from "./writing.ts";

export const namespaceRules: KindRules = {
  defaults(namespace) {
    ensureObject(namespace, "spec");
    ensureObject(namespace, "status");
    const name = nameOf(namespace);
    if (name !== "") ensureObject(metaOf(namespace), "labels")["kubernetes.io/metadata.name"] = name;
  },
  prepareCreate(namespace) {
    ensureObject(namespace, "spec")["finalizers"] = ["kubernetes"];
    namespace["status"] = { phase: "Active" };
  },
  prepareUpdate(namespace, old, subresource) {
    const { spec } = old;
    namespace["spec"] = copyOf(spec ?? {});
    if (subresource !== "status") namespace["status"] = copyOf(old["status"] ?? {});
  },
  validate(namespace) {
    const phase = field(namespace["status"], "phase") ?? "";
    const expected = metaOf(namespace)["deletionTimestamp"] === undefined ? "Active" : "Terminating";
    if (phase === expected) return [];
    const when = expected === "Active" ? "empty" : "not empty";
    return [cause.invalid("status.Phase", phase, `may only be '${expected}' if \`deletionTimestamp\` is ${when}`)];
  },
};

const none = { manager: "kube-controller-manager", dryRun: false, fieldValidation: "Ignore", warnings: [] } as const;

/** Does what the controller manager does for namespaces: what each has from the start, and the end of their content. */
export class NamespaceController {
  readonly #registry: Registry;
  readonly #writing: Writing;
  readonly #deleting: Deleting;

  constructor(registry: Registry, writing: Writing, deleting: Deleting) {
    this.#registry = registry;
    this.#writing = writing;
    this.#deleting = deleting;
  }

  /** Gives a namespace its default ServiceAccount and the cluster's authority. */
  furnish(name: string): void {
    const create = (plural: string, object: JsonObject): void => {
      const served = this.#registry.find("v1", plural);
      if (served !== undefined) this.#writing.create(served, name, JSON.stringify(object), { ...none, warnings: [] });
    };
    create("serviceaccounts", { metadata: { name: "default" } });
    create("configmaps", {
      metadata: { name: "kube-root-ca.crt" },
      data: { "ca.crt": "none: the fake speaks plain HTTP\n" },
    });
  }

  /** Deletes what a terminating namespace holds; true when nothing is left and the namespace may go. */
  empty(name: string): boolean {
    let left = 0;
    for (const served of this.#registry.all()) if (served.kind.namespaced) left += this.#deleteAll(served, name);
    return left === 0;
  }

  #deleteAll(served: Served, namespace: string): number {
    const { table } = served;
    const prefix = `${namespace}/`;
    const names: string[] = [];
    for (let index = table.indexOf(prefix); table.keys[index]?.startsWith(prefix) === true; index++) {
      const key = table.keys[index] ?? "";
      if (table.latest.get(key)?.rest !== undefined) names.push(key.slice(prefix.length));
    }
    let left = 0;
    for (const name of names) {
      const object = table.object(`${prefix}${name}`);
      if (object === undefined) continue;
      if (metaOf(object)["deletionTimestamp"] === undefined)
        this.#deleting.delete(served, namespace, name, { dryRun: false, propagation: "Background" });
      if (table.latest.get(`${prefix}${name}`)?.rest !== undefined) left += 1;
    }
    return left;
  }
}

/** Takes the finalizer of its content off a namespace. */
export function finalized(namespace: JsonObject): JsonObject {
  const { spec } = namespace;
  if (isObject(spec)) delete spec["finalizers"];
  return namespace;
}
