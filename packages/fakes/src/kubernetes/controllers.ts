import { type Clock } from "./clock.ts";
import { Definitions } from "./definitions.ts";
import type { Deleting } from "./deleting.ts";
import { field, text, type JsonObject } from "./json.ts";
import { finalizersOf, metaOf, nameOf } from "./meta.ts";
import { finalized, NamespaceController } from "./namespaces.ts";
import type { Registry, Served } from "./registry.ts";
import type { Writing } from "./writing.ts";

const startNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

/**
 * What the controllers of a cluster do at once when something is stored: namespaces get their ServiceAccount and lose
 * their content, definitions are served, the garbage collector's finalizers go. Owners' dependents are left alone.
 */
export class Controllers {
  readonly #registry: Registry;
  readonly #writing: Writing;
  readonly #namespaces: NamespaceController;
  readonly #definitions: Definitions;
  /** Stored objects that still have to be looked at; acting on one stores others. */
  readonly #queue: (() => void)[] = [];
  #busy = false;

  constructor(registry: Registry, writing: Writing, deleting: Deleting, clock: Clock) {
    this.#registry = registry;
    this.#writing = writing;
    this.#namespaces = new NamespaceController(registry, writing, deleting);
    this.#definitions = new Definitions(registry, clock);
  }

  /** The namespaces that every cluster has. */
  bootstrap(): void {
    const served = this.#registry.find("v1", "namespaces");
    if (served === undefined) return;
    for (const name of startNamespaces)
      this.#writing.create(served, undefined, JSON.stringify({ metadata: { name } }), {
        manager: "kube-apiserver",
        dryRun: false,
        fieldValidation: "Ignore",
        warnings: [],
      });
  }

  seen(served: Served, object: JsonObject, old: JsonObject | undefined): void {
    this.#queue.push(() => this.#act(served, nameOf(object), text(metaOf(object)["namespace"]), old));
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    } finally {
      this.#busy = false;
    }
  }

  #act(served: Served, name: string, namespace: string | undefined, old: JsonObject | undefined): void {
    const { kind, table } = served;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    const object = table.object(key);
    if (object !== undefined && metaOf(object)["deletionTimestamp"] !== undefined) this.#collect(served, key, object);
    if (kind.group === "" && kind.plural === "namespaces") this.#namespace(served, name, object, old);
    else if (namespace !== undefined && object === undefined) this.#sweep(namespace);
    if (kind.plural === "customresourcedefinitions") this.#definition(served, key, object, old);
  }

  /** The garbage collector's own finalizers: there are no dependents here. */
  #collect(served: Served, key: string, object: JsonObject): void {
    const finalizers = finalizersOf(object);
    const kept = finalizers.filter((one) => one !== "foregroundDeletion" && one !== "orphan");
    if (kept.length === finalizers.length) return;
    const meta = metaOf(object);
    if (kept.length === 0) delete meta["finalizers"];
    else meta["finalizers"] = kept;
    this.#writing.commit(served, key, object);
  }

  #namespace(served: Served, name: string, object: JsonObject | undefined, old: JsonObject | undefined): void {
    if (object === undefined) return;
    if (old === undefined) this.#namespaces.furnish(name);
    if (metaOf(object)["deletionTimestamp"] === undefined || field(object["spec"], "finalizers") === undefined) return;
    if (!this.#namespaces.empty(name)) return;
    const rest = finalized(served.table.object(name) ?? object);
    this.#writing.commit(served, name, rest);
  }

  /** Something of a namespace is gone: it may have been the last that held it. */
  #sweep(namespace: string): void {
    const served = this.#registry.find("v1", "namespaces");
    const object = served?.table.object(namespace);
    if (served !== undefined && object !== undefined && metaOf(object)["deletionTimestamp"] !== undefined)
      this.#namespace(served, namespace, object, object);
  }

  #definition(served: Served, key: string, object: JsonObject | undefined, old: JsonObject | undefined): void {
    if (object === undefined) {
      if (old !== undefined) this.#definitions.withdraw(old);
      return;
    }
    if (old !== undefined && metaOf(old)["generation"] === metaOf(object)["generation"]) return;
    this.#writing.commit(served, key, this.#definitions.establish(object));
  }
}
