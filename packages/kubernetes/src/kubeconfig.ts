import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ConnectionOptions } from "./connection-options.ts";
import { ConfigError } from "./errors.ts";

/** Connection settings with the namespace that the source names; the rest of {@link ConnectionOptions} can be added. */
export interface LoadedOptions extends ConnectionOptions {
  /** Namespace of the context, or of the pod. */
  readonly namespace: string | undefined;
}

type Fields = ReadonlyMap<string, unknown>;

/**
 * Reads a kubeconfig file (client-go `clientcmd/api/v1`).
 *
 * Relative paths in it are relative to its folder. Tokens, token files, client certificates, authority data or files
 * are understood; exec and auth-provider plugins, basic auth, impersonation and proxies are refused, never ignored.
 *
 * @throws ConfigError naming the file and what is wrong in it.
 */
export function fromKubeconfig(path: string, options: { readonly context?: string | undefined } = {}): LoadedOptions {
  const parsed = asFields(parseDocument(readText(path), path), path);
  return kubeconfigOptions(parsed, { path, folder: dirname(path), context: options.context, readFile: readBytes });
}

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
    ca: readBytes(resolve(folder, "ca.crt")),
    tokenFile: resolve(folder, "token"),
    namespace: readText(resolve(folder, "namespace")).trim(),
  };
}

/** The one place that knows the file's syntax. JSON today, which every YAML kubeconfig can be converted to. */
function parseDocument(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(
      `${path} is not a JSON kubeconfig`,
      "Convert it: kubectl config view --raw --flatten -o json.",
      { cause: error },
    );
  }
}

interface KubeconfigSource {
  readonly path: string;
  readonly folder: string;
  readonly context: string | undefined;
  readonly readFile: (path: string) => Buffer;
}

function kubeconfigOptions(config: Fields, source: KubeconfigSource): LoadedOptions {
  const { path } = source;
  const contextName = source.context ?? text(config, "current-context", path);
  if (contextName === undefined || contextName === "") {
    throw new ConfigError(`${path}: no current-context`, "Set one with kubectl config use-context, or name a context.");
  }
  const context = named(config, "contexts", "context", contextName, path);
  const clusterName = required(context, "cluster", path);
  const cluster = named(config, "clusters", "cluster", clusterName, path);
  const userName = text(context, "user", path);
  const user =
    userName === undefined || userName === ""
      ? new Map<string, unknown>()
      : named(config, "users", "user", userName, path);

  refuse(cluster, ["proxy-url"], path);
  refuse(user, ["exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra"], path);
  const insecure = cluster.get("insecure-skip-tls-verify") === true;
  const material = (fields: Fields, name: string): Buffer | undefined => {
    const data = text(fields, `${name}-data`, path);
    if (data !== undefined && data !== "") return Buffer.from(data, "base64");
    const file = text(fields, name, path);
    return file === undefined || file === "" ? undefined : source.readFile(resolve(source.folder, file));
  };
  const ca = material(cluster, "certificate-authority");
  if (insecure && ca !== undefined) {
    throw new ConfigError(
      `${path}: cluster ${clusterName} has an authority and insecure-skip-tls-verify`,
      "Remove insecure-skip-tls-verify.",
    );
  }
  const token = text(user, "token", path);
  const tokenFile = text(user, "tokenFile", path);
  const hasFile = tokenFile !== undefined && tokenFile !== "";
  return {
    server: required(cluster, "server", path),
    ca,
    insecure,
    tlsServerName: text(cluster, "tls-server-name", path),
    clientCert: material(user, "client-certificate"),
    clientKey: material(user, "client-key"),
    // client-go prefers the file when both are there.
    token: hasFile || token === "" ? undefined : token,
    tokenFile: hasFile ? resolve(source.folder, tokenFile) : undefined,
    namespace: text(context, "namespace", path),
  };
}

function named(config: Fields, list: string, field: string, name: string, path: string): Fields {
  const entries = config.get(list);
  if (Array.isArray(entries)) {
    for (const entry of entries) {
      const fields = asFields(entry, path);
      if (fields.get("name") === name) return asFields(fields.get(field) ?? {}, path);
    }
  }
  throw new ConfigError(`${path}: no ${field} "${name}" in ${list}`, `Check the names in ${list} and contexts.`);
}

function asFields(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError(`${path}: not a kubeconfig`, "Every entry must be a mapping.");
  }
  return new Map(Object.entries(value));
}

function text(fields: Fields, name: string, path: string): string | undefined {
  const value = fields.get(name) ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new ConfigError(`${path}: ${name} is not text`, `Correct ${name}.`);
}

function required(fields: Fields, name: string, path: string): string {
  const value = text(fields, name, path);
  if (value === undefined || value === "") throw new ConfigError(`${path}: no ${name}`, `Set ${name}.`);
  return value;
}

/** What is not understood must not be dropped: the identity would be another one than the user means. */
function refuse(fields: Fields, names: readonly string[], path: string): void {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined && value !== null && value !== "") {
      throw new ConfigError(`${path}: ${name} is not supported`, "Use a client certificate, a token or a token file.");
    }
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "Check the path and its permissions.",
      {
        cause: error,
      },
    );
  }
}

function readText(path: string): string {
  return readBytes(path).toString("utf8");
}
