import type { ServerClock } from "../../http/clock.ts";
import type { Ids } from "../ids.ts";
import type { Release } from "../network/state/state.ts";

export type Provisioning = "ACTIVE" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE" | "ERROR";

/** What every resource has; these change in place as the provider works. */
export interface Common {
  readonly id: string;
  readonly project_id: string;
  name: string;
  admin_state_up: boolean;
  tags: string[];
  provisioning_status: Provisioning;
  operating_status: string;
  readonly created_at: string;
  updated_at: string | null;
}

export interface AdditionalVip {
  readonly subnet_id: string;
  readonly ip_address: string | null;
  /** Not on Zed, where nothing is made of it. */
  readonly port_id?: string;
}

export interface LoadBalancer extends Common {
  description: string;
  readonly vip_address: string;
  readonly vip_port_id: string;
  readonly vip_subnet_id: string;
  readonly vip_network_id: string;
  readonly additional_vips: readonly AdditionalVip[];
  /** The VIP is on a port that was there before. */
  readonly ownPort: boolean;
}

export interface Listener extends Common {
  description: string;
  readonly loadbalancer_id: string;
  readonly protocol: string;
  readonly protocol_port: number;
  connection_limit: number;
  default_pool_id: string | null;
  timeout_client_data: number;
  timeout_member_connect: number;
  timeout_member_data: number;
  timeout_tcp_inspect: number;
}

export interface Persistence {
  readonly type: string;
  readonly cookie_name: string | null;
  readonly persistence_timeout: number | null;
  readonly persistence_granularity: string | null;
}

export interface Pool extends Common {
  description: string;
  readonly loadbalancer_id: string;
  readonly protocol: string;
  lb_algorithm: string;
  session_persistence: Persistence | null;
}

export interface Member extends Common {
  readonly pool_id: string;
  readonly address: string;
  readonly protocol_port: number;
  readonly subnet_id: string | null;
  weight: number;
  backup: boolean;
  monitor_address: string | null;
  monitor_port: number | null;
}

export interface HealthMonitor extends Common {
  readonly pool_id: string;
  readonly type: string;
  delay: number;
  timeout: number;
  max_retries: number;
  max_retries_down: number;
}

/** Everything that Octavia keeps. */
export class BalancerState {
  readonly release: Release;
  readonly ids: Ids;
  readonly clock: ServerClock;
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly listeners = new Map<string, Listener>();
  readonly pools = new Map<string, Pool>();
  readonly members = new Map<string, Member>();
  readonly healthMonitors = new Map<string, HealthMonitor>();

  constructor(release: Release, ids: Ids, clock: ServerClock) {
    this.release = release;
    this.ids = ids;
    this.clock = clock;
  }

  time(): string {
    return new Date(this.clock.now()).toISOString().slice(0, 19);
  }

  listenersOf(lb: string): Listener[] {
    return [...this.listeners.values()].filter((one) => one.loadbalancer_id === lb);
  }

  poolsOf(lb: string): Pool[] {
    return [...this.pools.values()].filter((one) => one.loadbalancer_id === lb);
  }

  listenersWith(pool: string): Listener[] {
    return [...this.listeners.values()].filter((one) => one.default_pool_id === pool);
  }

  membersOf(pool: string): Member[] {
    return [...this.members.values()].filter((one) => one.pool_id === pool);
  }

  monitorOf(pool: string): HealthMonitor | undefined {
    return [...this.healthMonitors.values()].find((one) => one.pool_id === pool);
  }
}
