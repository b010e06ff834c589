import { invalidInput, networkRefusal } from "../../refusal.ts";
import { eui64, formatAddress, holds, parseAddress, parsePrefix, type Prefix } from "../state/addresses.ts";
import type { FixedIp, Network, Subnet } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";

/** What is asked for one address of a port. */
export interface AddressRequest {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

/** How many free addresses a new one is drawn from. */
const WINDOW = 10;
const AUTOMATIC = new Set(["slaac", "dhcpv6-stateless"]);

export const isAutomatic = (subnet: Subnet): boolean => AUTOMATIC.has(subnet.ipv6_address_mode ?? "");

const exhausted = (network: string): Error =>
  networkRefusal(409, "IpAddressGenerationFailure", `No more IP addresses available on network ${network}.`);
export const taken = (address: string, subnet: string): Error =>
  networkRefusal(409, "IpAddressAlreadyAllocated", `IP address ${address} already allocated in subnet ${subnet}`);

function prefixOf(subnet: Subnet): Prefix {
  const prefix = parsePrefix(subnet.cidr);
  if (prefix === undefined) throw new Error(`the subnet ${subnet.id} has no prefix`);
  return prefix;
}

/** Whether an address of a subnet can be a port's: not the network's own, nor the broadcast address. */
function usable(subnet: Subnet, address: bigint): boolean {
  const prefix = prefixOf(subnet);
  if (!holds(prefix, address)) return false;
  if (prefix.version === 6) return prefix.length >= 127 || address !== prefix.first;
  return prefix.length >= 31 || (address !== prefix.first && address !== prefix.last);
}

/** Gives ports their addresses. */
export class AddressAllocator {
  readonly #state: NetworkState;

  constructor(state: NetworkState) {
    this.#state = state;
  }

  #used(subnet: Subnet): ReadonlyMap<bigint, string> {
    return this.#state.addresses.get(subnet.id) ?? new Map<bigint, string>();
  }

  /** One of the lowest free addresses of the allocation pools. */
  #draw(subnet: Subnet, also: ReadonlySet<bigint>): bigint | undefined {
    const used = this.#used(subnet);
    const lowest = this.#state.lowest.get(subnet.id) ?? 0n;
    const free: bigint[] = [];
    for (const pool of subnet.allocation_pools) {
      const start = parseAddress(pool.start) ?? 0n;
      const end = parseAddress(pool.end) ?? 0n;
      for (let at = start < lowest ? lowest : start; at <= end && free.length < WINDOW; at++)
        if (!used.has(at) && !also.has(at)) free.push(at);
    }
    const [first] = free;
    if (first !== undefined && also.size === 0 && subnet.allocation_pools.length === 1)
      this.#state.lowest.set(subnet.id, first);
    return free.length === 0 ? undefined : free[this.#state.random.below(free.length)];
  }

