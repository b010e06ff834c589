import type { ServerClock } from "../../../http/clock.ts";
import type { SeededRandom } from "../../../http/random.ts";
import type { Ids } from "../../ids.ts";
import { parseAddress } from "./addresses.ts";
import type { Mechanism } from "./mechanism.ts";
import type {
  AddressGroup,
  FloatingIp,
  Network,
  Port,
  QosPolicy,
  Router,
  SecurityGroup,
  SecurityGroupRule,
  Standard,
  Subnet,
  SubnetPool,
  Trunk,
} from "./rows.ts";
import { Table, Transactions } from "./table.ts";

export type Release = "2026.2" | "zed";

/** What one user may have of each kind; -1 is without limit. */
export type Quota = Record<string, number>;

export interface StateOptions {
  readonly release: Release;
  readonly ids: Ids;
  readonly random: SeededRandom;
  readonly clock: ServerClock;
  /** Default `ovn`. */
  readonly mechanism?: Mechanism;
  /** Chassis that are alive. */
  readonly hosts: readonly string[];
}

/** Everything that Neutron keeps, with the indexes that make it quick with 150,000 ports. */
export class NetworkState {
  readonly release: Release;
  readonly mechanism: Mechanism;
  readonly ids: Ids;
  readonly random: SeededRandom;
  readonly clock: ServerClock;
  readonly hosts: Set<string>;
  readonly transactions = new Transactions();
  /** Who uses which address, by subnet. */
  readonly addresses = new Map<string, Map<bigint, string>>();
  /** The lowest address of a subnet that may be free. */
  readonly lowest = new Map<string, bigint>();
  /** Ports by network and MAC. */
  readonly macs = new Map<string, string>();
  readonly portsOfNetwork = new Map<string, Set<string>>();
  readonly portsOfDevice = new Map<string, Set<string>>();
  readonly rulesOfGroup = new Map<string, Set<string>>();
  readonly ports: Table<Port>;
  readonly networks: Table<Network>;
  readonly subnets: Table<Subnet>;
  readonly subnetPools: Table<SubnetPool>;
  readonly routers: Table<Router>;
  readonly floatingIps: Table<FloatingIp>;
  readonly groups: Table<SecurityGroup>;
  readonly rules: Table<SecurityGroupRule>;
  readonly trunks: Table<Trunk>;
  readonly addressGroups: Table<AddressGroup>;
  readonly qosPolicies: Table<QosPolicy>;
  /** Limits that were set, by project. */
  readonly quotas = new Map<string, Quota>();
  /** How many of a kind a project has, by `kind/project`. */
  readonly #counts = new Map<string, number>();
  #numbers = 0;

  constructor(options: StateOptions) {
    this.release = options.release;
    this.mechanism = options.mechanism ?? "ovn";
    this.ids = options.ids;
    this.random = options.random;
    this.clock = options.clock;
    this.hosts = new Set(options.hosts);
    const journal = this.transactions;
    const counted =
      <Row extends Pick<Standard, "project_id">>(kind: string) =>
      (before: Row | undefined, after: Row | undefined): void => {
        if (before !== undefined) this.#count(kind, before.project_id, -1);
        if (after !== undefined) this.#count(kind, after.project_id, 1);
      };
    const countPort = counted<Port>("port");
    const countRule = counted<SecurityGroupRule>("security_group_rule");
    this.ports = new Table<Port>(journal, (before, after) => {
      countPort(before, after);
      this.#indexPort(before, after);
    });
    this.networks = new Table<Network>(journal, counted("network"));
    this.subnets = new Table<Subnet>(journal, counted("subnet"));
    this.subnetPools = new Table<SubnetPool>(journal, counted("subnetpool"));
    this.routers = new Table<Router>(journal, counted("router"));
    this.floatingIps = new Table<FloatingIp>(journal, counted("floatingip"));
    this.groups = new Table<SecurityGroup>(journal, counted("security_group"));
    this.rules = new Table<SecurityGroupRule>(journal, (before, after) => {
      countRule(before, after);
      index(this.rulesOfGroup, before?.security_group_id, before?.id, after?.security_group_id, after?.id);
    });
    this.trunks = new Table<Trunk>(journal, counted("trunk"));
    this.qosPolicies = new Table<QosPolicy>(journal);
    this.addressGroups = new Table<AddressGroup>(journal, counted("address_group"));
  }

  #count(kind: string, project: string, by: number): void {
    const key = `${kind}/${project}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  used(kind: string, project: string): number {
    return this.#counts.get(`${kind}/${project}`) ?? 0;
  }

  #indexPort(before: Port | undefined, after: Port | undefined): void {
    index(this.portsOfNetwork, before?.network_id, before?.id, after?.network_id, after?.id);
    index(this.portsOfDevice, before?.device_id, before?.id, after?.device_id, after?.id);
    if (before !== undefined) {
      this.macs.delete(`${before.network_id}/${before.mac_address}`);
      for (const { subnet_id: subnet, ip_address: ip } of before.fixed_ips) this.#address(subnet, ip, undefined);
    }
    if (after !== undefined) {
      this.macs.set(`${after.network_id}/${after.mac_address}`, after.id);
      for (const { subnet_id: subnet, ip_address: ip } of after.fixed_ips) this.#address(subnet, ip, after.id);
    }
  }

  #address(subnet: string, text: string, port: string | undefined): void {
    const address = parseAddress(text);
    if (address === undefined) return;
    const used = this.addresses.get(subnet) ?? new Map<bigint, string>();
    this.addresses.set(subnet, used);
    if (port !== undefined) {
      used.set(address, port);
      return;
    }
    used.delete(address);
    const lowest = this.lowest.get(subnet);
    if (lowest !== undefined && address < lowest) this.lowest.set(subnet, address);
  }

  subnetsOf(network: string): Subnet[] {
    return [...this.subnets.values()].filter((subnet) => subnet.network_id === network);
  }

  portsOn(network: string): Port[] {
    return this.#portsIn(this.portsOfNetwork.get(network));
  }

  portsWithDevice(device: string): Port[] {
    return this.#portsIn(this.portsOfDevice.get(device));
  }

  #portsIn(ids: ReadonlySet<string> | undefined): Port[] {
    return [...(ids ?? [])].flatMap((id) => this.ports.get(id) ?? []);
  }

  rulesIn(group: string): SecurityGroupRule[] {
    return [...(this.rulesOfGroup.get(group) ?? [])].flatMap((id) => this.rules.get(id) ?? []);
  }

  time(): string {
    return `${new Date(this.clock.now()).toISOString().slice(0, 19)}Z`;
  }

  number(): number {
    return ++this.#numbers;
  }

  /** What a new resource begins with. */
  standard(project: string, description: string): Standard {
    const now = this.time();
    const [created_at, updated_at] = [now, now];
    return { id: this.ids.uuid(), project_id: project, description, revision_number: 1, created_at, updated_at };
  }

  /** What every change does to a resource. */
  touched<Row extends Omit<Standard, "description">>(row: Row): Row {
    return { ...row, revision_number: row.revision_number + 1, updated_at: this.time() };
  }
}

function index(
  map: Map<string, Set<string>>,
  keyBefore: string | undefined,
  before: string | undefined,
  keyAfter: string | undefined,
  after: string | undefined,
): void {
  if (keyBefore !== undefined && before !== undefined) {
    const set = map.get(keyBefore);
    set?.delete(before);
    if (set?.size === 0) map.delete(keyBefore);
  }
  if (keyAfter !== undefined && after !== undefined) {
    const set = map.get(keyAfter) ?? new Set();
    map.set(keyAfter, set.add(after));
  }
}
