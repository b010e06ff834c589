import { systemClock, type ServerClock } from "../http/clock.ts";
import { FaultProfile, type FaultRule, type Latency } from "../http/faults.ts";
import type { FakeRequest, FakeResponse } from "../http/message.ts";
import { seededRandom } from "../http/random.ts";
import { serve, type RunningServer } from "../http/server.ts";
import { createBalancerService } from "./balancer/service.ts";
import type { BalancerState } from "./balancer/state.ts";
import { createCatalog, type CatalogEntry } from "./identity/catalog.ts";
import { createIdentityService } from "./identity/service.ts";
import { IdentityState } from "./identity/state.ts";
import { createIds } from "./ids.ts";
import { createPlugging, type Mechanism } from "./network/state/mechanism.ts";
import { createNetworkService } from "./network/service.ts";
import { NetworkState, type Release } from "./network/state/state.ts";

export type { Mechanism };
export type ServiceName = "identity" | "network" | "load-balancer";

export interface OpenStackOptions {
  /** Whose behaviour is shown; default `2026.2`. */
  readonly release?: Release;
  /** Decides ids, addresses and faults: the same seed and the same requests give the same run. Default 1. */
  readonly seed?: number;
  /** Time of tokens, of the load balancers' work and of latency; default the machine's. */
  readonly clock?: ServerClock;
  /** The ML2 driver that binds ports; default `ovn`. */
  readonly mechanism?: Mechanism;
  /** Milliseconds from a port's plugging to its being ACTIVE; default 0. */
  readonly plugPaceMs?: number;
  /** Names of the chassis that are alive; default `node1` and `node2`. */
  readonly hosts?: readonly string[];
  /** Milliseconds that the OVN provider takes for each thing it does to a load balancer; default 20. */
  readonly providerPaceMs?: number;
  /** How long requests wait before they are handled. */
  readonly latency?: (service: ServiceName, request: FakeRequest) => Latency | undefined;
  readonly faults?: Readonly<Partial<Record<ServiceName, readonly FaultRule[]>>>;
}

/** One request as a service saw it. */
export interface SeenRequest {
  readonly service: ServiceName;
  readonly method: string;
  readonly target: string;
}

/** A cloud in this process, over real HTTP. */
export interface FakeOpenStack {
  readonly release: Release;
  /** Keystone's, with its version: `OS_AUTH_URL`. */
  readonly authUrl: string;
  /** Without versions. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  readonly region: string;
  /** The administrator. */
  readonly admin: { readonly username: string; readonly password: string; readonly projectName: string };
  /** A user with Kuryr's roles in a project of its own. */
  readonly kuryr: { readonly username: string; readonly password: string; readonly projectName: string };
  readonly identity: IdentityState;
  readonly network: NetworkState;
  readonly balancer: BalancerState;
  readonly faults: Readonly<Record<ServiceName, FaultProfile>>;
  /** Requests since the start, by service, method and path with `{}` for ids: `network GET /v2.0/ports/{}`. */
  readonly counts: ReadonlyMap<string, number>;
  /** Told of each request when it comes, before anything happens to it. */
  onRequest: (request: SeenRequest) => void;
  /** Says that a chassis has plugged a port, or has lost it: Neutron's status follows. */
  setPlugged(port: string, plugged: boolean): void;
  /** A load balancer fails: only its deletion with all that is in it is taken from then on. */
  failLoadBalancer(id: string): void;
  /** The provider forgets what it was doing with a load balancer, which stays as it is, PENDING or not, for ever. */
  stallLoadBalancer(id: string): void;
  /** Breaks every open connection of a service. */
  resetConnections(service: ServiceName): void;
  stop(): Promise<void>;
}

const DEFAULT_PACE_MS = 20;
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}/g;
const SERVICES = ["identity", "network", "load-balancer"] as const;
const KURYR_ROLES = new Set(["member", "load-balancer_member", "kuryr"]);
/** Neutron 21 has a web server of its own, with this limit; later it runs under one with buffers of 64 KiB. */
const REQUEST_LINE = { zed: 8192, "2026.2": 65_535 } as const;

