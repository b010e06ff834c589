import { at, copyOf, equal, isObject, shown, text, type JsonObject } from "./json.ts";
import { aboutKind, aboutResource, groupVersion, type Kind } from "./kind.ts";
import { metaFaults, metaOf, metaUpdateFaults, nameOf } from "./meta.ts";
import type { Registry } from "./registry.ts";
import { prune } from "./schema.ts";
import { validate } from "./schema-validation.ts";
import { badRequest, type Cause, cause, conflict, forbidden, invalid, notFound, unexpected } from "./status.ts";

/** Gives an object the namespace of its path. @throws Failure (400) when it names another */
export function placeIn(namespace: string | undefined, meta: JsonObject): void {
  const given = text(meta["namespace"]) ?? "";
  if (given !== "" && given !== (namespace ?? ""))
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (namespace === undefined) delete meta["namespace"];
  else meta["namespace"] = namespace;
}

/** NamespaceLifecycle: nothing new in a namespace that is not there, or that is going. @throws Failure (403, 404) */
export function admitToNamespace(
  registry: Registry,
  kind: Kind,
  namespace: string | undefined,
  object: JsonObject,
): void {
  if (namespace === undefined) return;
  const space = registry.find("v1", "namespaces")?.table.object(namespace);
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

/** Everything that is wrong with an object. @throws Failure (422) */
export function checkObject(
  kind: Kind,
  object: JsonObject,
  old: JsonObject | undefined,
  subresource: string | undefined,
): void {
  const faults: Cause[] = [];
  if (old === undefined) faults.push(...metaFaults(object, kind));
  else {
    const update = metaUpdateFaults(object, old);
    // Custom resources are looked at three times: as any object new and changed, and as what they are.
    if (kind.custom) faults.push(...metaFaults(object, kind), ...update);
    faults.push(...update);
  }
  if (kind.custom) faults.push(...contentFaults(kind, object, subresource));
  else faults.push(...(kind.rules.validate?.(object, old) ?? []));
  if (faults.length > 0) throw invalid(aboutKind(kind, nameOf(object)), faults);
}

/** Another kind in the body of a custom resource is a fault of its content. */
export function checkKind(kind: Kind, object: JsonObject): void {
  if (!kind.custom || object["kind"] === kind.kind) return;
  throw invalid({ group: kind.group, kind: shown(object["kind"]), name: nameOf(object) }, [
    cause.invalid("kind", object["kind"] ?? "", `must be ${kind.kind}`),
  ]);
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
export function ignoredBy(kind: Kind, subresource: string | undefined): readonly string[] {
  if (!kind.hasStatus) return [];
  return subresource === "status"
    ? Object.keys(kind.schema.properties ?? {}).filter((name) => name !== "status")
    : ["status"];
}

/** @throws Failure (500) for a field that the schema does not have: an apply cannot own it */
export function checkDeclared(kind: Kind, config: JsonObject): void {
  const gone: string[] = [];
  prune(copyOf(config), kind.schema, "", gone);
  const [first] = gone;
  if (first === undefined) return;
  const { namespace, name } = metaOf(config);
  const place = `${text(namespace) ?? ""}/${text(name) ?? ""}; ${groupVersion(kind).includes("/") ? "" : "/"}${groupVersion(kind)}, Kind=${kind.kind}`;
  throw unexpected(`failed to create typed patch object (${place}): .${first}: field not declared in schema`);
}

/** Whether anything but the metadata and the status differs. */
export function contentChanged(object: JsonObject, old: JsonObject): boolean {
  const content = ({ metadata: _m, status: _s, ...rest }: JsonObject): JsonObject => rest;
  return !equal(content(object), content(old));
}

/** Puts a member back to what it was. */
export function restore(object: JsonObject, old: JsonObject, name: string): void {
  const value = old[name];
  if (value === undefined) delete object[name];
  else object[name] = value;
}

/** Type and metadata first. */
export function objectInOrder(object: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  return { apiVersion, kind, metadata, ...rest };
}

/** What a body with unknown fields is answered. */
export function strictBodyFault(kind: Kind, faults: string): Error {
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${faults}`,
  );
}

/** What a write to another object of the same name is answered. */
export function uidConflict(
  kind: Kind,
  namespace: string | undefined,
  name: string,
  uid: string,
  found: string,
): Error {
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  const folder = kind.custom ? `${kind.group}/${kind.plural}` : kind.plural;
  return conflict(
    aboutResource(kind, name),
    `StorageError: invalid object, Code: 4, Key: /registry/${folder}/${place}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`,
  );
}
