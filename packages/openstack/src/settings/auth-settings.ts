import type { Auth } from "../identity/credentials.ts";
import { configError } from "../errors.ts";
import type { Interface } from "../catalog.ts";

/** Where single settings come from: environment variables, or an entry of `clouds.yaml`. */
export interface SettingSource {
  /** The value of `auth_url`, `project_name`, ...; undefined when it is unset or empty. */
  readonly get: (name: string) => string | undefined;
  /** What the setting is called there, for messages. */
  readonly describe: (name: string) => string;
  /** What to do about a setting that is missing. */
  readonly hint: string;
}

/** The names {@link readAuth} asks for, in the spelling of keystoneauth's plugins. */
export const AUTH_SETTINGS: readonly string[] = [
  "auth_url",
  "username",
  "user_id",
  "user_domain_name",
  "user_domain_id",
  "password",
  "token",
  "project_name",
  "project_id",
  "tenant_name",
  "tenant_id",
  "project_domain_name",
  "project_domain_id",
  "default_domain_name",
  "default_domain_id",
  "domain_name",
  "domain_id",
  "system_scope",
  "application_credential_id",
  "application_credential_name",
  "application_credential_secret",
];

const TYPES: ReadonlyMap<string, Auth["type"]> = new Map([
  ["password", "password"],
  ["v3password", "password"],
  ["token", "token"],
  ["v3token", "token"],
  ["v3applicationcredential", "application-credential"],
]);

/**
 * Credentials from settings named as keystoneauth names them. Without `auth_type` the way is seen from what is set.
 *
 * @throws config naming the setting that is missing or wrong, never its value when that may be a secret.
 */
export function readAuth(source: SettingSource): Auth {
  const { get } = source;
  const required = (name: string): string => {
    const value = get(name);
    if (value === undefined) {
      throw configError(`${source.describe(name)} is not set`, source.hint, { code: "OPENSTACK_CONFIG_MISSING" });
    }
    return value;
  };
  const authUrl = required("auth_url");
  const defaultDomain = { id: get("default_domain_id"), name: get("default_domain_name") };
  const userDomain = domainOf(get("user_domain_id"), get("user_domain_name"), defaultDomain);
  const projectDomain = domainOf(get("project_domain_id"), get("project_domain_name"), defaultDomain);
  const user = {
    username: get("username"),
    userId: get("user_id"),
    userDomainName: userDomain.name,
    userDomainId: userDomain.id,
  };
  const scope = {
    projectName: get("project_name") ?? get("tenant_name"),
    projectId: get("project_id") ?? get("tenant_id"),
    projectDomainName: projectDomain.name,
    projectDomainId: projectDomain.id,
    domainName: get("domain_name"),
    domainId: get("domain_id"),
    system: readSystemScope(source),
  };
  const type = readType(source);
  if (type === "token") return { type, authUrl, ...scope, token: required("token") };
  if (type === "password") return { type, authUrl, ...user, ...scope, password: required("password") };
  return {
    type,
    authUrl,
    ...user,
    id: get("application_credential_id"),
    name: get("application_credential_name"),
    secret: required("application_credential_secret"),
  };
}

interface Domain {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

function domainOf(id: string | undefined, name: string | undefined, otherwise: Domain): Domain {
  return id === undefined && name === undefined ? otherwise : { id, name };
}

function readType({ get, describe }: SettingSource): Auth["type"] {
  const named = get("auth_type");
  if (named === undefined) {
    if (get("application_credential_secret") !== undefined) return "application-credential";
    return get("token") === undefined ? "password" : "token";
  }
  const type = TYPES.get(named);
  if (type === undefined) {
    throw configError(
      `${describe("auth_type")}=${shown(named)} is not supported`,
      `Use one of: ${[...TYPES.keys()].join(", ")}.`,
      { code: "OPENSTACK_AUTH_TYPE" },
    );
  }
  return type;
}

function readSystemScope({ get, describe }: SettingSource): boolean | undefined {
  const value = get("system_scope");
  if (value === undefined || value === "all") return value === "all";
  throw configError(`${describe("system_scope")}=${shown(value)} is not a scope`, "Use all.");
}

/** The interface that `name` holds; `publicURL` counts as `public`. @throws config for anything else. */
export function readInterface({ get, describe }: SettingSource, name: string): Interface | undefined {
  const value = get(name)?.replace(/URL$/, "");
  if (value === undefined || value === "public" || value === "internal" || value === "admin") return value;
  throw configError(`${describe(name)}=${shown(value)} is not an interface`, "Use public, internal or admin.");
}

/** True for what openstacksdk takes for true, false for what it takes for false. @throws config for anything else. */
export function readFlag({ get, describe }: SettingSource, name: string): boolean | undefined {
  const value = get(name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (["1", "true", "yes", "on"].includes(value)) return true;
  if (["0", "false", "no", "off"].includes(value)) return false;
  throw configError(`${describe(name)}=${shown(value)} is neither true nor false`, "Use true or false.");
}

/** A value that may be said, unless it does not look like a word of a settings file: a shifted line may be a secret. */
export function shown(value: string): string {
  return /^[a-z][a-z_-]{0,39}(3[a-z]+)?$/i.test(value) ? value : "***";
}
