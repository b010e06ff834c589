import { timeText, type Clock } from "./clock.ts";
import {
  conform,
  decodeObject,
  otherKind,
  finalizerWarnings,
  strictPatchFault,
  type FieldValidation,
  type Warnings,
} from "./decode.ts";
import { at, copyOf, equal, field, isObject, shown, text, type Json, type JsonObject } from "./json.ts";
import { aboutKind, aboutResource, groupVersion, type RuleContext } from "./kind.ts";
import { applyConfiguration, trackUpdate, type Writer } from "./managed-fields.ts";
import { bareFinalizers, finalizersOf, metaOf, nameOf } from "./meta.ts";
import { randomSuffix, randomUuid, type Random } from "./random.ts";
import type { Registry, Served } from "./registry.ts";
import {
  admitToNamespace,
  checkDeclared,
  checkKind,
  checkObject,
  contentChanged,
  ignoredBy,
  objectInOrder,
  placeIn,
  restore,
  strictBodyFault,
  uidConflict,
} from "./object-checks.ts";
import { alreadyExists, badRequest, cause, conflict, invalid, notFound, unexpected } from "./status.ts";
import { keyOf } from "./store.ts";

/** What every write is told beside the object. */
export interface WriteRequest {
  readonly manager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly warnings: Warnings;
}

/** What a write made of the object. */
export interface Written {
  readonly object: JsonObject;
  readonly created: boolean;
}

/** Creates and changes objects, by the rules of their kinds. */
export class Writing {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Told of every object after it was stored. */
  onStored: (served: Served, object: JsonObject, old: JsonObject | undefined) => void = () => {};

  constructor(registry: Registry, clock: Clock, random: Random) {
    this.#registry = registry;
    this.#clock = clock;
    this.#random = random;
  }

