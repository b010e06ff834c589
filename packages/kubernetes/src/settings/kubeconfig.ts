import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import type * as Yaml from "yaml";
import { asFields, type Fields, flag, named, refuse, required, text } from "../credentials/config-fields.ts";
import type { ConnectionOptions } from "../api/connection-options.ts";
import { ConfigError } from "../errors.ts";
import { execSettings } from "../credentials/exec-settings.ts";
import { readConfigFile } from "./in-cluster.ts";

/** Connection settings with the namespace that the source names; the rest of {@link ConnectionOptions} can be added. */
export interface LoadedOptions extends ConnectionOptions {
  /** Namespace of the context, or of the pod. */
  readonly namespace: string | undefined;
}

/** Where a kubeconfig comes from. */
export interface KubeconfigSource {
  /** For messages. */
  readonly path: string;
  /** Relative paths are relative to it. */
  readonly folder: string;
  /** Instead of the current one. */
  readonly context?: string | undefined;
  readonly readFile: (path: string) => Buffer;
}

/** Most who import this package never read a kubeconfig, or one in JSON: the parser is a third of all they would load. */
const loadYaml = (): typeof Yaml => createRequire(import.meta.url)("yaml") as typeof Yaml;

/** A kubeconfig with a hundred clusters stays far below this, and reading stays quick. */
const MAX_BYTES = 4 * 1024 * 1024;
const INSTEAD = "Use a client certificate, a token, a token file or an exec plugin.";

/**
 * Reads a kubeconfig file, YAML or JSON (client-go `clientcmd/api/v1`).
 *
 * Relative paths in it are relative to its folder. Tokens, token files, exec plugins, client certificates, authority
 * data or files are understood; auth-provider plugins, basic auth, impersonation and proxies are refused, never ignored.
 *
 * @throws ConfigError naming the file and what is wrong in it.
 */
export function fromKubeconfig(path: string, options: { readonly context?: string | undefined } = {}): LoadedOptions {
  const content = readConfigFile(path).toString("utf8");
  return readKubeconfig(content, { path, folder: dirname(path), context: options.context, readFile: readConfigFile });
}

/** The same for a text. @throws ConfigError, and nothing else, whatever the text is. */
export function readKubeconfig(content: string, source: KubeconfigSource): LoadedOptions {
  const { path } = source;
  const config = asFields(parseDocument(content, path), path);
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

  refuse(cluster, ["proxy-url"], path, "Reach the API server without a proxy.");
  refuse(user, ["auth-provider", "username", "password", "as", "as-uid", "as-groups", "as-user-extra"], path, INSTEAD);
  const insecure = flag(cluster, "insecure-skip-tls-verify", path);
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
  const credentials = credentialsOf(user, source, cluster, ca);
  return {
    server: required(cluster, "server", path),
    ca,
    insecure,
    tlsServerName: text(cluster, "tls-server-name", path),
    clientCert: material(user, "client-certificate"),
    clientKey: material(user, "client-key"),
    ...credentials,
    namespace: text(context, "namespace", path),
  };
}

function credentialsOf(
  user: Fields,
  source: KubeconfigSource,
  cluster: Fields,
  ca: Buffer | undefined,
): Pick<ConnectionOptions, "token" | "tokenFile" | "exec"> {
  const { path, folder } = source;
  const given = user.get("exec") ?? undefined;
  const exec = given === undefined ? undefined : execSettings(asFields(given, path), { path, folder, cluster, ca });
  const token = text(user, "token", path);
  const tokenFile = text(user, "tokenFile", path);
  // client-go prefers the file when both are there, and either to the plugin.
  if (tokenFile !== undefined && tokenFile !== "")
    return { token: undefined, tokenFile: resolve(folder, tokenFile), exec: undefined };
  if (token !== undefined && token !== "") return { token, tokenFile: undefined, exec: undefined };
  return { token: undefined, tokenFile: undefined, exec };
}

/** The one place that knows the file's syntax; JSON is YAML too, but read ten times as fast. */
function parseDocument(content: string, path: string): unknown {
  if (content.length > MAX_BYTES) {
    throw new ConfigError(`${path} is longer than ${MAX_BYTES} bytes`, "Give a kubeconfig.");
  }
  if (content.startsWith("{")) {
    try {
      const parsed: unknown = JSON.parse(content);
      return parsed;
    } catch {
      // YAML begins so, too.
    }
  }
  try {
    // What is only odd (an unknown tag, say) must not write to standard error by itself.
    const parsed: unknown = loadYaml().parse(content, { logLevel: "error", maxAliasCount: 100 });
    return parsed;
  } catch (error) {
    // The parser's message shows the lines around, which may hold a token.
    const where = error instanceof Error ? (/at line \d+, column \d+/.exec(error.message)?.[0] ?? "") : "";
    throw new ConfigError(`${path} is neither YAML nor JSON${where === "" ? "" : ` ${where}`}`, "Correct the syntax.");
  }
}
