import type { Caller } from "../../identity/state.ts";
import { networkRefusal, type Refusal } from "../../refusal.ts";
import type { Attributes, JsonObject } from "./attributes.ts";
import type { Network } from "../state/rows.ts";
import type { Release } from "../state/state.ts";

/** What a right is about. */
export interface Target {
  readonly projectId: string;
  /** The network that a port or subnet is on. */
  readonly network?: Network | undefined;
  readonly deviceOwner?: string;
  readonly shared?: boolean;
}

export type Rule = (caller: Caller, target: Target) => boolean;

/** Rights of one kind of resource. Source: the policy defaults of each release, with Kuryr's overrides. */
export interface Rights {
  readonly get: Rule;
  readonly create: Rule;
  readonly update: Rule;
  readonly remove: Rule;
  /** By `create:attribute`, `update:attribute` or `get:attribute`; what is not named is the owner's. */
  readonly attributes: Readonly<Record<string, Rule>>;
}

export const admin: Rule = (caller) => caller.isAdmin;
const owns: Rule = (caller, target) => caller.projectId !== undefined && caller.projectId === target.projectId;
export const any =
  (...rules: readonly Rule[]): Rule =>
  (caller, target) =>
    rules.some((rule) => rule(caller, target));
export const all =
  (...rules: readonly Rule[]): Rule =>
  (caller, target) =>
    rules.every((rule) => rule(caller, target));
export const service: Rule = (caller) => caller.roles.has("service");
export const kuryr: Rule = all((caller) => caller.roles.has("kuryr"), owns);
export const ownsNetwork: Rule = (caller, target) =>
  caller.projectId !== undefined && caller.projectId === target.network?.project_id;
export const sharedNetwork: Rule = (_caller, target) => target.network?.shared === true;

/** Rules that differ by release: Zed still lets the old ones stand beside the new, for which roles do not count. */
export function rulesOf(release: Release) {
  const role =
    (name: string): Rule =>
    (caller) =>
      release === "zed" || caller.roles.has(name);
  return {
    role,
    reader: any(admin, all(role("reader"), owns)),
    member: any(admin, all(role("member"), owns)),
  };
}

/** Whether giving an attribute needs its own right. */
function isSet(attributes: Attributes, name: string, given: JsonObject, making: boolean): boolean {
  const value = given[name];
  if (value === undefined) return false;
  if (!making) return true;
  const { fallback } = attributes[name] ?? {};
  return fallback === undefined || JSON.stringify(fallback) !== JSON.stringify(value);
}

/** Names of rules for the parts of an attribute that were given. */
function partsOf(attributes: Attributes, name: string, value: JsonObject[string]): string[] {
  const known = attributes[name]?.parts ?? [];
  const objects = Array.isArray(value) ? value : [value];
  const given = objects.flatMap((one) =>
    typeof one === "object" && one !== null && !Array.isArray(one) ? Object.keys(one) : [],
  );
  return [...new Set(given)].filter((part) => known.includes(part));
}

export interface Asked {
  readonly action: "create" | "update";
  readonly member: string;
  readonly attributes: Attributes;
  readonly given: JsonObject;
}

/** Why a caller may not make or change something; `undefined` when it may. The words are those of the policy engine. */
export function refusalOf(rights: Rights, asked: Asked, caller: Caller, target: Target): Refusal | undefined {
  const { action, member, attributes, given } = asked;
  const base = `${action}_${member}`;
  let allowed = rights[action](caller, target);
  let text = `rule:${base}`;
  const holds = (name: string): boolean => (rights.attributes[`${action}:${name}`] ?? any(admin, owns))(caller, target);
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = given[name];
    if (attribute.guarded !== true || value === undefined || !isSet(attributes, name, given, action === "create"))
      continue;
    let attributeText = `rule:${base}:${name}`;
    allowed &&= holds(name);
    const parts = partsOf(attributes, name, value);
    if (parts.length > 0) {
      const texts = parts.map((part) => `rule:${base}:${name}:${part}`);
      attributeText = `(${attributeText} and (${texts.join(" and ")}))`;
      allowed &&= parts.every((part) => holds(`${name}:${part}`));
    }
    text = `(${text} and ${attributeText})`;
  }
  return allowed ? undefined : disallowed(text);
}

export const disallowed = (text: string): Refusal =>
  networkRefusal(403, "PolicyNotAuthorized", `${text} is disallowed by policy`);
