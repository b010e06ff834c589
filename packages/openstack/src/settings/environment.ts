import { readAuth, readFlag, readInterface, type SettingSource } from "./auth-settings.ts";
import type { CloudOptions } from "../cloud.ts";
import { fromClouds } from "./clouds.ts";
import { configError } from "../errors.ts";
import { type ReadFile, readText } from "./settings-file.ts";

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings from the environment: those of the entry of `clouds.yaml` that OS_CLOUD names (see {@link fromClouds}), else
 * the `OS_*` variables that an openrc file sets: OS_AUTH_URL, OS_AUTH_TYPE, user, project and domains by name or id,
 * OS_DEFAULT_DOMAIN_*, OS_DOMAIN_*, OS_SYSTEM_SCOPE, OS_APPLICATION_CREDENTIAL_*, OS_TOKEN, OS_REGION_NAME, OS_INTERFACE,
 * OS_CACERT (a file), OS_CERT and OS_KEY (files), OS_INSECURE. Empty variables count as unset. OS_CLOUD with OS_AUTH_URL
 * is refused: they say different things.
 *
 * @throws config naming the variable that is missing or wrong.
 */
export function fromEnvironment(environment: Environment, readFile: ReadFile = readText): CloudOptions {
  const variable = (name: string): string | undefined => {
    const value = environment[name];
    return value === "" ? undefined : value;
  };
  const cloud = variable("OS_CLOUD");
  if (cloud !== undefined) {
    const other = ["auth_url", "password", "token", "application_credential_secret"]
      .map(variableOf)
      .find((name) => variable(name) !== undefined);
    if (other === undefined) return fromClouds({ cloud, environment, readFile });
    throw configError(
      `OS_CLOUD and ${other} are both set`,
      "Unset OS_CLOUD to use the variables, or the variables to use clouds.yaml.",
    );
  }
  const source: SettingSource = {
    get: (name) => variable(variableOf(name)),
    describe: variableOf,
    hint: "Source the openrc file of the project first, or name an entry of clouds.yaml by OS_CLOUD.",
  };
  const file = (name: string): string | undefined => {
    const path = source.get(name);
    if (path === undefined) return undefined;
    try {
      return readFile(path);
    } catch (error) {
      throw configError(`${variableOf(name)}: ${path} cannot be read`, "Correct the path.", {
        cause: error,
        code: "OPENSTACK_CONFIG_FILE",
      });
    }
  };
  return {
    auth: readAuth(source),
    region: source.get("region_name"),
    interface: readInterface(source, "interface") ?? readInterface(source, "endpoint_type"),
    tls: {
      ca: file("cacert"),
      clientCert: file("cert"),
      clientKey: file("key"),
      insecure: readFlag(source, "insecure") ?? false,
    },
  };
}

function variableOf(name: string): string {
  return `OS_${name.toUpperCase()}`;
}
