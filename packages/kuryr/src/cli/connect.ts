import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { connect as connectKube, fromKubeconfig, inCluster, type Connection } from "@kuryr/kubernetes";
import { connect as connectStack, fromEnvironment, type Cloud } from "@kuryr/openstack";

import { KuryrError, messageOf } from "../api/errors.ts";
import { connectKubernetes } from "../api/kubernetes.ts";
import { loadConfiguration, type Configuration } from "../config/load.ts";
import { namedSources } from "../config/sources.ts";
import { connectCloud } from "../controller/cloud.ts";

const userAgent = "kuryrctl";

/** What a command line and its environment say of where things are. */
export interface Places {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly configFiles: readonly string[] | undefined;
  readonly configDirectories: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** OpenStack, or why it is not looked at. */
export type OpenStack =
  | { readonly cloud: Cloud; readonly from: string }
  | { readonly cloud: undefined; readonly why: string };

/** The two APIs that commands look at. */
export interface Connections {
  readonly kubernetes: Connection;
  readonly openstack: OpenStack;
  readonly config: Configuration | undefined;
  readonly close: () => void;
}

function configurationOf(places: Places): Configuration | undefined {
  const { configFiles, configDirectories, environment } = places;
  if (configFiles === undefined && configDirectories === undefined) return undefined;
  return loadConfiguration(namedSources(configFiles, configDirectories), environment).config;
}

function kubernetesOf(places: Places, config: Configuration | undefined): Connection {
  const { environment, context } = places;
  const usual = join(environment["HOME"] ?? homedir(), ".kube", "config");
  // KUBECONFIG may be a list; the first file that is there counts.
  const named =
    places.kubeconfig ?? environment["KUBECONFIG"]?.split(":").find((path) => path !== "" && existsSync(path));
  const file = named ?? (existsSync(usual) ? usual : undefined);
  if (named === undefined && config !== undefined && config.kubernetes.api_root !== "")
    return connectKubernetes(config.kubernetes, userAgent);
  if (file !== undefined) {
    const { namespace: _, ...options } = fromKubeconfig(file, { context });
    return connectKube({ ...options, userAgent });
  }
  if (environment["KUBERNETES_SERVICE_HOST"] !== undefined) return connectKube({ ...inCluster(), userAgent });
  throw new KuryrError(
    "KURYR_NO_KUBERNETES",
    "there is no kubeconfig, and this is no pod",
    "name one by --kubeconfig or KUBECONFIG",
  );
}

function openstackOf({ environment }: Places, config: Configuration | undefined): OpenStack {
  if (config !== undefined && config.neutron.auth_url !== "")
    return { cloud: connectCloud(config.neutron), from: config.neutron.auth_url };
  const set = (name: string): boolean => (environment[name] ?? "") !== "";
  if (!set("OS_CLOUD") && !set("OS_AUTH_URL"))
    return {
      cloud: undefined,
      why: "no OpenStack credentials: set OS_CLOUD, source an openrc file, or name a kuryr.conf by --config-file",
    };
  try {
    const options = fromEnvironment(environment);
    return { cloud: connectStack({ ...options, userAgent }), from: options.auth.authUrl };
  } catch (error) {
    return { cloud: undefined, why: messageOf(error) };
  }
}

/** Makes the connections; nothing is sent yet. @throws KuryrError, ConfigError */
export function connections(places: Places): Connections {
  const config = configurationOf(places);
  const kubernetes = kubernetesOf(places, config);
  const openstack = openstackOf(places, config);
  return {
    kubernetes,
    openstack,
    config,
    close: () => {
      kubernetes.close();
      openstack.cloud?.close();
    },
  };
}
