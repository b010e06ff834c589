import { badRequest, invalidInput, networkRefusal } from "../../refusal.ts";
import { formatAddress, formatPrefix, overlaps, parseAddress, parsePrefix, type Prefix } from "../state/addresses.ts";
import type { JsonObject } from "../api/attributes.ts";
import { networkNotFound, shownStandard, subnetNotFound } from "../api/common.ts";
import { isAutomatic } from "./ipam.ts";
import { isAutomaticPort, type Networks } from "./networks.ts";
import { input, type Resource } from "../api/resource.ts";
import { all, any, ownsNetwork, rulesOf, service, admin, type Rights, type Rule } from "../api/rights.ts";
import type { Pool, Subnet } from "../state/rows.ts";
import type { NetworkState, Release } from "../state/state.ts";
import type { SubnetPools } from "./subnet-pools.ts";
import { subnetShape } from "./subnet-shape.ts";

const DEVICE_OWNERS = ["network:", "compute:", "baremetal:"];

function rightsOf(release: Release): Rights {
  const { role, reader, member } = rulesOf(release);
  const open: Rule = (_caller, { network }) => network?.shared === true || network?.["router:external"] === true;
  const write = any(member, all(role("member"), ownsNetwork));
  return {
    get: any(reader, service, open, all(role("reader"), ownsNetwork)),
    create: any(admin, all(role("member"), ownsNetwork)),
    update: write,
    remove: write,
    attributes: {},
  };
}

const badSubnet = (why: string): Error => networkRefusal(400, "BadRequest", `Bad subnets request: ${why}.`);

function prefixOf(cidr: string): Prefix {
  const prefix = parsePrefix(cidr);
  if (prefix === undefined) throw badRequest(`'${cidr}' is not a valid IP subnet`);
  return prefix;
}

/** The addresses that ports can have: without the network's own, the broadcast's, and the gateway's. */
function freePools(prefix: Prefix, gateway: bigint | undefined): Pool[] {
  const isTiny = prefix.version === 4 ? prefix.length >= 31 : prefix.length >= 127;
  const first = isTiny ? prefix.first : prefix.first + 1n;
  const last = isTiny || prefix.version === 6 ? prefix.last : prefix.last - 1n;
  const pool = (start: bigint, end: bigint): Pool[] =>
    start > end ? [] : [{ start: formatAddress(start, prefix.version), end: formatAddress(end, prefix.version) }];
  if (gateway === undefined || gateway < first || gateway > last) return pool(first, last);
  return [...pool(first, gateway - 1n), ...pool(gateway + 1n, last)];
}

const bounds = (pool: Pool): readonly [bigint, bigint] => [
  parseAddress(pool.start) ?? 0n,
  parseAddress(pool.end) ?? 0n,
];

function checkPools(pools: readonly Pool[], prefix: Prefix): void {
  const ranges = pools.map((pool) => {
    const [start, end] = bounds(pool);
    if (start > end) {
      const text = `{'start': '${pool.start}', 'end': '${pool.end}'}`;
      throw networkRefusal(400, "InvalidAllocationPool", `The allocation pool ${text} is not valid.`);
    }
    const [first] = freePools(prefix, undefined);
    const [lowest, highest] = first === undefined ? [prefix.first, prefix.last] : bounds(first);
    if (start < lowest || end > highest) {
      const range = `${pool.start}-${pool.end}`;
      const message = `The allocation pool ${range} spans beyond the subnet cidr ${formatPrefix(prefix)}.`;
      throw networkRefusal(400, "OutOfBoundsAllocationPool", message);
    }
    return { start, end, text: `${pool.start}-${pool.end}` };
  });
  for (const [at, one] of ranges.entries()) {
    const other = ranges.slice(at + 1).find(({ start, end }) => start <= one.end && one.start <= end);
    if (other === undefined) continue;
    const message = `Found overlapping allocation pools: ${one.text} ${other.text} for subnet ${formatPrefix(prefix)}.`;
    throw networkRefusal(409, "OverlappingAllocationPools", message);
  }
}

function checkGateway(gateway: string | null, pools: readonly Pool[]): void {
  const address = gateway === null ? undefined : parseAddress(gateway);
  if (address === undefined) return;
  const inside = pools.find((pool) => {
    const [start, end] = bounds(pool);
    return start <= address && address <= end;
  });
  if (inside === undefined) return;
  const message = `Gateway ip ${gateway} conflicts with allocation pool ${inside.start}-${inside.end}.`;
  throw networkRefusal(409, "GatewayConflictWithAllocationPools", message);
}

