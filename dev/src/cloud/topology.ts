import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Cloud } from "@kuryr/openstack";

import { StackError } from "../errors.ts";
import { stateOf } from "../layout.ts";
import { external, namespaces, pods, services, type NodePlan } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Step, Work } from "../supervisor/unit.ts";
import { adminCloud } from "./identity.ts";

/** Ids of what an operator makes in the cloud before installing Kuryr: what `kuryr.conf` names. */
export interface Topology {
  readonly project: string;
  readonly externalNetwork: string;
  readonly externalSubnet: string;
  readonly podNetwork: string;
  readonly podSubnet: string;
  readonly serviceNetwork: string;
  readonly serviceSubnet: string;
  readonly router: string;
  readonly namespaceSubnetPool: string;
  /** On every pod that no policy isolates: allows all that comes in. */
  readonly baseIngressGroup: string;
  /** On every pod that no policy isolates: allows all that goes out. */
  readonly baseEgressGroup: string;
  /** On the ports of nodes and host. */
  readonly nodeGroup: string;
  /** One port per node, and one of the host, by name. */
  readonly ports: Readonly<Record<string, { readonly id: string; readonly mac: string }>>;
}

const file = (): string => stateOf("topology.json");

/** The topology of the running stack. @throws StackError before it was made. */
export function topology(): Topology {
  try {
    return JSON.parse(readFileSync(file(), "utf8")) as Topology;
  } catch (cause) {
    throw new StackError("KURYR_DEV_TOPOLOGY", "the cloud has no networks yet", "npm run stack -- up", { cause });
  }
}

type Resource = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Finds a network resource by name and project, or makes it. */
async function ensure(
  cloud: Cloud,
  plural: string,
  singular: string,
  body: Record<string, unknown> & { name: string },
): Promise<Resource> {
  const path = `/v2.0/${plural}`;
  const query: Record<string, string> = { name: body.name };
  if (typeof body["project_id"] === "string") query["project_id"] = body["project_id"];
  const listed = await cloud.request("network", "GET", path, { query });
  const found = (listed.body as Record<string, readonly Resource[]>)[plural]?.[0];
  if (found !== undefined) return found;
  const made = await cloud.request("network", "POST", path, { body: { [singular]: body } });
  const one = (made.body as Record<string, Resource>)[singular];
  if (one === undefined)
    throw new StackError("KURYR_DEV_TOPOLOGY", `Neutron made ${singular} ${body.name} and did not return it`);
  return one;
}

async function projectId(cloud: Cloud): Promise<string> {
  const { body } = await cloud.request("identity", "GET", "/v3/projects", { query: { name: "kuryr" } });
  const project = (body as { projects: Resource[] }).projects[0];
  if (project === undefined)
    throw new StackError("KURYR_DEV_TOPOLOGY", "the project kuryr is missing", "npm run stack -- wipe, then up");
  return project.id;
}

interface Rule {
  readonly direction: "ingress" | "egress";
  readonly ethertype: "IPv4" | "IPv6";
}

// The collection is named with a dash in the path and with an underscore in the body.
async function ensureNamedGroup(cloud: Cloud, project: string, name: string): Promise<Resource> {
  const listed = await cloud.request("network", "GET", "/v2.0/security-groups", {
    query: { name, project_id: project },
  });
  const found = (listed.body as { security_groups: Resource[] }).security_groups[0];
  if (found !== undefined) return found;
  const body = { security_group: { name, project_id: project } };
  const made = await cloud.request("network", "POST", "/v2.0/security-groups", { body });
  return (made.body as { security_group: Resource }).security_group;
}

/** A group that allows all of the given directions and nothing else. */
async function ensureGroup(
  cloud: Cloud,
  project: string,
  name: string,
  directions: readonly Rule["direction"][],
): Promise<string> {
  const group = await ensureNamedGroup(cloud, project, name);
  const wanted = directions.flatMap((direction) =>
    (["IPv4", "IPv6"] as const).map((ethertype): Rule => ({ direction, ethertype })),
  );
  const query = { security_group_id: group.id };
  const { body } = await cloud.request("network", "GET", "/v2.0/security-group-rules", { query });
  const rules = (body as { security_group_rules: (Resource & Rule)[] }).security_group_rules;
  const same = (a: Rule, b: Rule): boolean => a.direction === b.direction && a.ethertype === b.ethertype;
  for (const rule of rules) {
    if (!wanted.some((w) => same(w, rule)))
      await cloud.request("network", "DELETE", `/v2.0/security-group-rules/${rule.id}`);
  }
  for (const rule of wanted) {
    if (rules.some((r) => same(r, rule))) continue;
    const security_group_rule = { ...rule, security_group_id: group.id, project_id: project };
    await cloud.request("network", "POST", "/v2.0/security-group-rules", { body: { security_group_rule } });
  }
  return group.id;
}

async function ensureInterface(cloud: Cloud, router: string, subnet: string): Promise<void> {
  const query = { device_id: router, fixed_ips: `subnet_id=${subnet}` };
  const { body } = await cloud.request("network", "GET", "/v2.0/ports", { query });
  if ((body as { ports: Resource[] }).ports.length > 0) return;
  await cloud.request("network", "PUT", `/v2.0/routers/${router}/add_router_interface`, {
    body: { subnet_id: subnet },
  });
}

