import { timeText, type Clock } from "./clock.ts";
import { at, field, isObject, text, type Json, type JsonObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import { nameOf } from "./meta.ts";
import type { Registry } from "./registry.ts";
import { definition, type Schema } from "./schema.ts";
import { cause, type Cause } from "./status.ts";

/** What a CustomResourceDefinition says of the resource that it makes, by version. */
export function kindsOf(crd: JsonObject): Kind[] {
  const names = at(crd, "spec", "names");
  const group = text(at(crd, "spec", "group")) ?? "";
  const versions = at(crd, "spec", "versions");
  if (!Array.isArray(versions)) return [];
  return versions
    .filter((one) => field(one, "served") === true)
    .map((one) => {
      const version = text(field(one, "name")) ?? "";
      const kind = text(field(names, "kind")) ?? "";
      const schema = at(one, "schema", "openAPIV3Schema");
      const selectable = field(one, "selectableFields");
      const paths = Array.isArray(selectable)
        ? selectable.map((path) => (text(field(path, "jsonPath")) ?? "").slice(1))
        : [];
      const shortNames = field(names, "shortNames");
      return {
        group,
        version,
        apiVersion: `${group}/${version}`,
        plural: text(field(names, "plural")) ?? "",
        singular: text(field(names, "singular")) ?? "",
        kind,
        listKind: text(field(names, "listKind")) ?? `${kind}List`,
        shortNames: Array.isArray(shortNames) ? shortNames.map(String) : [],
        namespaced: at(crd, "spec", "scope") === "Namespaced",
        custom: true,
        typedItems: true,
        hasStatus: at(one, "subresources", "status") !== undefined,
        selectableFields: paths,
        schema: wholeSchema(isObject(schema) ? schema : {}),
        empty: {},
        unconditionalUpdate: false,
        createOnUpdate: false,
        returnsDeleted: false,
        hasGeneration: true,
        nameRule: "subdomain",
        rules: {},
      } satisfies Kind;
    });
}

/** The schema of a definition with what every object has. */
function wholeSchema(schema: Schema): Schema {
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: definition("meta.v1.ObjectMeta"),
    },
  };
}

/** Fills in what the server does of a definition's names. */
export function defaultDefinition(crd: JsonObject): void {
  const spec = crd["spec"];
  const names = field(spec, "names");
  if (!isObject(spec) || !isObject(names)) return;
  names["singular"] ??= (text(names["kind"]) ?? "").toLowerCase();
  names["listKind"] ??= `${text(names["kind"]) ?? ""}List`;
  if (spec["conversion"] === undefined) spec["conversion"] = { strategy: "None" };
}

/** A new definition has stored nothing yet and is not established. */
export function beginDefinition(crd: JsonObject): void {
  crd["status"] = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: storedVersions(crd) };
}

function storedVersions(crd: JsonObject): Json[] {
  const versions = at(crd, "spec", "versions");
  if (!Array.isArray(versions)) return [];
  return versions.filter((one) => field(one, "storage") === true).map((one) => field(one, "name") ?? "");
}

export function definitionFaults(crd: JsonObject): Cause[] {
  const faults: Cause[] = [];
  const group = text(at(crd, "spec", "group")) ?? "";
  const plural = text(at(crd, "spec", "names", "plural")) ?? "";
  if (nameOf(crd) !== `${plural}.${group}`)
    faults.push(cause.invalid("metadata.name", nameOf(crd), `must be spec.names.plural+"."+spec.group`));
  return faults;
}

/** Serves what a stored definition describes, and says so in its status. */
export class Definitions {
  readonly #registry: Registry;
  readonly #clock: Clock;

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Call for each new state of a definition; returns the state with its status. */
  establish(crd: JsonObject): JsonObject {
    for (const kind of kindsOf(crd)) {
      const known = this.#registry.find(kind.apiVersion, kind.plural);
      if (known === undefined) this.#registry.add(kind);
      else this.#registry.change(kind, known.table);
    }
    const now = timeText(this.#clock);
    const condition = (type: string, reason: string, message: string): JsonObject => ({
      type,
      status: "True",
      lastTransitionTime: now,
      reason,
      message,
    });
    return {
      ...crd,
      status: {
        conditions: [
          condition("NamesAccepted", "NoConflicts", "no conflicts found"),
          condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        acceptedNames: at(crd, "spec", "names") ?? {},
        storedVersions: storedVersions(crd),
      },
    };
  }

  /** Call when a definition is deleted: its objects go with it. */
  withdraw(crd: JsonObject): void {
    for (const kind of kindsOf(crd)) this.#registry.remove(kind);
  }
}
