import type { NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import type { Unit } from "../supervisor/unit.ts";
import { chassisExternalIdsStep } from "./chassis-external-ids.ts";
import { identityStep } from "./identity.ts";
import { keystoneBootstrapStep, keystoneService } from "./keystone.ts";
import { databasesStep, mariadbService } from "./mariadb.ts";
import { neutronMaintenanceService, neutronSchemaStep, neutronService } from "./neutron.ts";
import { octaviaDriverAgentService, octaviaSchemaStep, octaviaService, octaviaSocketsStep } from "./octavia.ts";
import {
  chassisSettingsStep,
  encapAddressStep,
  northdService,
  ovnControllerService,
  ovnDatabaseService,
  ovsdbService,
  vswitchdService,
} from "./ovn.ts";
import { hostPortStep, nodePortStep } from "./ports.ts";
import { releaseOf } from "./releases.ts";
import { topologyStep } from "./topology.ts";

/** Keystone, Neutron, Octavia, OVN and the switches of the nodes. */
export function cloudUnits(options: StackOptions, nodes: readonly NodePlan[]): Unit[] {
  const release = releaseOf(options.openstack);
  const installed = release.python === undefined ? ["packages"] : ["packages", "openstack-python"];
  const schema = [...installed, "databases"];
  const units: Unit[] = [
    mariadbService(["packages", "run-directory"]),
    databasesStep(),
    ovnDatabaseService("nb", ["run-directory"]),
    ovnDatabaseService("sb", ["run-directory"]),
    northdService(["ovn-nb", "ovn-sb"]),
    keystoneBootstrapStep(release, schema),
    neutronSchemaStep(release, schema),
    octaviaSchemaStep(release, schema),
    keystoneService(release),
    identityStep(release),
    neutronService(release),
    octaviaSocketsStep(),
    octaviaDriverAgentService(release),
    octaviaService(release),
  ];
  if (release.neutron === "uwsgi") units.push(neutronMaintenanceService(release));
  for (const node of nodes) {
    units.push(
      ovsdbService(node),
      chassisSettingsStep(node),
      vswitchdService(node),
      encapAddressStep(node),
      ovnControllerService(node),
      nodePortStep(node),
    );
  }
  const copied = release.chassisExternalIds ? nodes.map(chassisExternalIdsStep) : [];
  units.push(
    ...copied,
    topologyStep(
      nodes,
      copied.map((step) => step.name),
    ),
  );
  const first = nodes[0];
  if (first !== undefined) units.push(hostPortStep(first));
  return units;
}