/** Starts Keystone, Neutron and Octavia, each on a port of its own on 127.0.0.1. */
export async function startOpenStack(options: OpenStackOptions = {}): Promise<FakeOpenStack> {
  const release = options.release ?? "2026.2";
  const random = seededRandom(options.seed ?? 1);
  const clock = options.clock ?? systemClock();
  const ids = createIds(random);
  const region = "RegionOne";
  const identity = new IdentityState(ids, clock);
  const network = new NetworkState({
    release,
    mechanism: options.mechanism ?? "ovn",
    ids,
    random,
    clock,
    hosts: options.hosts ?? ["node1", "node2"],
  });
  const urls: Record<ServiceName, string> = { identity: "", network: "", "load-balancer": "" };
  let catalog: readonly CatalogEntry[] = [];

  const person = (name: string, password: string, roles: ReadonlySet<string>) => {
    const project = identity.addProject(name);
    const user = identity.addUser(name, password);
    for (const role of identity.roles.values())
      if (roles.has(role.name)) identity.grants(project.id, user.id).add(role.id);
    return { username: name, password, projectName: name };
  };
  const admin = person("admin", `admin-${random.hex(8)}`, new Set(["admin"]));
  const kuryr = person("kuryr", `kuryr-${random.hex(8)}`, KURYR_ROLES);
  identity.addProject("service");

  const networkService = createNetworkService(network, identity, () => urls.network);
  const balancer = createBalancerService(
    network,
    networkService,
    identity,
    options.providerPaceMs ?? DEFAULT_PACE_MS,
    () => urls["load-balancer"],
  );
  const handlers: Record<ServiceName, (request: FakeRequest) => FakeResponse | Promise<FakeResponse>> = {
    identity: createIdentityService({
      state: identity,
      release,
      catalog: () => catalog,
      url: () => urls.identity,
      newId: () => ids.plain(),
    }),
    network: networkService.handler,
    "load-balancer": balancer.handler,
  };
  const faults = Object.fromEntries(
    SERVICES.map((name) => [name, new FaultProfile(seededRandom((options.seed ?? 1) + 1), options.faults?.[name])]),
  ) as Record<ServiceName, FaultProfile>;
  const counts = new Map<string, number>();
  const seen = (request: SeenRequest): void => {
    const [path = ""] = request.target.split("?");
    const name = `${request.service} ${request.method} ${path.replaceAll(ID, "{}")}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    fake.onRequest(request);
  };
  const servers = new Map<ServiceName, RunningServer>();
  const { latency } = options;
  for (const name of SERVICES) {
    const server = await serve({
      handler: handlers[name],
      faults: faults[name],
      clock,
      maxRequestLine: REQUEST_LINE[release],
      ...(latency === undefined ? {} : { latency: (request: FakeRequest) => latency(name, request) }),
      onRequest: ({ method, target }) => seen({ service: name, method, target }),
    });
    servers.set(name, server);
    urls[name] = server.url;
  }
  catalog = createCatalog(ids, region, urls);

  const fake: FakeOpenStack = {
    release,
    authUrl: `${urls.identity}/v3`,
    urls,
    region,
    admin,
    kuryr,
    identity,
    network,
    balancer: balancer.state,
    faults,
    counts,
    onRequest: () => undefined,
    setPlugged: createPlugging(network, options.plugPaceMs ?? 0),
    failLoadBalancer(id) {
      const lb = balancer.state.loadBalancers.get(id);
      if (lb === undefined) return;
      balancer.provider.forget(id);
      lb.provisioning_status = "ERROR";
      lb.operating_status = "ERROR";
    },
    stallLoadBalancer: (id) => balancer.provider.stall(id),
    resetConnections: (name) => servers.get(name)?.resetConnections(),
    async stop() {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    },
  };
  return fake;
}