/** A port bound to a host whose chassis Neutron does not know yet becomes `binding_failed` and stays so. */
function chassisAlive(cloud: Cloud, node: NodePlan): (signal: AbortSignal) => Promise<true | string> {
  return async (signal) => {
    const { body } = await cloud.request("network", "GET", "/v2.0/agents", { query: { host: node.name }, signal });
    const agents = (body as { agents: { alive: boolean }[] }).agents;
    return agents.some((agent) => agent.alive)
      ? true
      : `Neutron knows ${agents.length} agents of ${node.name}, none alive`;
  };
}

async function makeTopology(nodes: readonly NodePlan[], work: Work): Promise<Topology> {
  const cloud = adminCloud();
  const project = await projectId(cloud);
  work.say("networks");
  const [externalNetwork, podNetwork, serviceNetwork] = await Promise.all([
    ensure(cloud, "networks", "network", {
      name: "external",
      "router:external": true,
      "provider:network_type": "flat",
      "provider:physical_network": "physnet1",
    }),
    ensure(cloud, "networks", "network", { name: "kuryr-pods", project_id: project }),
    ensure(cloud, "networks", "network", { name: "kuryr-services", project_id: project }),
  ]);
  const subnet = (
    name: string,
    network: Resource,
    cidr: string,
    gateway: string,
    pool: { start: string; end: string },
    owner?: string,
  ) =>
    ensure(cloud, "subnets", "subnet", {
      name,
      network_id: network.id,
      ip_version: 4,
      cidr,
      gateway_ip: gateway,
      enable_dhcp: false,
      allocation_pools: [pool],
      ...(owner === undefined ? {} : { project_id: owner }),
    });
  const [externalSubnet, podSubnet, serviceSubnet, namespacePool, router] = await Promise.all([
    subnet("external", externalNetwork, external.cidr, external.hostAddress, external.pool),
    subnet("kuryr-pods", podNetwork, pods.cidr, pods.gateway, pods.pool, project),
    subnet("kuryr-services", serviceNetwork, services.subnetCidr, services.gateway, services.pool, project),
    ensure(cloud, "subnetpools", "subnetpool", {
      name: "kuryr-namespaces",
      project_id: project,
      prefixes: [namespaces.poolPrefix],
      default_prefixlen: namespaces.subnetPrefix,
    }),
    ensure(cloud, "routers", "router", { name: "kuryr", project_id: project }),
  ]);
  work.say("router and security groups");
  const routed = async (): Promise<void> => {
    await cloud.request("network", "PUT", `/v2.0/routers/${router.id}`, {
      body: { router: { external_gateway_info: { network_id: externalNetwork.id } } },
    });
    await ensureInterface(cloud, router.id, podSubnet.id);
    await ensureInterface(cloud, router.id, serviceSubnet.id);
  };
  for (const node of nodes) {
    await until(`the chassis of ${node.name}`, chassisAlive(cloud, node), { timeoutMs: 30_000, signal: work.signal });
  }
  const [, baseIngressGroup, baseEgressGroup, nodeGroup] = await Promise.all([
    routed(),
    ensureGroup(cloud, project, "kuryr-base-ingress", ["ingress"]),
    ensureGroup(cloud, project, "kuryr-base-egress", ["egress"]),
    ensureGroup(cloud, project, "kuryr-nodes", ["ingress", "egress"]),
  ]);
  work.say("ports of nodes and host");
  const first = nodes[0];
  if (first === undefined) throw new StackError("KURYR_DEV_TOPOLOGY", "a stack has at least one node");
  const wanted = [
    ...nodes.map((node) => ({ name: node.name, host: node.name, address: node.podNetworkAddress })),
    { name: "host", host: first.name, address: pods.hostAddress },
  ];
  const ports: Record<string, { id: string; mac: string }> = {};
  await Promise.all(
    wanted.map(async ({ name, host, address }) => {
      const port = await ensure(cloud, "ports", "port", {
        name: `kuryr-dev-${name}`,
        project_id: project,
        network_id: podNetwork.id,
        fixed_ips: [{ subnet_id: podSubnet.id, ip_address: address }],
        security_groups: [nodeGroup],
        "binding:host_id": host,
        device_owner: "kuryr-dev:node",
      });
      ports[name] = { id: port.id, mac: String(port["mac_address"]) };
    }),
  );
  return {
    project,
    externalNetwork: externalNetwork.id,
    externalSubnet: externalSubnet.id,
    podNetwork: podNetwork.id,
    podSubnet: podSubnet.id,
    serviceNetwork: serviceNetwork.id,
    serviceSubnet: serviceSubnet.id,
    router: router.id,
    namespaceSubnetPool: namespacePool.id,
    baseIngressGroup,
    baseEgressGroup,
    nodeGroup,
    ports,
  };
}

/** Networks, router, groups and ports, through the API in one process. */
export function topologyStep(nodes: readonly NodePlan[], needs: readonly string[]): Step {
  return {
    kind: "step",
    name: "topology",
    area: "cloud",
    needs: ["neutron-api", ...nodes.map((node) => `${node.name}/ovn-controller`), ...needs],
    timeoutMs: 120_000,
    causes: [[/binding_failed/, "a chassis was not known to Neutron yet: run up again"]],
    isDone: async () => existsSync(file()),
    run: async (work) => {
      const made = await makeTopology(nodes, work);
      mkdirSync(join(file(), ".."), { recursive: true });
      writeFileSync(`${file()}.new`, JSON.stringify(made, undefined, 2));
      renameSync(`${file()}.new`, file());
    },
  };
}
