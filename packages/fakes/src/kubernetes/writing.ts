import { timeText, type Clock } from "./clock.ts";
import {
  conform,
  decodeObject,
  finalizerWarnings,
  strictPatchFault,
  type FieldValidation,
  type Warnings,
} from "./decode.ts";
import { at, copyOf, equal, field, isObject, text, type Json, type JsonObject } from "./json.ts";
import { aboutKind, aboutResource, groupVersion, type Kind, type RuleContext } from "./kind.ts";
import { applyConfiguration, trackUpdate, type Writer } from "./managed-fields.ts";
import { bareFinalizers, finalizersOf, metaFaults, metaOf, metaUpdateFaults, nameOf } from "./meta.ts";
import { randomSuffix, randomUuid, type Random } from "./random.ts";
import type { Registry, Served } from "./registry.ts";
import { validate } from "./schema-validation.ts";
import {
  alreadyExists,
  badRequest,
  cause,
  conflict,
  forbidden,
  invalid,
  notFound,
  unexpected,
  type Cause,
} from "./status.ts";
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
    applied?: JsonObject,
  ): JsonObject {
    const { kind, table } = served;
    const meta = metaOf(object);
    this.#placeIn(namespace, meta);
    if (kind.custom && object["kind"] !== kind.kind)
      throw invalid({ group: kind.group, kind: String(object["kind"]), name: nameOf(object) }, [
        cause.invalid("kind", object["kind"] ?? "", `must be ${kind.kind}`),
      ]);
    if (meta["resourceVersion"] !== undefined && meta["resourceVersion"] !== "" && meta["resourceVersion"] !== "0")
      throw unexpected("resourceVersion should not be set on objects to be created");
    this.#admit(kind, namespace, object);
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
      "generation",
    ])
      delete meta[name];
    if (kind.hasGeneration) meta["generation"] = 1;
    if (kind.custom && kind.hasStatus) delete object["status"];
    kind.rules.prepareCreate?.(object, context);
    const writer: Writer = {
      manager: request.manager,
      operation,
      apiVersion: groupVersion(kind),
      subresource: undefined,
    };
    const empty: JsonObject = { apiVersion: groupVersion(kind), kind: kind.kind, ...copyOf(kind.empty) };
    let result = object;
    if (operation === "Apply" && applied !== undefined) {
      const owned = applyConfiguration(kind.schema, empty, applied, writer, context.now, {
        force: true,
        ignored: ignoredBy(kind, undefined),
      });
      const managed = field(owned["metadata"], "managedFields");
      if (managed !== undefined) metaOf(result)["managedFields"] = managed;
    } else trackUpdate(kind.schema, empty, result, writer, context.now);
    result = objectInOrder(result);
    this.#check(kind, result, undefined, undefined);
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
    this.#placeIn(namespace, meta);
    const key = keyOf(namespace, name);
    const old = table.object(key);
    if (old === undefined) throw notFound(aboutResource(kind, name));
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
    if (kind.custom && patched["kind"] !== kind.kind && (text(patched["kind"]) ?? "") === "")
      throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(patched)}'`);
    if (version !== groupVersion(kind) && version !== "")
      throw badRequest(
        `the API version in the data (${version}) does not match the expected API version (${groupVersion(kind)})`,
      );
    const whole = copyOf(patched);
    conform(patched, kind, request.fieldValidation, request.warnings, (faults) => strictPatchFault(whole, faults));
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
    conform(config, kind, request.fieldValidation, request.warnings, (faults) => strictBodyFault(kind, faults));
    const configMeta = metaOf(config);
    if (configMeta["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
    if (old === undefined) {
      if (subresource !== undefined || configMeta["uid"] !== undefined) throw notFound(aboutResource(kind, name));
      const applied = copyOf(config);
      return { object: this.#createDecoded(served, namespace, config, request, "Apply", applied), created: true };
    }
    const writer: Writer = {
      manager: request.manager,
      operation: "Apply",
      apiVersion: groupVersion(kind),
      subresource,
    };
    const merged = applyConfiguration(kind.schema, old, config, writer, timeText(this.#clock), {
      force: request.force,
      ignored: ignoredBy(kind, subresource),
    });
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
      restore(meta, oldMeta, fixed);
    }
    meta["resourceVersion"] = oldMeta["resourceVersion"];
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
    if (kind.hasGeneration && subresource === undefined && contentChanged(object, old))
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
    this.#check(kind, object, old, subresource);
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

  #placeIn(namespace: string | undefined, meta: JsonObject): void {
    const given = text(meta["namespace"]) ?? "";
    if (given !== "" && given !== (namespace ?? ""))
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    if (namespace === undefined) delete meta["namespace"];
    else meta["namespace"] = namespace;
  }

  /** NamespaceLifecycle. */
  #admit(kind: Kind, namespace: string | undefined, object: JsonObject): void {
    if (namespace === undefined) return;
    const space = this.#registry.find("v1", "namespaces")?.table.object(namespace);
    if (space === undefined) throw notFound({ group: "", kind: "namespaces", name: namespace });
    if (at(space, "status", "phase") !== "Terminating") return;
    const refusal = forbidden(
      aboutResource(kind, nameOf(object)),
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    const details = refusal.body["details"];
    if (isObject(details))
      details["causes"] = [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ];
    throw refusal;
  }

  #check(kind: Kind, object: JsonObject, old: JsonObject | undefined, subresource: string | undefined): void {
    const faults: Cause[] = [];
    if (old === undefined) faults.push(...metaFaults(object, kind));
    else {
      const update = metaUpdateFaults(object, old);
      // Twice: as any object, and as what it is.
      faults.push(...metaFaults(object, kind), ...update, ...update);
    }
    if (kind.custom) faults.push(...contentFaults(kind, object, subresource));
    else faults.push(...(kind.rules.validate?.(object, old) ?? []));
    if (faults.length > 0) throw invalid(aboutKind(kind, nameOf(object)), faults);
  }
}

