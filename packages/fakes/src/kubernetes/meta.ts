import { equal, field, isObject, text, type Json, type JsonObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import { cause, type Cause } from "./status.ts";

/** ObjectMeta of an object; made when there is none. */
export function metaOf(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (isObject(metadata)) return metadata;
  const made: JsonObject = {};
  object["metadata"] = made;
  return made;
}

export function nameOf(object: JsonObject): string {
  return text(field(object["metadata"], "name")) ?? "";
}

export function finalizersOf(object: JsonObject): string[] {
  const list = field(object["metadata"], "finalizers");
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

const subdomainPattern = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;
const labelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const servicePattern = "[a-z]([-a-z0-9]*[a-z0-9])?";
const qualifiedPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const valuePattern = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";

const whole = (pattern: string): RegExp => new RegExp(`^(${pattern})$`);
const subdomain = whole(subdomainPattern);
const label = whole(labelPattern);
const service = whole(servicePattern);
const qualified = whole(qualifiedPattern);
const labelValue = whole(valuePattern);

const subdomainWords = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainPattern}')`;
const labelWords = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${labelPattern}')`;
const serviceWords = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${servicePattern}')`;
const nameWords = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedPattern}')`;
const valueWords = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${valuePattern}')`;
const tooLong = (max: number): string => `must be no more than ${max} bytes`;

/** What is wrong with a name by DNS rules, in the server's words. */
export function nameFaults(name: string, rule: Kind["nameRule"]): string[] {
  switch (rule) {
    case "path":
      if (name === "." || name === "..") return [`may not be '${name}'`];
      return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
    case "label":
      if (name.includes(".")) return ["must not contain dots"];
      return [...(name.length > 63 ? [tooLong(63)] : []), ...(label.test(name) ? [] : [labelWords])];
    case "service":
      return [...(name.length > 63 ? [tooLong(63)] : []), ...(service.test(name) ? [] : [serviceWords])];
    default:
      return [...(name.length > 253 ? [tooLong(253)] : []), ...(subdomain.test(name) ? [] : [subdomainWords])];
  }
}

/** What is wrong with the key of a label. */
export function qualifiedNameFaults(name: string): string[] {
  const parts = name.split("/");
  const [prefix, own] = parts.length === 1 ? [undefined, parts[0] ?? ""] : [parts[0] ?? "", parts[1] ?? ""];
  if (parts.length > 2)
    return [
      `a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedPattern}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const faults: string[] = [];
  if (prefix === "") faults.push("prefix part must be non-empty");
  else if (prefix !== undefined && !subdomain.test(prefix)) faults.push(`prefix part ${subdomainWords}`);
  if (own === "") faults.push("name part must be non-empty");
  else if (own.length > 63) faults.push(`name part ${tooLong(63)}`);
  if (!qualified.test(own)) faults.push(nameWords);
  return faults;
}

export function labelFaults(labels: Json | undefined, path: string): Cause[] {
  if (!isObject(labels)) return [];
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => [
      ...qualifiedNameFaults(key).map((why) => cause.invalid(path, key, why)),
      ...labelValueFaults(text(value) ?? "").map((why) => cause.invalid(path, text(value) ?? "", why)),
    ]);
}

/** What is wrong with the value of a label. */
export function labelValueFaults(value: string): string[] {
  return [...(value.length > 63 ? [tooLong(63)] : []), ...(labelValue.test(value) ? [] : [valueWords])];
}

/** What is wrong with the metadata of any object. */
export function metaFaults(object: JsonObject, kind: Kind): Cause[] {
  const meta = metaOf(object);
  const faults: Cause[] = [];
  const name = text(meta["name"]) ?? "";
  const prefix = text(meta["generateName"]);
  if (prefix !== undefined && prefix !== "")
    for (const why of nameFaults(`${prefix.replace(/-$/, "")}a`, kind.nameRule))
      faults.push(cause.invalid("metadata.generateName", prefix, why));
  if (name === "") faults.push(cause.required("metadata.name", "name or generateName is required"));
  else for (const why of nameFaults(name, kind.nameRule)) faults.push(cause.invalid("metadata.name", name, why));
  faults.push(...sharedFaults(meta));
  for (const finalizer of finalizersOf(object))
    for (const why of qualifiedNameFaults(finalizer)) faults.push(cause.invalid("metadata.finalizers", finalizer, why));
  return faults;
}

/** What create and update look at alike. */
function sharedFaults(meta: JsonObject): Cause[] {
  const annotations = isObject(meta["annotations"]) ? Object.keys(meta["annotations"]).toSorted() : [];
  return [
    ...labelFaults(meta["labels"], "metadata.labels"),
    ...annotations.flatMap((key) =>
      qualifiedNameFaults(key.toLowerCase()).map((why) => cause.invalid("metadata.annotations", key, why)),
    ),
    ...ownerFaults(meta["ownerReferences"]),
  ];
}

function ownerFaults(owners: Json | undefined): Cause[] {
  if (!Array.isArray(owners)) return [];
  const path = "metadata.ownerReferences";
  const faults = owners.flatMap((owner, index) =>
    ["apiVersion", "kind", "name", "uid"]
      .filter((name) => (text(field(owner, name)) ?? "") === "")
      .map((name) =>
        name === "apiVersion"
          ? cause.invalid(`${path}[${index}].apiVersion`, "", "version must not be empty")
          : cause.required(`${path}[${index}].${name}`, "must not be empty"),
      ),
  );
  const controllers = owners.filter((owner) => field(owner, "controller") === true);
  const [one, other] = controllers.map((owner) => `${text(field(owner, "kind"))}/${text(field(owner, "name"))}`);
  if (other !== undefined) {
    const detail = "Only one reference can have Controller set to true";
    faults.push(cause.invalid(path, owners, `${detail}. Found "true" in references for ${one} and ${other}`));
  }
  return faults;
}

/** Finalizers that are no domain's, of which the server warns. */
export function bareFinalizers(object: JsonObject): string[] {
  return finalizersOf(object).filter((name) => !name.includes("/") && !["orphan", "foregroundDeletion"].includes(name));
}

/** What an update may not do to the metadata of any object. */
export function metaUpdateFaults(object: JsonObject, old: JsonObject): Cause[] {
  const meta = metaOf(object);
  const before = metaOf(old);
  const faults: Cause[] = [];
  for (const name of [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ]) {
    if (!equal(meta[name] ?? null, before[name] ?? null))
      faults.push(cause.invalid(`metadata.${name}`, meta[name] ?? null, "field is immutable"));
  }
  const added = finalizersOf(object).filter((one) => !finalizersOf(old).includes(one));
  if (before["deletionTimestamp"] !== undefined && added.length > 0) {
    const list = added.map((one) => JSON.stringify(one)).join(", ");
    faults.push(
      cause.forbidden(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
      ),
    );
  }
  return [...faults, ...sharedFaults(meta)];
}
