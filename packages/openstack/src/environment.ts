import { readFileSync } from "node:fs";
import type { Interface } from "./catalog.ts";
import type { CloudOptions } from "./cloud.ts";
import type { Auth } from "./credentials.ts";
import { configError } from "./errors.ts";

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings from the `OS_*` variables that an openrc file sets: OS_AUTH_URL, OS_AUTH_TYPE, user, project and domains by
 * name or id, OS_DOMAIN_*, OS_SYSTEM_SCOPE, OS_APPLICATION_CREDENTIAL_*, OS_TOKEN, OS_REGION_NAME, OS_INTERFACE, OS_CACERT (a file), OS_CERT and
 * OS_KEY (files), OS_INSECURE. Empty variables count as unset. `clouds.yaml` (OS_CLOUD) is not read.
 *
 * @throws config naming the variable that is missing or wrong.
 */
export function fromEnvironment(environment: Environment, readFile = readText): CloudOptions {
  const variable = (name: string): string | undefined => {
    const value = environment[name];
    return value === "" ? undefined : value;
  };
  if (variable("OS_CLOUD") !== undefined && variable("OS_AUTH_URL") === undefined) {
    throw configError("OS_CLOUD names an entry of clouds.yaml, which is not read", "Set OS_AUTH_URL and the user.");
  }
  const file = (name: string): string | undefined => {
    const path = variable(name);
    if (path === undefined) return undefined;
    try {
      return readFile(path);
    } catch (error) {
      throw configError(`${name}: ${path} cannot be read`, "Correct the path.", { cause: error });
    }
  };
  return {
    auth: authFrom(variable),
    region: variable("OS_REGION_NAME"),
    interface: interfaceFrom(variable("OS_INTERFACE") ?? variable("OS_ENDPOINT_TYPE")),
    tls: {
      ca: file("OS_CACERT"),
      clientCert: file("OS_CERT"),
      clientKey: file("OS_KEY"),
      insecure: ["1", "true", "yes"].includes((variable("OS_INSECURE") ?? "").toLowerCase()),
    },
  };
}

function authFrom(variable: (name: string) => string | undefined): Auth {
  const required = (name: string): string => {
    const value = variable(name);
    if (value === undefined) throw configError(`${name} is not set`, "Source the openrc file of the project first.");
    return value;
  };
  const authUrl = required("OS_AUTH_URL");
  const user = {
    username: variable("OS_USERNAME"),
    userId: variable("OS_USER_ID"),
    userDomainName: variable("OS_USER_DOMAIN_NAME"),
    userDomainId: variable("OS_USER_DOMAIN_ID"),
  };
  const scope = {
    projectName: variable("OS_PROJECT_NAME") ?? variable("OS_TENANT_NAME"),
    projectId: variable("OS_PROJECT_ID") ?? variable("OS_TENANT_ID"),
    projectDomainName: variable("OS_PROJECT_DOMAIN_NAME"),
    projectDomainId: variable("OS_PROJECT_DOMAIN_ID"),
    domainName: variable("OS_DOMAIN_NAME"),
    domainId: variable("OS_DOMAIN_ID"),
    system: systemFrom(variable("OS_SYSTEM_SCOPE")),
  };
  const type = typeFrom(variable);
  if (type === "token") return { type, authUrl, ...scope, token: required("OS_TOKEN") };
  if (type === "password") return { type, authUrl, ...user, ...scope, password: required("OS_PASSWORD") };
  return {
    type,
    authUrl,
    ...user,
    id: variable("OS_APPLICATION_CREDENTIAL_ID"),
    name: variable("OS_APPLICATION_CREDENTIAL_NAME"),
    secret: required("OS_APPLICATION_CREDENTIAL_SECRET"),
  };
}

const TYPES: ReadonlyMap<string, Auth["type"]> = new Map([
  ["password", "password"],
  ["v3password", "password"],
  ["token", "token"],
  ["v3token", "token"],
  ["v3applicationcredential", "application-credential"],
]);

function typeFrom(variable: (name: string) => string | undefined): Auth["type"] {
  const named = variable("OS_AUTH_TYPE");
  if (named === undefined) {
    if (variable("OS_APPLICATION_CREDENTIAL_SECRET") !== undefined) return "application-credential";
    return variable("OS_TOKEN") === undefined ? "password" : "token";
  }
  const type = TYPES.get(named);
  if (type === undefined) {
    throw configError(`OS_AUTH_TYPE=${named} is not supported`, `Use one of: ${[...TYPES.keys()].join(", ")}.`);
  }
  return type;
}

function systemFrom(value: string | undefined): boolean | undefined {
  if (value === undefined || value === "all") return value === "all";
  throw configError(`OS_SYSTEM_SCOPE=${value} is not a scope`, "Use all.");
}

function interfaceFrom(value: string | undefined): Interface | undefined {
  if (value === undefined) return undefined;
  const name = value.replace(/URL$/, "");
  if (name === "public" || name === "internal" || name === "admin") return name;
  throw configError(`OS_INTERFACE=${value} is not an interface`, "Use public, internal or admin.");
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}
