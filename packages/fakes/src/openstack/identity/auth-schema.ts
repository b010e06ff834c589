import type { Json } from "../../http/message.ts";
import type { Release } from "../network/state/state.ts";
import { pythonPretty, sortedKeys } from "../python.ts";
import { identityRefusal } from "../refusal.ts";

const text: Json = { type: "string" };
const named = (more: { [key: string]: Json } = {}): Json => ({
  type: "object",
  properties: { id: text, name: text, ...more },
});
const IDENTITY: Json = {
  type: "object",
  properties: {
    methods: { type: "array", items: text },
    password: { type: "object", properties: { user: named({ password: text, domain: named() }) } },
    token: { type: "object", properties: { id: text }, required: ["id"] },
  },
  required: ["methods"],
};
const AUTH: Json = {
  type: "object",
  properties: {
    identity: IDENTITY,
    scope: {
      type: ["object", "string"],
      properties: {
        project: { type: "object", properties: { name: text, id: text, domain: named() } },
        domain: named(),
        "OS-TRUST:trust": { type: "object", properties: { id: text } },
        system: { type: "object", properties: { all: { type: "boolean", enum: [true, false, null] } } },
      },
    },
  },
  required: ["identity"],
};

/** Keystone prints the part of its schema that a request does not fit, with Python's pretty printer. */
function missing(release: Release, name: string, where: "" | "identity", schema: Json, instance: Json): Error {
  const path = where === "" ? "" : `['properties']['${where}']`;
  const head = where === "" ? "" : `Invalid input for field '${where}': `;
  const at = where === "" ? "" : `['${where}']`;
  const shown = pythonPretty(release === "zed" ? sortedKeys(schema) : schema, 72).replaceAll(/^/gm, "    ");
  const message =
    `${head}'${name}' is a required property\n\nFailed validating 'required' in schema${path}:\n${shown}` +
    `\n\nOn instance${at}:\n${pythonPretty(instance, 72).replaceAll(/^/gm, "    ")}`;
  return identityRefusal(400, "Bad Request", message);
}

const ASSUMED =
  "The server could not comply with the request since it is either malformed or otherwise incorrect. " +
  "The client is assumed to be in error.";

export const malformed = (expected: string): Error =>
  identityRefusal(400, "Bad Request", `Expecting to find ${expected} in request body. ${ASSUMED}`);

type JsonObject = { readonly [key: string]: Json };

export function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The two parts of an authentication. @throws Refusal when one is missing */
export function authParts(
  release: Release,
  body: Json,
): {
  readonly identity: JsonObject;
  readonly methods: string[];
  readonly scope: Json | undefined;
} {
  const auth = isObject(body) ? body["auth"] : undefined;
  if (!isObject(auth)) throw malformed("auth");
  const identity = auth["identity"];
  if (!isObject(identity)) throw missing(release, "identity", "", AUTH, auth);
  const methods = identity["methods"];
  if (!Array.isArray(methods)) throw missing(release, "methods", "identity", IDENTITY, identity);
  return { identity, methods: methods.filter((one): one is string => typeof one === "string"), scope: auth["scope"] };
}

const idText: Json = { type: ["string", "null"], minLength: 1, maxLength: 64, pattern: "^[a-zA-Z0-9-]+$" };
const flag: Json = { type: "boolean", enum: [true, false, null] };
const PROJECT: Json = {
  type: "object",
  additionalProperties: true,
  properties: {
    description: { type: ["string", "null"] },
    domain_id: idText,
    enabled: flag,
    is_domain: flag,
    name: { type: "string", minLength: 1, maxLength: 64, pattern: "[\\S]+" },
    options: {
      type: "object",
      additionalProperties: false,
      properties: { immutable: { type: ["boolean", "null"], enum: [true, false, null] } },
    },
    parent_id: idText,
    tags: {
      type: "array",
      items: { type: "string", minLength: 1, maxLength: 255, pattern: "^[^,/]*$" },
      required: [],
      maxItems: 80,
      uniqueItems: true,
    },
  },
  required: ["name"],
};

/** What is said to the making of something without a name. */
export function nameless(release: Release, kind: string, instance: JsonObject): Error {
  if (release === "zed" && kind === "project") return missing(release, "name", "", PROJECT, instance);
  const message = `Invalid input for field/attribute ${kind}. Value: {}. 'name' is a required property`;
  return identityRefusal(400, "Bad Request", message);
}
