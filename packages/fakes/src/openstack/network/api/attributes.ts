import type { Json } from "../../../http/message.ts";
import { badRequest, networkRefusal } from "../../refusal.ts";
import type { Release } from "../state/state.ts";

export type JsonObject = { [key: string]: Json };

/** One attribute of a resource: who may give it, what it is when nobody does, what is taken for a value. */
export interface Attribute {
  /** May be given when the resource is made. */
  readonly post?: boolean;
  /** May be changed. */
  readonly put?: boolean;
  /** What it is when it is not given; with neither this nor `optional` it must be. */
  readonly fallback?: Json;
  readonly optional?: boolean;
  /** Turns what was given into what is meant. @throws Refusal */
  readonly convert?: (value: Json) => Json;
  /** Why a value is not taken; `undefined` when it is. */
  readonly check?: (value: Json) => string | undefined;
  /** Lists may ask for it. */
  readonly filter?: boolean;
  /** Lists may be sorted by it. */
  readonly sort?: boolean;
  /** Giving it needs a right of its own. */
  readonly guarded?: boolean;
  /** Parts of it that need rights of their own. */
  readonly parts?: readonly string[];
  /** Turns the text of a filter into a value. @throws Refusal */
  readonly fromText?: (text: string) => Json;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What resources of one kind look like in requests. */
export interface Shape {
  /** As bodies name one of them. */
  readonly member: string;
  /** As bodies name many of them. */
  readonly collection: string;
  readonly attributes: Attributes;
  /** Whether several can be made in one call. */
  readonly bulk: boolean;
  /** Served by the older half of the API, which has words of its own for an empty body. */
  readonly old?: boolean;
}

/**
 * The JSON of a request.
 * @param old whether the older half of the API reads it
 * @throws Refusal when it is none, or no object
 */
export function parseBody(text: string, old = false): JsonObject {
  if (text === "") return {};
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    if (old) throw networkRefusal(400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON.");
    throw badRequest("Body contains invalid data");
  }
  if (!isObject(value)) throw badRequest("Body contains invalid data");
  return value;
}

const unrecognized = (names: readonly string[]): Error => badRequest(`Unrecognized attribute(s) '${names.join(", ")}'`);
const FOREIGN =
  "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.";

/** Zed knows the owner by both its names. */
const FOREIGN_ZED =
  "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc " +
  "privileges";

export interface Owner {
  readonly release: Release;
  readonly projectId: string | undefined;
  readonly isAdmin: boolean;
}

/** Both names of the owner are one attribute. */
function withOwner(given: JsonObject, owner: Owner, making: boolean): JsonObject {
  const { project_id: project, tenant_id: tenant, ...rest } = given;
  const asked = project ?? tenant;
  if (asked !== undefined && asked !== owner.projectId && !owner.isAdmin)
    throw badRequest(owner.release === "zed" ? FOREIGN_ZED : FOREIGN);
  if (!making) return asked === undefined ? rest : { ...rest, project_id: asked };
  const own = asked ?? owner.projectId;
  if (own === undefined) {
    const name = owner.release === "zed" ? "tenant_id" : "project_id";
    throw badRequest(`Running without keystone AuthN requires that ${name} is specified`);
  }
  return { ...rest, project_id: own };
}

/** A value with its conversion and its check. @throws Refusal */
function taken(name: string, attribute: Attribute, value: Json): Json {
  const converted = attribute.convert === undefined ? value : attribute.convert(value);
  const why = attribute.check?.(converted);
  if (why !== undefined) throw badRequest(`Invalid input for ${name}. Reason: ${why}.`);
  return converted;
}

function forPost(shape: Shape, given: Json | undefined, owner: Owner): JsonObject {
  if (given === undefined || given === null) throw badRequest(`Unable to find '${shape.member}' in request body`);
  if (!isObject(given)) throw badRequest(`Object '${shape.member}' contains invalid data`);
  const input = withOwner(given, owner, true);
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(shape.attributes, name));
  if (unknown.length > 0) throw unrecognized(unknown);
  const result: JsonObject = {};
  for (const [name, attribute] of Object.entries(shape.attributes)) {
    if (attribute.post !== true) {
      if (name in input) throw badRequest(`Attribute '${name}' not allowed in POST`);
    } else if (name in input) result[name] = input[name] ?? null;
    else if (attribute.fallback !== undefined) result[name] = attribute.fallback;
    else if (attribute.optional !== true)
      throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`);
  }
  for (const [name, attribute] of Object.entries(shape.attributes)) {
    const value = result[name];
    if (value !== undefined) result[name] = taken(name, attribute, value);
  }
  return result;
}

function forPut(shape: Shape, given: Json | undefined, owner: Owner): JsonObject {
  if (given === undefined || given === null) throw badRequest(`Unable to find '${shape.member}' in request body`);
  if (!isObject(given)) throw badRequest(`Object '${shape.member}' contains invalid data`);
  const input = withOwner(given, owner, false);
  const unknown = Object.keys(input).filter((name) => !Object.hasOwn(shape.attributes, name));
  if (unknown.length > 0) throw unrecognized(unknown);
  const fixed = Object.keys(input).find((name) => shape.attributes[name]?.put !== true);
  if (fixed !== undefined) throw badRequest(`Cannot update read-only attribute ${fixed}`);
  const result: JsonObject = {};
  for (const [name, attribute] of Object.entries(shape.attributes)) {
    const value = input[name];
    if (value !== undefined) result[name] = taken(name, attribute, value);
  }
  return result;
}

/** What a request asks to be made, each with its defaults. `many` when it was asked as a list. */
export function readCreate(
  shape: Shape,
  body: JsonObject,
  owner: Owner,
): { readonly many: boolean; readonly inputs: JsonObject[] } {
  if (shape.old === true && Object.keys(body).length === 0) throw badRequest("Resource body required");
  const list = body[shape.collection];
  if (list === undefined) return { many: false, inputs: [forPost(shape, body[shape.member], owner)] };
  if (!shape.bulk) throw badRequest("Bulk operation not supported");
  if (!Array.isArray(list) || list.length === 0) throw badRequest("Resources required");
  return { many: true, inputs: list.map((one) => forPost(shape, one, owner)) };
}

/** What a request asks to be changed. */
export function readUpdate(shape: Shape, body: JsonObject, owner: Owner): JsonObject {
  if (shape.collection in body) throw badRequest("Bulk operation not supported");
  return forPut(shape, body[shape.member], owner);
}
