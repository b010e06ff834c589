import { type Cloud, isKind } from "@kuryr/openstack";

import type { NeutronSubnet } from "../pods/interfaces.ts";
import type { NeutronPort } from "./inventory.ts";

/** A subnet with the network it is in. */
export type SubnetInNetwork = NeutronSubnet &
  Readonly<{
    network_id: string;
    name: string;
    allocation_pools: readonly { readonly start: string; readonly end: string }[];
  }>;

interface Known<T> {
  readonly value: Promise<T>;
  /** When it is read again. */
  readonly until: number;
}

/** How long a second reading may take, and the pause after one that failed. */
const renewalMs = 30_000;

/** Reads subnets and networks, and remembers them: they change about never. */
export class SubnetDirectory {
  readonly #readSubnet: (id: string, signal: AbortSignal) => Promise<SubnetInNetwork>;
  readonly #readMtu: (networkId: string, signal: AbortSignal) => Promise<number>;
  readonly #now: () => number;
  readonly #ttlMs: number;
  readonly #subnets = new Map<string, Known<SubnetInNetwork>>();
  readonly #mtus = new Map<string, Known<number>>();

  constructor(options: {
    readSubnet: (id: string, signal: AbortSignal) => Promise<SubnetInNetwork>;
    readMtu: (networkId: string, signal: AbortSignal) => Promise<number>;
    /** Milliseconds, monotonic. */
    now: () => number;
    ttlMs: number;
  }) {
    this.#readSubnet = options.readSubnet;
    this.#readMtu = options.readMtu;
    this.#now = options.now;
    this.#ttlMs = options.ttlMs;
  }

  get(id: string, signal: AbortSignal): Promise<SubnetInNetwork> {
    return this.#remember(this.#subnets, id, signal, (limited) => this.#readSubnet(id, limited));
  }

  /** Subnets and MTU of a port. */
  async contextOf(
    port: NeutronPort,
    signal: AbortSignal,
  ): Promise<{ subnets: Map<string, NeutronSubnet>; networkMtu: number }> {
    const ids = [...new Set(port.fixed_ips.map((fixed) => fixed.subnet_id))];
    const [networkMtu, ...subnets] = await Promise.all([
      this.#remember(this.#mtus, port.network_id, signal, (limited) => this.#readMtu(port.network_id, limited)),
      ...ids.map((id) => this.get(id, signal)),
    ]);
    return { networkMtu, subnets: new Map(subnets.map((subnet) => [subnet.id, subnet])) };
  }

  #remember<T>(
    cache: Map<string, Known<T>>,
    id: string,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const known = cache.get(id);
    if (known !== undefined) {
      if (known.until <= this.#now()) this.#renew(cache, id, known.value, read);
      return known.value;
    }
    const value = read(signal);
    cache.set(id, { value, until: this.#now() + this.#ttlMs });
    // A failure is not remembered: the next one to ask tries again.
    value.catch(() => {
      if (cache.get(id)?.value === value) cache.delete(id);
    });
    return value;
  }

  /** Reads again what is old. Until that is answered the old holds: while Neutron is away pods start on what was known. */
  #renew<T>(
    cache: Map<string, Known<T>>,
    id: string,
    value: Promise<T>,
    read: (signal: AbortSignal) => Promise<T>,
  ): void {
    cache.set(id, { value, until: this.#now() + renewalMs });
    read(AbortSignal.timeout(renewalMs)).then(
      (fresh) => cache.set(id, { value: Promise.resolve(fresh), until: this.#now() + this.#ttlMs }),
      (error: unknown) => {
        if (isKind(error, "not-found")) cache.delete(id);
      },
    );
  }
}

/** A directory that reads from Neutron; entries are read again after an hour, `[subnet_caching]cache_time` of the original. */
export function subnetDirectory(cloud: Cloud): SubnetDirectory {
  return new SubnetDirectory({
    readSubnet: (id, signal) => cloud.network.subnets.get(id, { signal }),
    readMtu: async (networkId, signal) => (await cloud.network.networks.get(networkId, { signal })).mtu,
    now: () => performance.now(),
    ttlMs: 3_600_000,
  });
}