  /**
   * Addresses for a port.
   * @param asked what its `fixed_ips` say; `undefined` for one of each version
   * @param own addresses that the port has already
   * @throws Refusal
   */
  allocate(
    network: Network,
    mac: string,
    asked: readonly AddressRequest[] | undefined,
    own: readonly FixedIp[] = [],
  ): FixedIp[] {
    const subnets = this.#state.subnetsOf(network.id);
    if (asked === undefined) return this.#anywhere(network, mac, subnets);
    if (asked.length > 0 && subnets.length === 0) throw invalidInput("IP allocation requires subnets for network");
    const result: FixedIp[] = [];
    const drawn = new Map<string, Set<bigint>>();
    const chosen = asked.map((one) => this.#checked(network, subnets, one));
    for (const { subnet, address } of chosen) {
      if (address !== undefined) {
        const text = formatAddress(address, subnet.ip_version);
        const mine = own.some((one) => one.subnet_id === subnet.id && one.ip_address === text);
        if (!mine && this.#used(subnet).has(address)) throw taken(text, subnet.id);
        result.push({ subnet_id: subnet.id, ip_address: text });
        continue;
      }
      if (isAutomatic(subnet)) {
        result.push(this.#automatic(subnet, mac));
        continue;
      }
      const kept = own.find(
        (one) => one.subnet_id === subnet.id && !result.some((other) => other.ip_address === one.ip_address),
      );
      if (kept !== undefined) {
        result.push(kept);
        continue;
      }
      const also = drawn.get(subnet.id) ?? new Set<bigint>();
      drawn.set(subnet.id, also);
      const found = this.#draw(subnet, also);
      if (found === undefined) throw exhausted(network.id);
      also.add(found);
      result.push({ subnet_id: subnet.id, ip_address: formatAddress(found, subnet.ip_version) });
    }
    for (const subnet of subnets.filter(isAutomatic)) {
      if (!result.some((one) => one.subnet_id === subnet.id)) result.push(this.#automatic(subnet, mac));
    }
    return result;
  }

  #automatic(subnet: Subnet, mac: string): FixedIp {
    return { subnet_id: subnet.id, ip_address: formatAddress(eui64(prefixOf(subnet), mac), 6) };
  }

  #checked(
    network: Network,
    subnets: readonly Subnet[],
    one: AddressRequest,
  ): { subnet: Subnet; address: bigint | undefined } {
    const { subnet_id: id, ip_address: ip } = one;
    const address = ip === undefined ? undefined : parseAddress(ip);
    if (id === undefined) {
      if (ip === undefined || address === undefined)
        throw invalidInput("IP allocation requires subnet_id or ip_address");
      const version = ip.includes(":") ? 6 : 4;
      const subnet = subnets.find((each) => each.ip_version === version && holds(prefixOf(each), address));
      if (subnet === undefined) {
        const message = `IP address ${ip} is not a valid IP for any of the subnets on the specified network.`;
        throw networkRefusal(400, "InvalidIpForNetwork", message);
      }
      this.#allow(subnet, address, ip);
      return { subnet, address };
    }
    const subnet = this.#state.subnets.get(id);
    if (subnet === undefined) throw networkRefusal(404, "SubnetNotFound", `Subnet ${id} could not be found.`);
    if (subnet.network_id !== network.id) {
      const text = `Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${id}`;
      throw invalidInput(text);
    }
    if (ip !== undefined && address !== undefined) {
      if ((ip.includes(":") ? 6 : 4) !== subnet.ip_version) this.#outside(ip);
      this.#allow(subnet, address, ip);
    }
    return { subnet, address };
  }

  #outside(ip: string): never {
    const message = `IP address ${ip} is not a valid IP for the specified subnet.`;
    throw networkRefusal(400, "InvalidIpForSubnet", message);
  }

  #allow(subnet: Subnet, address: bigint, ip: string): void {
    if (!usable(subnet, address)) this.#outside(ip);
    if (isAutomatic(subnet)) {
      const message =
        `IPv6 address ${ip} cannot be directly assigned to a port on subnet ${subnet.id} as the subnet is configured ` +
        "for automatic addresses";
      throw networkRefusal(400, "AllocationOnAutoAddressSubnet", message);
    }
  }

  /** One address of each version, and of every subnet where ports make their own. */
  #anywhere(network: Network, mac: string, subnets: readonly Subnet[]): FixedIp[] {
    const result: FixedIp[] = [];
    for (const version of [4, 6] as const) {
      const candidates = subnets.filter((subnet) => subnet.ip_version === version && !isAutomatic(subnet));
      if (candidates.length === 0) continue;
      const found = candidates
        .map((subnet) => ({ subnet, address: this.#draw(subnet, new Set()) }))
        .find(({ address }) => address !== undefined);
      if (found?.address === undefined) throw exhausted(network.id);
      result.push({ subnet_id: found.subnet.id, ip_address: formatAddress(found.address, version) });
    }
    return [...result, ...subnets.filter(isAutomatic).map((subnet) => this.#automatic(subnet, mac))];
  }
}
