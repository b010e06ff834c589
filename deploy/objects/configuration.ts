import { installation } from "@kuryr/kuryr";

/** Names that the workloads mount: the original's ConfigMap, and beside it what must not be in one. */
export const configMapName = "kuryr-config";
export const secretName = "kuryr-credentials";

/** `kuryr.conf` for both processes. It has no secrets: everyone who may read ConfigMaps may read it. */
export function configMap(kuryrConf: string): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: configMapName, namespace: installation.namespace },
    data: { "kuryr.conf": kuryrConf },
  };
}

/** The rest of `[neutron]`, for the controller alone. */
export function credentials(credentialsConf: string): object {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secretName, namespace: installation.namespace },
    type: "Opaque",
    stringData: { "credentials.conf": credentialsConf },
  };
}