  context(): RuleContext {
    return {
      now: timeText(this.#clock),
      generateSuffix: () => randomSuffix(this.#random),
      find: (plural, key) => this.#registry.find("v1", plural)?.table.object(key),
    };
  }

  create(served: Served, namespace: string | undefined, body: string, request: WriteRequest): Written {
    const { kind } = served;
    const object = decodeObject(body, kind, request.warnings);
    conform(object, kind, request.fieldValidation, request.warnings, (faults) => strictBodyFault(kind, faults));
    const object2 = this.#createDecoded(served, namespace, object, request, "Update");
    return { object: object2, created: true };
  }

  #createDecoded(
    served: Served,
    namespace: string | undefined,
    object: JsonObject,
    request: WriteRequest,
    operation: "Update" | "Apply",
    owned?: Json,
  ): JsonObject {
    const { kind, table } = served;
    const meta = metaOf(object);
    placeIn(namespace, meta);
    checkKind(kind, object);
    if (meta["resourceVersion"] !== undefined && meta["resourceVersion"] !== "" && meta["resourceVersion"] !== "0")
      throw unexpected("resourceVersion should not be set on objects to be created");
    admitToNamespace(this.#registry, kind, namespace, object);
    if ((text(meta["name"]) ?? "") === "" && text(meta["generateName"]) !== undefined)
      meta["name"] = `${text(meta["generateName"])}${randomSuffix(this.#random)}`;
    const context = this.context();
    meta["uid"] = randomUuid(this.#random);
    meta["creationTimestamp"] = context.now;
    for (const name of [
      "resourceVersion",
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
      "selfLink",
      "managedFields",
    ])
      delete meta[name];
    // Kinds that do not count keep what they are given.
    if (kind.hasGeneration) meta["generation"] = 1;
    if (kind.custom && kind.hasStatus) delete object["status"];
    const writer: Writer = {
      manager: request.manager,
      operation,
      apiVersion: groupVersion(kind),
      subresource: undefined,
    };
    const empty: JsonObject = { apiVersion: groupVersion(kind), kind: kind.kind, ...copyOf(kind.empty) };
    // What admission and the kind's own rules add has no owner.
    if (operation === "Apply") {
      if (owned !== undefined) meta["managedFields"] = owned;
    } else {
      // A status is not taken here, so nobody owns it.
      if (kind.hasStatus) restore(object, copyOf(empty), "status");
      trackUpdate(kind.schema, empty, object, writer, context.now);
    }
    kind.rules.prepareCreate?.(object, context);
    const result = objectInOrder(object);
    checkObject(kind, result, undefined, undefined);
    finalizerWarnings(result, request.warnings);
    const key = keyOf(namespace, nameOf(result));
    if (table.latest.get(key)?.rest !== undefined) throw alreadyExists(aboutResource(kind, nameOf(result)));
    return this.#store(served, key, result, undefined, request);
  }

  /** PUT of an object or its status. */
  replace(
    served: Served,
    namespace: string | undefined,
    name: string,
    subresource: string | undefined,
    body: string,
    request: WriteRequest,
  ): Written {
    const { kind, table } = served;
    const object = decodeObject(body, kind, request.warnings);
    conform(object, kind, request.fieldValidation, request.warnings, (faults) => strictBodyFault(kind, faults));
    const meta = metaOf(object);
    const given = text(meta["name"]) ?? "";
    if (given === "") throw badRequest(`name must be provided`);
    if (given !== name)
      throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
    placeIn(namespace, meta);
    const key = keyOf(namespace, name);
    const old = table.object(key);
    if (old === undefined) {
      if (!kind.createOnUpdate) throw notFound(aboutResource(kind, name));
      return { object: this.#createDecoded(served, namespace, object, request, "Update"), created: true };
    }
    const uid = text(meta["uid"]) ?? "";
    const oldUid = text(field(old["metadata"], "uid")) ?? "";
    if (uid !== "" && uid !== oldUid) throw uidConflict(kind, namespace, name, uid, oldUid);
    return this.#update(served, key, old, object, subresource, request, "Update");
  }

  /** PATCH: `change` makes the new object of a copy of the old one. */
  patch(
    served: Served,
    namespace: string | undefined,
    name: string,
    subresource: string | undefined,
    request: WriteRequest,
    change: (old: JsonObject) => Json,
  ): Written {
    const { kind, table } = served;
    const key = keyOf(namespace, name);
    const old = table.object(key);
    if (old === undefined) throw notFound(aboutResource(kind, name));
    const patched = change(copyOf(old));
    if (!isObject(patched)) throw badRequest("invalid JSON patch");
    const version = text(patched["apiVersion"]) ?? "";
    if (!kind.custom && patched["kind"] !== kind.kind)
      throw strictPatchFault(patched, kind, otherKind(shown(patched["kind"]), kind));
    if (kind.custom && patched["kind"] !== kind.kind && (text(patched["kind"]) ?? "") === "")
      throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(patched)}'`);
    if (version !== groupVersion(kind) && version !== "")
      throw badRequest(
        `the API version in the data (${version}) does not match the expected API version (${groupVersion(kind)})`,
      );
    const given = text(field(patched["metadata"], "name")) ?? "";
    if (given === "")
      throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
    if (given !== name)
      throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
    const whole = copyOf(patched);
    conform(patched, kind, request.fieldValidation, request.warnings, (faults) =>
      strictPatchFault(whole, kind, faults),
    );
    return this.#update(served, key, old, patched, subresource, request, "Update");
  }

  /** Server-side apply. */
  apply(
    served: Served,
    namespace: string | undefined,
    name: string,
    subresource: string | undefined,
    config: JsonObject,
    request: WriteRequest & { readonly force: boolean },
  ): Written {
    const { kind, table } = served;
    const key = keyOf(namespace, name);
    const old = table.object(key);
    const configMeta = metaOf(config);
    if (configMeta["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
    checkDeclared(kind, config);
    if (old === undefined) {
      if (subresource !== undefined) throw notFound(aboutResource(kind, name));
      if (configMeta["uid"] !== undefined)
        throw invalid(aboutKind(kind, name), [cause.invalid("metadata.uid", configMeta["uid"], "field is immutable")]);
      delete configMeta["resourceVersion"];
    }
    const writer: Writer = {
      manager: request.manager,
      operation: "Apply",
      apiVersion: groupVersion(kind),
      subresource,
    };
    const live = old ?? { apiVersion: groupVersion(kind), kind: kind.kind, ...copyOf(kind.empty) };
    const merged = applyConfiguration(kind.schema, live, config, writer, timeText(this.#clock), {
      force: request.force,
      ignored: ignoredBy(kind, subresource),
    });
    const owned = metaOf(merged)["managedFields"];
    conform(merged, kind, "Ignore", request.warnings, (faults) => strictBodyFault(kind, faults), true);
    if (old === undefined)
      return { object: this.#createDecoded(served, namespace, merged, request, "Apply", owned), created: true };
    return this.#update(served, key, old, merged, subresource, request, "Apply");
  }

  #update(
    served: Served,
    key: string,
    old: JsonObject,
    given: JsonObject,
    subresource: string | undefined,
    request: WriteRequest,
    operation: "Update" | "Apply",
  ): Written {
    const { kind } = served;
    let object = given;
    const meta = metaOf(object);
    const oldMeta = metaOf(old);
    const name = nameOf(old);
    const asked = text(meta["resourceVersion"]) ?? "";
    if (asked !== "" && !/^\d+$/.test(asked))
      throw unexpected(`strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`);
    checkKind(kind, object);
    if ((asked === "" || asked === "0") && !kind.unconditionalUpdate)
      throw invalid(aboutResource(kind, name), [
        cause.invalid("metadata.resourceVersion", 0, "must be specified for an update"),
      ]);
    if (asked !== "" && asked !== "0" && asked !== oldMeta["resourceVersion"])
      throw conflict(
        aboutResource(kind, name),
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    for (const fixed of [
      "creationTimestamp",
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
      "uid",
      "generation",
      "selfLink",
    ] as const) {
      if (fixed === "uid" && text(meta["uid"]) !== undefined) continue;
      // Only what is being deleted keeps its times silently.
      if (fixed.startsWith("deletion") && oldMeta["deletionTimestamp"] === undefined) continue;
      restore(meta, oldMeta, fixed);
    }
    meta["resourceVersion"] = oldMeta["resourceVersion"];
    placeIn(text(oldMeta["namespace"]), meta);
    const managed = meta["managedFields"];
    if (subresource === "status") {
      if (kind.custom) object = { ...copyOf(old), status: object["status"] };
      else kind.rules.prepareUpdate?.(object, old, subresource);
    } else {
      if (kind.hasStatus) restore(object, old, "status");
      kind.rules.prepareUpdate?.(object, old, subresource);
    }
    if (object["status"] === undefined) delete object["status"];
    const newMeta = metaOf(object);
    const counts = contentChanged(object, old) || kind.rules.counts?.(object, old) === true;
    if (kind.hasGeneration && subresource === undefined && counts)
      newMeta["generation"] = Number(oldMeta["generation"] ?? 0) + 1;
    const now = timeText(this.#clock);
    if (operation === "Apply") {
      if (managed === undefined) delete newMeta["managedFields"];
      else newMeta["managedFields"] = managed;
    } else if (Array.isArray(managed) && managed.length === 0) delete newMeta["managedFields"];
    else if (oldMeta["managedFields"] === undefined) delete newMeta["managedFields"];
    else
      trackUpdate(
        kind.schema,
        old,
        object,
        { manager: request.manager, operation, apiVersion: groupVersion(kind), subresource },
        now,
      );
    object = objectInOrder(object);
    checkObject(kind, object, old, subresource);
    if (!equal(finalizersOf(object), finalizersOf(old)) && bareFinalizers(object).length > 0)
      finalizerWarnings(object, request.warnings);
    if (equal(object, old)) return { object: old, created: false };
    const stored = this.#store(served, key, object, old, request);
    return { object: stored, created: false };
  }

  /** Stores, or removes what has lost the last thing that held it. */
  #store(
    served: Served,
    key: string,
    object: JsonObject,
    old: JsonObject | undefined,
    request: WriteRequest,
  ): JsonObject {
    const meta = metaOf(object);
    if (request.dryRun) return object;
    const finished =
      old !== undefined &&
      meta["deletionTimestamp"] !== undefined &&
      finalizersOf(object).length === 0 &&
      Number(meta["deletionGracePeriodSeconds"] ?? 0) === 0 &&
      at(object, "spec", "finalizers") === undefined;
    if (finished) {
      // The answer still carries the version before: only the removal is a change.
      this.#registry.store.remove(served.table, key);
      this.onStored(served, object, old);
      return object;
    }
    meta["resourceVersion"] = String(this.#registry.store.put(served.table, key, object));
    this.onStored(served, object, old);
    return object;
  }

  /** Changes an object as the server itself does, without checks. */
  commit(served: Served, key: string, object: JsonObject): void {
    const old = served.table.object(key);
    this.#store(served, key, object, old, { manager: "", dryRun: false, fieldValidation: "Ignore", warnings: [] });
  }
}
