import { readFileSync } from "node:fs";

import { connect, type Cloud } from "@kuryr/openstack";

import { KuryrError } from "../api/errors.ts";
import type { Configuration } from "../config/load.ts";

const interfaces = ["public", "internal", "admin"] as const;

/** Connects to the cloud as `[neutron]` says. The section has its name from the original; it serves all of OpenStack. */
export function connectCloud(config: Configuration["neutron"]): Cloud {
  for (const option of ["auth_url", "username", "password", "project_name"] as const) {
    if (config[option] === "") {
      throw new KuryrError(
        "KURYR_CONFIG_REQUIRED",
        `[neutron]${option} is missing`,
        "set it in kuryr.conf (the Secret of the controller) and restart",
      );
    }
  }
  const wanted = interfaces.find((one) => one === config.endpoint_type);
  if (wanted === undefined) {
    throw new KuryrError(
      "KURYR_CONFIG_VALUE",
      `[neutron]endpoint_type: "${config.endpoint_type}" is none of ${interfaces.join(", ")}`,
      "mend kuryr.conf and restart",
    );
  }
  return connect({
    auth: {
      type: "password",
      authUrl: config.auth_url,
      username: config.username,
      password: config.password,
      userDomainName: config.user_domain_name,
      projectName: config.project_name,
      projectDomainName: config.project_domain_name,
    },
    interface: wanted,
    ...(config.region_name === "" ? {} : { region: config.region_name }),
    tls: { ...(config.cafile === "" ? {} : { ca: readFileSync(config.cafile) }), insecure: config.insecure },
    userAgent: "kuryr-controller",
  });
}
