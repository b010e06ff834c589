import type { Clock } from "@kuryr/kubernetes";
import type { OpenStackError, PortCreate } from "@kuryr/openstack";

import { markOf } from "../../api/ownership.ts";
import { errorFields, type Logger } from "../../log/logger.ts";
import { KeyLock } from "../../process/key-lock.ts";
import type { DriverContext, PoolWorld } from "../pods/drivers/drivers.ts";
import type { KuryrPortView } from "../pods/plan.ts";
import type { LookedAt, PortGateway } from "../ports/gateway.ts";
import type { NeutronPort } from "../ports/inventory.ts";
import { Alarm } from "../../process/alarm.ts";
import { PoolBook, type Pool } from "./book.ts";
import { PortClaims, type PortIdentity } from "./claims.ts";
import { digestOf, keyOfPort, keyOfWanted, portFor, shapeOf } from "./key.ts";
import { gatheredLook } from "./look.ts";
import { parsePoolMark, poolMarkOf } from "./mark.ts";
import type { PoolMetrics } from "./metrics.ts";

/** `[vif_pool]`; times in milliseconds. */
export interface PoolOptions {
  readonly min: number;
  readonly max: number;
  readonly batch: number;
  readonly frequencyMs: number;
  readonly ttlMs: number;
  readonly quarantineMs: number;
  /** `port_debug`: ports have names. */
  readonly named: boolean;
}

/** Name of a port that waits, where ports have names; the original's. */
const poolPortName = "kuryr-pool-port";

/** For so many times the update frequency nothing is made in advance where Neutron has run out of something. */
const scarcePauses = 3;

/** What all parts of the pools know. */
export class PoolState {
  readonly options: PoolOptions;
  readonly cluster: string;
  readonly world: PoolWorld;
  readonly ports: PortGateway;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: PoolMetrics;
  readonly book = new PoolBook();
  readonly claims: PortClaims;
  /** One write at a time to a port, in the order in which they were asked for. */
  readonly lock = new KeyLock();
  readonly alarm: Alarm;
  readonly look: (id: string) => Promise<LookedAt | undefined>;
  /** What the VIF driver asks of every port. */
  readonly shape: string;
  /** Pools of pods that may come without having asked yet, by node. */
  readonly coming = new Map<string, Pool>();
  /** When a pod last asked for a port. */
  lastTakeAt: number;
  /** Pods that wait for a port that is made for them. */
  misses = 0;
  readonly #scarce = new Map<string, number>();
  readonly #cloud: DriverContext["cloud"];
  /** Subnets that pods are in; missing where it depends on the pod. */
  readonly #subnets: ReadonlySet<string> | undefined;
  #ownProject: string | undefined;
  /** What pods to come need could not be found out the last time. */
  #isUnclear = false;

  constructor(context: DriverContext, metrics: PoolMetrics, world: PoolWorld) {
    const { vif_pool: pool, kubernetes } = context.config;
    this.options = {
      min: pool.ports_pool_min,
      max: pool.ports_pool_max,
      batch: pool.ports_pool_batch,
      frequencyMs: pool.ports_pool_update_frequency * 1000,
      ttlMs: pool.ports_pool_ttl * 1000,
      quarantineMs: pool.ports_pool_quarantine * 1000,
      named: kubernetes.port_debug,
    };
    this.cluster = context.cluster;
    this.world = world;
    this.ports = context.ports;
    this.clock = context.clock;
    this.log = context.log;
    this.metrics = metrics;
    this.claims = new PortClaims(world.quietMs);
    this.alarm = new Alarm(context.clock);
    this.look = gatheredLook((ids, signal) => context.ports.look(ids, signal), context.clock, world.signal);
    this.shape = shapeOf(world.anyPort());
    // Whoever waited for this controller to begin goes first.
    this.lastTakeAt = context.clock.now();
    this.#cloud = context.cloud;
    const everywhere = kubernetes.pod_subnets_driver === "default";
    this.#subnets = everywhere ? new Set(context.config.neutron_defaults.pod_subnet) : undefined;
  }

  now(): number {
    return this.clock.now();
  }

  /** The project of ports that name none. Known for good once a token was seen. */
  async ownProject(signal: AbortSignal): Promise<string> {
    this.#ownProject ??= (await this.#cloud.scope({ signal })).projectId ?? "";
    return this.#ownProject;
  }

