import { readFileSync } from "node:fs";

import { connect, inCluster, type Connection, type ConnectionOptions } from "@kuryr/kubernetes";

import type { Configuration } from "../config/load.ts";
import { KuryrError } from "./errors.ts";

function read(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new KuryrError("KURYR_CONFIG_FILE", `${what}: cannot read ${path}`, "mend [kubernetes] in kuryr.conf", {
      cause,
    });
  }
}

/** How kuryr.conf says to reach the Kubernetes API; an empty `api_root` is the cluster that the process runs in. */
export function kubernetesOptions(config: Configuration["kubernetes"]): ConnectionOptions {
  if (config.api_root === "") return inCluster();
  const certificate = config.ssl_client_crt_file !== "" && config.ssl_client_key_file !== "";
  return {
    server: config.api_root,
    ...(config.ssl_ca_crt_file === "" ? {} : { ca: read(config.ssl_ca_crt_file, "ssl_ca_crt_file") }),
    ...(certificate
      ? {
          clientCert: read(config.ssl_client_crt_file, "ssl_client_crt_file"),
          clientKey: read(config.ssl_client_key_file, "ssl_client_key_file"),
        }
      : { tokenFile: config.token_file }),
  };
}

/** Connects to the Kubernetes API as kuryr.conf says. */
export function connectKubernetes(
  config: Configuration["kubernetes"],
  userAgent: string,
  options: Pick<ConnectionOptions, "onRequest" | "admitWrite" | "maxConnections"> = {},
): Connection {
  return connect({ ...kubernetesOptions(config), userAgent, ...options });
}
