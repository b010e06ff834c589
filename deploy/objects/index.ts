import { crds, rbacObjects } from "@kuryr/kuryr";

import { admissionObjects } from "./admission.ts";
import { controllerDeployment, controllerDisruptionBudget, daemonSet, type WorkloadOptions } from "./workloads.ts";

export { configMap, configMapName, credentials, secretName } from "./configuration.ts";
export { daemonCapabilities, publishedImages, type WorkloadOptions } from "./workloads.ts";

/** Everything that is installed, but for the configuration, by the file of the base that holds it. */
export function installedObjects(options: WorkloadOptions): Readonly<Record<string, readonly object[]>> {
  return {
    crds: [...crds],
    rbac: rbacObjects(),
    admission: admissionObjects(),
    controller: [controllerDeployment(options), controllerDisruptionBudget()],
    daemon: [daemonSet(options)],
  };
}
