import { readFileSync } from "node:fs";

import { connect, type Auth, type AuthScope, type Cloud, type CloudOptions } from "@kuryr/openstack";

import { KuryrError } from "../api/errors.ts";
import type { Configuration } from "../config/load.ts";

type NeutronSection = Configuration["neutron"];

const interfaces = ["public", "internal", "admin"] as const;

const missing = (option: string): KuryrError =>
  new KuryrError(
    "KURYR_CONFIG_REQUIRED",
    `[neutron]${option} is missing`,
    "set it in kuryr.conf (the Secret of the controller) and restart",
  );

/** Connects to the cloud as `[neutron]` says. The section has its name from the original; it serves all of OpenStack. */
export function connectCloud(
  config: NeutronSection,
  hooks: Pick<CloudOptions, "onRequest" | "admitWrite"> = {},
): Cloud {
  const wanted = interfaces.find((one) => one === config.endpoint_type);
  if (wanted === undefined) {
    throw new KuryrError(
      "KURYR_CONFIG_VALUE",
      `[neutron]endpoint_type: "${config.endpoint_type}" is none of ${interfaces.join(", ")}`,
      "mend kuryr.conf and restart",
    );
  }
  return connect({
    auth: authOf(config),
    interface: wanted,
    ...(config.region_name === "" ? {} : { region: config.region_name }),
    tls: { ...(config.cafile === "" ? {} : { ca: readFileSync(config.cafile) }), insecure: config.insecure },
    userAgent: "kuryr-controller",
    ...hooks,
  });
}

/** How to log in, by `auth_type`. @throws KuryrError for options that it needs and that are empty */
export function authOf(config: NeutronSection): Auth {
  const authUrl = needed(config, "auth_url");
  switch (config.auth_type) {
    case "v3applicationcredential": {
      const secret = needed(config, "application_credential_secret");
      const id = config.application_credential_id;
      if (id !== "") return { type: "application-credential", authUrl, id, secret };
      const name = needed(config, "application_credential_name");
      return { type: "application-credential", authUrl, name, secret, ...userOf(config) };
    }
    case "token":
    case "v3token":
      return { type: "token", authUrl, token: needed(config, "token"), ...scopeOf(config) };
    default:
      return { type: "password", authUrl, password: needed(config, "password"), ...userOf(config), ...scopeOf(config) };
  }
}

function needed(config: NeutronSection, option: keyof NeutronSection): string {
  const value = config[option];
  if (typeof value !== "string" || value === "") throw missing(option);
  return value;
}

type User = Pick<Extract<Auth, { type: "password" }>, "username" | "userId" | "userDomainName" | "userDomainId">;

function userOf(config: NeutronSection): User {
  if (config.user_id !== "") return { userId: config.user_id };
  const username = needed(config, "username");
  return config.user_domain_id === ""
    ? { username, userDomainName: config.user_domain_name }
    : { username, userDomainId: config.user_domain_id };
}

function scopeOf(config: NeutronSection): AuthScope {
  if (config.project_id !== "") return { projectId: config.project_id };
  const projectName = needed(config, "project_name");
  return config.project_domain_id === ""
    ? { projectName, projectDomainName: config.project_domain_name }
    : { projectName, projectDomainId: config.project_domain_id };
}
