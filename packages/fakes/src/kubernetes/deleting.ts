import { timeText, type Clock } from "./clock.ts";
import { syntaxError } from "./decode.ts";
import { copyOf, field, isObject, shown, text, type Json, type JsonObject } from "./json.ts";
import { aboutKind, aboutResource, type Kind } from "./kind.ts";
import { finalizersOf, metaOf, nameOf } from "./meta.ts";
import type { Served } from "./registry.ts";
import { badRequest, cause, conflict, deleted, invalid, notFound, type Cause } from "./status.ts";
import { keyOf, type ObjectStore } from "./store.ts";
import type { Writing } from "./writing.ts";

/** meta/v1 DeleteOptions. */
export interface DeleteRequest {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: string | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly dryRun: boolean;
}

const policies = ["Foreground", "Background", "Orphan"];

/** Reads the body and the query of a delete. @throws Failure (400, 422) */
export function readDeleteRequest(body: string, query: URLSearchParams): DeleteRequest {
  let options: Json = {};
  if (body !== "") {
    try {
      options = JSON.parse(body) as Json;
    } catch {
      throw badRequest(`couldn't get version/kind; json parse error: ${syntaxError(body)}`);
    }
  }
  const given = isObject(options) ? options : {};
  if (body === "") {
    for (const name of ["propagationPolicy", "gracePeriodSeconds"]) {
      const value = query.get(name);
      if (value !== null) given[name] = name === "gracePeriodSeconds" ? Number(value) : value;
    }
    if (query.has("dryRun")) given["dryRun"] = query.getAll("dryRun");
  }
  const faults: Cause[] = [];
  const policy = text(given["propagationPolicy"]);
  const orphan = given["orphanDependents"];
  if (typeof orphan === "boolean" && policy !== undefined)
    faults.push(
      cause.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  else if (policy !== undefined && !policies.includes(policy))
    faults.push(cause.unsupported("propagationPolicy", policy, [...policies, "nil"]));
  const dryRun = Array.isArray(given["dryRun"]) ? given["dryRun"] : [];
  if (dryRun.some((one) => one !== "All")) faults.push(cause.unsupported("dryRun", dryRun, ["All"]));
  if (faults.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, faults);
  const preconditions = given["preconditions"];
  const grace = given["gracePeriodSeconds"];
  return {
    uid: text(field(preconditions, "uid")),
    resourceVersion: text(field(preconditions, "resourceVersion")),
    propagation: policy ?? (orphan === true ? "Orphan" : undefined),
    // A negative period counts as one second.
    gracePeriodSeconds: typeof grace === "number" ? (grace < 0 ? 1 : grace) : undefined,
    dryRun: dryRun.length > 0,
  };
}

/** Deletes objects: at once, after a grace period, or when the last finalizer goes. */
export class Deleting {
  readonly #store: ObjectStore;
  readonly #writing: Writing;
  readonly #clock: Clock;

  constructor(store: ObjectStore, writing: Writing, clock: Clock) {
    this.#store = store;
    this.#writing = writing;
    this.#clock = clock;
  }

  /** Returns the answer's body. @throws Failure */
  delete(served: Served, namespace: string | undefined, name: string, request: DeleteRequest): JsonObject {
    const { kind, table } = served;
    const key = keyOf(namespace, name);
    const object = table.object(key);
    if (object === undefined) throw notFound(aboutResource(kind, name));
    checkPreconditions(kind, object, request);
    const meta = metaOf(object);
    if (kind.plural === "namespaces" && kind.group === "") return this.#deleteNamespace(served, key, object, request);
    const old = copyOf(object);
    setPropagationFinalizer(object, request.propagation);
    const grace = request.gracePeriodSeconds ?? kind.rules.gracePeriodSeconds?.(object) ?? 0;
    const graceful =
      kind.rules.gracePeriodSeconds === undefined ? 0 : kind.rules.gracePeriodSeconds(object) === 0 ? 0 : grace;
    const held = finalizersOf(object).length > 0 || graceful > 0;
    if (!held) {
      if (!request.dryRun) {
        this.#store.remove(table, key);
        this.#writing.onStored(
          served,
          { ...object, metadata: { ...meta, deletionTimestamp: timeText(this.#clock) } },
          old,
        );
      }
      if (!kind.returnsDeleted) return removedAnswer(kind, object);
      return kind.rules.gracePeriodSeconds === undefined
        ? old
        : markDeleted(object, timeText(this.#clock), 0, meta["deletionTimestamp"] === undefined);
    }
    const before = Number(meta["deletionGracePeriodSeconds"] ?? 0);
    if (meta["deletionTimestamp"] === undefined) markDeleted(object, timeText(this.#clock, graceful), graceful, true);
    else if (graceful < before) {
      meta["deletionTimestamp"] = timeText(this.#clock, graceful);
      meta["deletionGracePeriodSeconds"] = graceful;
    } else return old;
    if (!request.dryRun) this.#writing.commit(served, key, object);
    return object;
  }

  #deleteNamespace(served: Served, key: string, object: JsonObject, request: DeleteRequest): JsonObject {
    const meta = metaOf(object);
    if (meta["deletionTimestamp"] !== undefined) return object;
    meta["deletionTimestamp"] = timeText(this.#clock);
    const { status } = object;
    if (isObject(status)) status["phase"] = "Terminating";
    if (!request.dryRun) this.#writing.commit(served, key, object);
    return object;
  }
}

function checkPreconditions(kind: Kind, object: JsonObject, request: DeleteRequest): void {
  const { uid, resourceVersion } = metaOf(object);
  const about = aboutKind(kind, nameOf(object));
  if (request.uid !== undefined && request.uid !== uid)
    throw conflict(
      about,
      `the UID in the precondition (${request.uid}) does not match the UID in record (${shown(uid)}). The object might have been deleted and then recreated`,
    );
  if (request.resourceVersion !== undefined && request.resourceVersion !== resourceVersion)
    throw conflict(
      about,
      `the ResourceVersion in the precondition (${request.resourceVersion}) does not match the ResourceVersion in record (${shown(resourceVersion)}). The object might have been modified`,
    );
}

/** The garbage collector's finalizers; nobody here takes them off but a client. */
function setPropagationFinalizer(object: JsonObject, propagation: string | undefined): void {
  const wanted = propagation === "Foreground" ? "foregroundDeletion" : propagation === "Orphan" ? "orphan" : undefined;
  if (wanted === undefined) return;
  const finalizers = finalizersOf(object);
  if (!finalizers.includes(wanted)) metaOf(object)["finalizers"] = [...finalizers, wanted];
}

function markDeleted(object: JsonObject, timestamp: string, grace: number, counts: boolean): JsonObject {
  const meta = metaOf(object);
  meta["deletionTimestamp"] = timestamp;
  meta["deletionGracePeriodSeconds"] = grace;
  if (counts && typeof meta["generation"] === "number") meta["generation"] += 1;
  return object;
}

function removedAnswer(kind: Kind, object: JsonObject): JsonObject {
  return deleted(aboutResource(kind, nameOf(object)), metaOf(object)["uid"] ?? "");
}
