import { resolve } from "node:path";
import { asFields, type Fields, flag, list, required, text } from "./config-fields.ts";
import { ConfigError } from "../errors.ts";

/** API versions of the ExecCredential that are spoken. */
export const EXEC_API_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] as const;

/** An exec credential plugin (the `exec` of a kubeconfig user). */
export interface ExecPlugin {
  /** Absolute, or a name that is looked for in `PATH`. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env: ReadonlyMap<string, string>;
  readonly apiVersion: (typeof EXEC_API_VERSIONS)[number];
  /** Shown when the command is not there. */
  readonly installHint?: string | undefined;
  /** Given to the plugin when it asks for it with `provideClusterInfo`. */
  readonly cluster?: Readonly<Record<string, unknown>> | undefined;
}

/** What a cluster entry says about itself to a plugin, and where its configuration lies. */
export interface ExecSource {
  readonly path: string;
  readonly folder: string;
  readonly cluster: Fields;
  readonly ca: Buffer | undefined;
}

/**
 * Reads the `exec` of a user.
 *
 * @throws ConfigError for another API version, and for a plugin that must talk to a person.
 */
export function execSettings(exec: Fields, source: ExecSource): ExecPlugin {
  const { path, folder } = source;
  const asked = required(exec, "apiVersion", path);
  const apiVersion = EXEC_API_VERSIONS.find((version) => version === asked);
  if (apiVersion === undefined) {
    throw new ConfigError(`${path}: exec apiVersion ${asked} is not spoken`, `Use ${EXEC_API_VERSIONS.join(" or ")}.`);
  }
  const mode = text(exec, "interactiveMode", path) ?? "";
  if (mode === "Always") {
    throw new ConfigError(
      `${path}: the exec plugin has interactiveMode Always, and nobody is here to answer it`,
      "Use a plugin with interactiveMode Never or IfAvailable, a token or a certificate.",
    );
  }
  if (!["Never", "IfAvailable", ""].includes(mode) || (mode === "" && apiVersion === EXEC_API_VERSIONS[0])) {
    throw new ConfigError(
      `${path}: exec interactiveMode is ${mode === "" ? "missing" : JSON.stringify(mode)}`,
      "Set it to Never or IfAvailable.",
    );
  }
  const command = required(exec, "command", path);
  const args = list(exec, "args", path).map((value) => {
    if (typeof value === "string") return value;
    throw new ConfigError(`${path}: an argument of exec is not text`, "Quote numbers and booleans.");
  });
  const env = new Map(
    list(exec, "env", path).map((entry) => {
      const fields = asFields(entry, path);
      return [required(fields, "name", path), text(fields, "value", path) ?? ""] as const;
    }),
  );
  if ([command, ...args, ...env.keys(), ...env.values()].some((word) => word.includes("\0"))) {
    throw new ConfigError(`${path}: exec contains a NUL character`, "Correct command, args and env.");
  }
  return {
    // client-go: a path is relative to the kubeconfig, a bare name is looked for.
    command: /[/\\]/.test(command) ? resolve(folder, command) : command,
    args,
    env,
    apiVersion,
    installHint: text(exec, "installHint", path),
    cluster: flag(exec, "provideClusterInfo", path) ? clusterInfo(source) : undefined,
  };
}

/** `spec.cluster` of the ExecCredential; what is undefined does not appear in its JSON. */
function clusterInfo({ cluster, ca, path }: ExecSource): Readonly<Record<string, unknown>> {
  const extension = list(cluster, "extensions", path)
    .map((entry) => asFields(entry, path))
    .find((entry) => entry.get("name") === "client.authentication.k8s.io/exec");
  return {
    server: text(cluster, "server", path),
    "tls-server-name": text(cluster, "tls-server-name", path),
    "insecure-skip-tls-verify": flag(cluster, "insecure-skip-tls-verify", path) || undefined,
    "certificate-authority-data": ca?.toString("base64"),
    config: extension?.get("extension"),
  };
}
