import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import type { LoadedOptions } from "./kubeconfig.ts";

/**
 * Settings inside a pod: the service account's projected token (read again when it is rotated), the cluster's CA and
 * the address in `KUBERNETES_SERVICE_HOST` and `_PORT`.
 *
 * @throws ConfigError outside a pod.
 */
export function inCluster(options: { readonly env?: NodeJS.ProcessEnv; readonly folder?: string } = {}): LoadedOptions {
  const env = options.env ?? process.env;
  const folder = options.folder ?? "/var/run/secrets/kubernetes.io/serviceaccount";
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || host === "") {
    throw new ConfigError(
      "not in a cluster: KUBERNETES_SERVICE_HOST is not set",
      "Run in a pod with a service account, or use a kubeconfig.",
    );
  }
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ca: readConfigFile(resolve(folder, "ca.crt")),
    tokenFile: resolve(folder, "token"),
    namespace: readConfigFile(resolve(folder, "namespace")).toString("utf8").trim(),
  };
}

/** @throws ConfigError naming the file. */
export function readConfigFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "Check the path and its permissions.",
      { cause: error },
    );
  }
}
