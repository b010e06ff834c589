import type { Json } from "../../../http/message.ts";
import type { Attribute, Attributes, JsonObject } from "./attributes.ts";
import { networkRefusal, type Refusal } from "../../refusal.ts";
import type { Standard } from "../state/rows.ts";
import { string, toBoolean, uuid } from "./values.ts";

/** Attributes that many kinds of resource have. */
export const idAttribute: Attribute = { filter: true, sort: true };
export const nameAttribute: Attribute = {
  post: true,
  put: true,
  fallback: "",
  check: string(255),
  filter: true,
  sort: true,
};
export const projectAttribute: Attribute = { post: true, check: string(255), filter: true, sort: true };
export const readOnly: Attribute = {};
export const readOnlyFilter: Attribute = { filter: true };
export const booleanAttribute = (fallback: boolean, more: Partial<Attribute> = {}): Attribute => ({
  post: true,
  put: true,
  fallback,
  convert: toBoolean,
  fromText: toBoolean,
  filter: true,
  ...more,
});
export const stringAttribute = (limit: number, more: Partial<Attribute> = {}): Attribute => ({
  post: true,
  put: true,
  fallback: "",
  check: string(limit),
  filter: true,
  ...more,
});
export const idReference = (more: Partial<Attribute> = {}): Attribute => ({
  post: true,
  check: uuid,
  filter: true,
  sort: true,
  ...more,
});

export const revisionAttribute: Attribute = {
  filter: true,
  fromText: (text) => (/^\d+$/.test(text) ? Number(text) : text),
};
export const standardAttributes: Attributes = {
  revision_number: revisionAttribute,
  created_at: readOnly,
  updated_at: readOnly,
  description: stringAttribute(255),
};
export const tagAttributes: Attributes = { tags: { filter: true } };

/** What is shown of every resource. */
export const shownStandard = (row: Omit<Standard, "description"> & { description: string | null }): JsonObject => ({
  id: row.id,
  project_id: row.project_id,
  tenant_id: row.project_id,
  description: row.description,
  revision_number: row.revision_number,
  created_at: row.created_at,
  updated_at: row.updated_at,
});

export const notFound =
  (type: string, what: string) =>
  (id: string): Refusal =>
    networkRefusal(404, `${type}NotFound`, `${what} ${id} could not be found.`);

export const networkNotFound = notFound("Network", "Network");
export const subnetNotFound = notFound("Subnet", "Subnet");
export const portNotFound = notFound("Port", "Port");
export const routerNotFound = notFound("Router", "Router");
export const groupNotFound = (id: string): Refusal =>
  networkRefusal(404, "SecurityGroupNotFound", `Security group ${id} does not exist`);

export type { Json };