  /** Whether pods of this kind come. */
  wanted(pool: Pool): boolean {
    if (this.coming.get(pool.key.node) === pool) return true;
    if (pool.askedAt === undefined || !this.world.hasNode(pool.key.node)) return false;
    return this.options.ttlMs === 0 || this.now() - pool.askedAt < this.options.ttlMs;
  }

  /** Whether a pool is of subnets that pods are not in any more. */
  isForeign({ key }: Pool): boolean {
    return this.#subnets !== undefined && !key.subnetIds.every((id) => this.#subnets?.has(id));
  }

  /**
   * Looks for pools that pods may ask: one on every node that takes pods. What cannot be found out is left to the next look,
   * since pods that are there do not depend on it.
   * @throws the signal's reason
   */
  async expect(signal: AbortSignal): Promise<void> {
    const nodes = new Set<string>();
    for (const { name, schedulable } of this.world.nodes()) if (schedulable) nodes.add(name);
    for (const name of this.coming.keys()) if (!nodes.has(name)) this.coming.delete(name);
    try {
      for (const name of nodes) {
        if (this.coming.has(name)) continue;
        const port = await this.world.comingPort(name, signal);
        const key = port === undefined ? undefined : keyOfWanted(port, await this.ownProject(signal));
        if (key === undefined) continue;
        this.coming.set(name, this.book.pool(key));
        this.alarm.ring();
      }
      this.#isUnclear = false;
    } catch (error) {
      signal.throwIfAborted();
      // Said once, and the other nodes are not tried: the answer is the same for all of them.
      if (!this.#isUnclear)
        this.log.warn(
          "what ports pods will need cannot be found out: none are made before they come",
          errorFields(error),
        );
      this.#isUnclear = true;
    }
  }

  /** The pool that a port with a pool's mark waits for, where the mark tells the truth. */
  poolOfWaiting(port: NeutronPort): { readonly pool: Pool; readonly releasedAt: number | undefined } | undefined {
    const mark = parsePoolMark(this.cluster, port.description ?? "");
    if (mark === undefined) return undefined;
    const key = keyOfPort(port, this.shape);
    if (digestOf(key) !== mark.digest || (port.qos_policy_id ?? null) !== null) return undefined;
    if (port["binding:vif_type"] === "binding_failed") return undefined;
    return { pool: this.book.pool(key), releasedAt: mark.releasedAt };
  }

  /** What a port of a pool is marked with. */
  waitingAs(pool: Pool, releasedAt: number | undefined): PortIdentity {
    return {
      device_id: "",
      description: poolMarkOf(this.cluster, pool.key.node, { digest: pool.digest, releasedAt }),
      ...(this.options.named ? { name: poolPortName } : {}),
    };
  }

  /** What the port of a pod is marked with. */
  ownedBy({ namespace, name, podUid }: KuryrPortView): PortIdentity {
    return {
      device_id: podUid,
      description: markOf({ cluster: this.cluster, kind: "pod", namespace, name }),
      ...(this.options.named ? { name: `${namespace}/${name}`.slice(0, 255) } : {}),
    };
  }

  /** A port to create for a pool. */
  portOf(pool: Pool): PortCreate {
    return portFor(pool.key, this.waitingAs(pool, undefined));
  }

  /** Takes a port that waits into its pool; its address rests as long as it has not. */
  waits(pool: Pool, port: NeutronPort, releasedAt: number | undefined): void {
    const { quarantineMs } = this.options;
    const rest =
      releasedAt === undefined ? 0 : Math.min(quarantineMs, releasedAt + quarantineMs - this.clock.wallTime());
    this.world.inventory.put(port);
    this.book.add(pool, port.id, this.now(), this.now() + rest);
    this.alarm.ring();
  }

  /** Neutron has run out of addresses of the pool's subnets, or of the project's ports. */
  exhausted(pool: Pick<Pool, "key">, error: OpenStackError): void {
    const until = this.now() + scarcePauses * this.options.frequencyMs;
    for (const what of error.kind === "quota" ? ["quota"] : pool.key.subnetIds) this.#scarce.set(what, until);
  }

  /** Whether what a pool is made of has run out: it is left to pods. */
  isScarce({ key }: Pool): boolean {
    const now = this.now();
    return ["quota", ...key.subnetIds].some((what) => (this.#scarce.get(what) ?? now) > now);
  }
}
