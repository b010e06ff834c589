import { neutronPool } from "../../pools/neutron-pool.ts";
import { chooseNow, type Factory, type Registry } from "../../registry.ts";
import { defaultProject, defaultSecurityGroups, defaultSubnets } from "./default.ts";
import type {
  DriverContext,
  PodDrivers,
  PodProjectDriver,
  PodSecurityGroupsDriver,
  PodSubnetsDriver,
  PodVifDriver,
  VifPoolDriver,
} from "./drivers.ts";
import { neutronVif } from "./neutron-vif.ts";
import { noopPool } from "./noop-pool.ts";

const registry = <T>(
  option: string,
  known: Readonly<Record<string, Factory<DriverContext, T>>>,
  notYet: Readonly<Record<string, string>> = {},
): Registry<DriverContext, T> => ({
  option: `[kubernetes]${option}`,
  exported: "createDriver",
  known: new Map(Object.entries(known)),
  notYet: new Map(Object.entries(notYet)),
});

const projects = registry<PodProjectDriver>(
  "pod_project_driver",
  { default: defaultProject },
  { annotation: "all ports belong to one project" },
);
const subnets = registry<PodSubnetsDriver>(
  "pod_subnets_driver",
  { default: defaultSubnets },
  { namespace: "namespaces have no networks of their own" },
);
const securityGroups = registry<PodSecurityGroupsDriver>(
  "pod_security_groups_driver",
  { default: defaultSecurityGroups },
  { policy: "network policies are not enforced", namespace: "it was removed from Kuryr-Kubernetes in 2020" },
);
const vifs = registry<PodVifDriver>(
  "pod_vif_driver",
  { "neutron-vif": neutronVif },
  {
    "nested-vlan": "pods in virtual machines have no ports of their own",
    "nested-macvlan": "pods in virtual machines have no ports of their own",
    "nested-dpdk": "pods in virtual machines have no ports of their own",
    sriov: "it was removed from Kuryr-Kubernetes in 2022",
  },
);
const pools = registry<VifPoolDriver>(
  "vif_pool_driver",
  { noop: noopPool, neutron: neutronPool },
  { nested: "ports are made when pods need them" },
);

type Factories = { readonly [K in keyof PodDrivers]: Factory<DriverContext, PodDrivers[K]> };

/** The drivers that kuryr.conf names. @throws KuryrError for a name that this version does not have */
export async function choosePodDrivers(names: DriverContext["config"]["kubernetes"]): Promise<Factories> {
  return {
    project: await chooseNow(projects, names.pod_project_driver),
    subnets: await chooseNow(subnets, names.pod_subnets_driver),
    securityGroups: await chooseNow(securityGroups, names.pod_security_groups_driver),
    vif: await chooseNow(vifs, names.pod_vif_driver),
    pool: await chooseNow(pools, names.vif_pool_driver),
  };
}

/** Makes the drivers that kuryr.conf names. @throws KuryrError for options that one of them needs */
export async function podDrivers(context: DriverContext): Promise<PodDrivers> {
  const make = await choosePodDrivers(context.config.kubernetes);
  return {
    project: await make.project(context),
    subnets: await make.subnets(context),
    securityGroups: await make.securityGroups(context),
    vif: await make.vif(context),
    pool: await make.pool(context),
  };
}