function contentFaults(kind: Kind, object: JsonObject, subresource: string | undefined): Cause[] {
  const { metadata: _, apiVersion: _v, kind: _k, ...content } = object;
  const { properties = {}, ...schema } = kind.schema;
  if (subresource === "status") {
    const status = properties["status"];
    // The text leaves out the root: the status is checked by itself.
    return status === undefined || object["status"] === undefined
      ? []
      : validate(object["status"], status, "status", "");
  }
  const { metadata: _m, apiVersion: _a, kind: _n, ...rest } = properties;
  return validate(content, { ...schema, properties: rest }, "");
}

/** Top-level fields that an apply to this place says nothing of. */
function ignoredBy(kind: Kind, subresource: string | undefined): readonly string[] {
  if (!kind.hasStatus) return [];
  return subresource === "status"
    ? Object.keys(kind.schema.properties ?? {}).filter((name) => name !== "status")
    : ["status"];
}

function contentChanged(object: JsonObject, old: JsonObject): boolean {
  const content = ({ metadata: _m, status: _s, ...rest }: JsonObject): JsonObject => rest;
  return !equal(content(object), content(old));
}

function restore(object: JsonObject, old: JsonObject, name: string): void {
  const value = old[name];
  if (value === undefined) delete object[name];
  else object[name] = value;
}

function objectInOrder(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata, ...rest };
}

function strictBodyFault(kind: Kind, faults: string): Error {
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${faults}`,
  );
}

function uidConflict(kind: Kind, namespace: string | undefined, name: string, uid: string, found: string): Error {
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  const folder = kind.custom ? `${kind.group}/${kind.plural}` : kind.plural;
  return conflict(
    aboutResource(kind, name),
    `StorageError: invalid object, Code: 4, Key: /registry/${folder}/${place}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`,
  );
}
