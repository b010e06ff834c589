import type { JsonObject } from "./json.ts";
import type { Schema } from "./schema.ts";
import type { About, Cause } from "./status.ts";
import type { TableKind } from "./store.ts";

/** What rules of a kind may look at beside the object. */
export interface RuleContext {
  /** RFC 3339, whole seconds. */
  readonly now: string;
  /** Five characters that nobody else gets. */
  generateSuffix(): string;
  /** An object of another kind, by the plural and the key. */
  find(plural: string, key: string): JsonObject | undefined;
}

/** What is particular to a kind. All change the object in place. */
export interface KindRules {
  /** Values that the server fills in on every write. */
  readonly defaults?: (object: JsonObject) => void;
  /** What only a create does, after defaults. @throws Failure */
  readonly prepareCreate?: (object: JsonObject, context: RuleContext) => void;
  /** What an update may not change is put back; `subresource` is "status" or undefined. */
  readonly prepareUpdate?: (object: JsonObject, old: JsonObject, subresource: string | undefined) => void;
  /** Whether a change beside the content makes a new generation. */
  readonly counts?: (object: JsonObject, old: JsonObject) => boolean;
  readonly validate?: (object: JsonObject, old: JsonObject | undefined) => Cause[];
  /** Seconds between the request to delete and the end, when nobody asks for others. */
  readonly gracePeriodSeconds?: (object: JsonObject) => number | undefined;
}

/** One resource that the server serves. */
export interface Kind extends TableKind {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** Of a CustomResourceDefinition. */
  readonly custom: boolean;
  readonly hasStatus: boolean;
  /** Of the whole object, metadata included. */
  readonly schema: Schema;
  /** What an object without content has: its fields have no owner as such. */
  readonly empty: JsonObject;
  /** A PUT without a resourceVersion wins over everybody. */
  readonly unconditionalUpdate: boolean;
  /** A PUT to a name that nobody has creates it. */
  readonly createOnUpdate: boolean;
  /** A delete is answered with the object that is gone. */
  readonly returnsDeleted: boolean;
  /** The generation grows with every change of the spec. */
  readonly hasGeneration: boolean;
  /** Names are DNS labels, not subdomains; `path` for RBAC kinds: anything but slashes. */
  readonly nameRule: "subdomain" | "label" | "service" | "path";
  readonly rules: KindRules;
}

export function groupVersion(kind: Pick<Kind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** For answers about a resource. */
export function aboutResource(kind: Kind, name?: string): About {
  return { group: kind.group, kind: kind.plural, name };
}

/** For answers about an object's content. */
export function aboutKind(kind: Kind, name?: string): About {
  return { group: kind.group, kind: kind.kind, name };
}