function checkModes(given: JsonObject, prefix: Prefix, dhcp: boolean): void {
  const ra = input.stringOrNull(given, "ipv6_ra_mode");
  const mode = input.stringOrNull(given, "ipv6_address_mode");
  if (ra === null && mode === null) return;
  if (prefix.version === 4) {
    const name = ra === null ? "ipv6_address_mode" : "ipv6_ra_mode";
    throw invalidInput(`${name} is not valid when ip_version is 4`);
  }
  if (!dhcp) throw invalidInput("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False");
  if (ra !== null && mode !== null && ra !== mode) {
    const text = `ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${mode}' is not valid. `;
    throw invalidInput(`${text}If both attributes are set, they must be the same value`);
  }
  if ([ra, mode].some((one) => one === "slaac" || one === "dhcpv6-stateless") && prefix.length !== 64) {
    const text = `Invalid CIDR ${formatPrefix(prefix)} for IPv6 address mode. OpenStack uses the EUI-64 address format, `;
    throw invalidInput(`${text}which requires the prefix to be /64`);
  }
}

/** Neutron's subnets. */
export function createSubnets(
  state: NetworkState,
  networks: Networks,
  pools: SubnetPools,
): Resource<Subnet> & { readonly drop: (id: string) => void } {
  const rights = rightsOf(state.release);
  const target = (subnet: Subnet) => ({
    projectId: subnet.project_id,
    network: state.networks.get(subnet.network_id),
  });
  const isExternal = (subnet: Subnet): boolean => state.networks.get(subnet.network_id)?.["router:external"] === true;

  const show = (subnet: Subnet): JsonObject => ({
    ...shownStandard(subnet),
    name: subnet.name,
    tags: subnet.tags,
    network_id: subnet.network_id,
    ip_version: subnet.ip_version,
    cidr: subnet.cidr,
    gateway_ip: subnet.gateway_ip,
    allocation_pools: subnet.allocation_pools,
    dns_nameservers: subnet.dns_nameservers,
    host_routes: subnet.host_routes,
    enable_dhcp: subnet.enable_dhcp,
    ipv6_ra_mode: subnet.ipv6_ra_mode,
    ipv6_address_mode: subnet.ipv6_address_mode,
    subnetpool_id: subnet.subnetpool_id,
    service_types: subnet.service_types,
    ...(state.release === "zed" ? {} : { "router:external": isExternal(subnet) }),
  });

  function prefixFor(given: JsonObject, poolId: string | null, network: string, project: string): Prefix {
    const cidr = input.stringOrNull(given, "cidr");
    const length = given["prefixlen"];
    if (cidr !== null && length !== undefined) throw badSubnet("cidr and prefixlen must not be supplied together");
    if (poolId === null) {
      if (cidr === null) throw badSubnet("a subnetpool must be specified in the absence of a cidr");
      return prefixOf(cidr);
    }
    return pools.allocate(poolId, {
      network,
      project,
      version: input.number(given, "ip_version") === 6 ? 6 : 4,
      cidr: cidr === null ? undefined : prefixOf(cidr),
      length: typeof length === "number" ? length : undefined,
    });
  }

  function drop(id: string): void {
    state.subnets.delete(id);
    state.lowest.delete(id);
  }

  return {
    shape: subnetShape(state.release),
    path: "subnets",
    rights,
    table: state.subnets,
    quota: "subnet",
    missing: subnetNotFound,
    taggable: true,
    drop,
    target,
    targetOf(given, caller) {
      const id = input.string(given, "network_id");
      const network = state.networks.get(id);
      const hidden =
        state.release === "zed" && network !== undefined && !networks.rights.get(caller, networks.target(network));
      if (network === undefined || hidden) throw networkNotFound(id);
      return { projectId: input.string(given, "project_id"), network };
    },
    filterable: (subnet) => ({
      ...subnet,
      shared: state.networks.get(subnet.network_id)?.shared === true,
      "router:external": isExternal(subnet),
    }),
    show,
    create(given, caller) {
      const networkId = input.string(given, "network_id");
      const network = state.networks.get(networkId);
      if (network === undefined || !networks.rights.get(caller, networks.target(network)))
        throw networkNotFound(networkId);
      const version = input.number(given, "ip_version") === 6 ? 6 : 4;
      const dhcp = input.boolean(given, "enable_dhcp");
      const project = input.string(given, "project_id");
      const poolId = input.stringOrNull(given, "subnetpool_id");
      for (const kind of input.strings(given, "service_types")) {
        if (DEVICE_OWNERS.some((owner) => kind.startsWith(owner))) continue;
        const message = `Subnet service type ${kind} does not correspond to a valid device owner.`;
        throw networkRefusal(400, "InvalidSubnetServiceType", message);
      }
      const prefix = prefixFor(given, poolId, networkId, project);
      const cidr = formatPrefix(prefix);
      if (prefix.version !== version) throw invalidInput(`cidr '${cidr}' does not match the ip_version '${version}'`);
      if (dhcp && (version === 4 ? prefix.length > 30 : prefix.length > 126))
        throw invalidInput("Subnet has a prefix length that is incompatible with DHCP service enabled");
      checkModes(given, prefix, dhcp);
      const siblings = state.subnetsOf(networkId);
      const same = siblings.filter((one) => one.ip_version === version);
      if (same.some((one) => one.subnetpool_id !== poolId)) {
        const message = "Subnets hosted on the same network must be allocated from the same subnet pool.";
        throw networkRefusal(400, "NetworkSubnetPoolAffinityError", message);
      }
      const first = version === 6 ? prefix.first : prefix.first + 1n;
      const gateway =
        given["gateway_ip"] === undefined ? formatAddress(first, version) : input.stringOrNull(given, "gateway_ip");
      const gatewayAddress = gateway === null ? undefined : parseAddress(gateway);
      if (gatewayAddress !== undefined && version === 4 && prefix.length < 31) {
        if (gatewayAddress === prefix.first || gatewayAddress === prefix.last)
          throw invalidInput("Gateway is not valid on subnet");
      }
      const asked = input.objects(given, "allocation_pools") as unknown as Pool[];
      const chosen = asked.length > 0 ? asked : freePools(prefix, gatewayAddress);
      if (asked.length > 0) checkPools(asked, prefix);
      checkGateway(gateway, chosen);
      if (siblings.some((one) => overlaps(prefixOf(one.cidr), prefix)))
        throw invalidInput(
          `Requested subnet with cidr: ${cidr} for network: ${networkId} overlaps with another subnet`,
        );
      return state.subnets.set({
        ...state.standard(project, input.string(given, "description")),
        name: input.string(given, "name"),
        tags: [],
        network_id: networkId,
        ip_version: version,
        cidr,
        gateway_ip: gateway,
        allocation_pools: chosen,
        dns_nameservers: input.strings(given, "dns_nameservers"),
        host_routes: input.objects(given, "host_routes") as Subnet["host_routes"],
        enable_dhcp: dhcp,
        ipv6_ra_mode: input.stringOrNull(given, "ipv6_ra_mode"),
        ipv6_address_mode: input.stringOrNull(given, "ipv6_address_mode"),
        subnetpool_id: poolId,
        service_types: input.strings(given, "service_types"),
        dns_publish_fixed_ip: false,
      });
    },
    update(subnet, changes) {
      const next = { ...subnet };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      if (changes["enable_dhcp"] !== undefined) next.enable_dhcp = input.boolean(changes, "enable_dhcp");
      if (changes["dns_nameservers"] !== undefined) next.dns_nameservers = input.strings(changes, "dns_nameservers");
      if (changes["host_routes"] !== undefined)
        next.host_routes = input.objects(changes, "host_routes") as Subnet["host_routes"];
      if (changes["allocation_pools"] !== undefined) {
        next.allocation_pools = input.objects(changes, "allocation_pools") as unknown as Pool[];
        checkPools(next.allocation_pools, prefixOf(subnet.cidr));
        state.lowest.delete(subnet.id);
      }
      if (changes["gateway_ip"] !== undefined) next.gateway_ip = input.stringOrNull(changes, "gateway_ip");
      checkGateway(next.gateway_ip, next.allocation_pools);
      return state.subnets.set(state.touched(next));
    },
    remove(subnet) {
      const users = state
        .portsOn(subnet.network_id)
        .filter((port) => !isAutomaticPort(port) && port.fixed_ips.some((one) => one.subnet_id === subnet.id));
      const isRouted = users.some((port) => port.device_owner.startsWith("network:"));
      if (isAutomatic(subnet) && !isRouted) {
        // Ports lose the addresses that they made themselves.
        for (const port of users)
          state.ports.set({ ...port, fixed_ips: port.fixed_ips.filter((one) => one.subnet_id !== subnet.id) });
      } else if (users.length > 0) {
        const why = "One or more ports have an IP allocation from this subnet";
        throw networkRefusal(409, "SubnetInUse", `Unable to complete operation on subnet ${subnet.id}: ${why}.`);
      }
      drop(subnet.id);
    },
  };
}
