import type { FakeRequest, FakeResponse, Handler, Json } from "../../http/message.ts";
import type { IdentityState } from "../identity/state.ts";
import { header } from "../identity/tokens.ts";
import type { NetworkService } from "../network/service.ts";
import type { NetworkState } from "../network/state/state.ts";
import { balancerRefusal, Refusal, unauthorized } from "../refusal.ts";
import { createBuild } from "./build.ts";
import type { Context, Serve } from "./context.ts";
import { createGuard } from "./guard.ts";
import { createHealthMonitors } from "./health-monitors.ts";
import { createL7Policies, createListeners } from "./listeners.ts";
import { frameworkRefusal } from "./listing.ts";
import { createLoadBalancers } from "./load-balancers.ts";
import { createPools } from "./pools.ts";
import { Provider } from "./provider.ts";
import { createRules } from "./rules.ts";
import { createShow } from "./show.ts";
import { BalancerState } from "./state.ts";
import { createVips } from "./vip.ts";

export interface BalancerService {
  readonly handler: Handler;
  readonly state: BalancerState;
  readonly provider: Provider;
}

const emptyList =
  (name: string, what: string): Serve =>
  (_request, [id]) => {
    if (id !== undefined) throw balancerRefusal(404, `${what} ${id} not found.`);
    return { status: 200, body: { [name]: [], [`${name}_links`]: [] } };
  };

const providers: Json = { providers: [{ name: "ovn", description: "OVN provider" }] };

/** Octavia with the OVN provider and no other. Source: Load Balancer API v2 */
export function createBalancerService(
  network: NetworkState,
  neutron: NetworkService,
  identity: IdentityState,
  paceMs: number,
  url: () => string,
): BalancerService {
  const state = new BalancerState(network.release, network.ids, network.clock);
  const provider = new Provider(state, paceMs);
  const context: Context = {
    state,
    network,
    provider,
    build: createBuild(state),
    rules: createRules(state, network),
    guard: createGuard(state),
    show: createShow(state),
    vips: createVips(network, neutron.networks, neutron.ports),
    url,
  };
  const kinds = new Map<string, Serve>([
    ["loadbalancers", createLoadBalancers(context)],
    ["listeners", createListeners(context)],
    ["pools", createPools(context)],
    ["healthmonitors", createHealthMonitors(context)],
    ["l7policies", createL7Policies(context)],
    ["providers", () => ({ status: 200, body: providers })],
    ["flavors", emptyList("flavors", "Flavor")],
    ["availabilityzones", emptyList("availability_zones", "Availability Zone")],
  ]);

  function route(request: FakeRequest): FakeResponse {
    const [version, area, kind = "", ...rest] = request.path.split("/").filter((part) => part !== "");
    if (version === undefined) return { status: 200, body: versions(url(), state.release) };
    const caller = identity.caller(header(request, "x-auth-token"));
    if (caller === undefined) throw unauthorized();
    const serve = version === "v2" || version === "v2.0" ? kinds.get(area === "lbaas" ? kind : "") : undefined;
    if (serve === undefined) throw frameworkRefusal(404, "", "Not Found");
    return serve(request, rest, caller);
  }

  return {
    state,
    provider,
    handler: (request) => {
      try {
        return route(request);
      } catch (error) {
        if (error instanceof Refusal) return error.response;
        throw error;
      }
    },
  };
}

const NEWEST = { zed: 26, "2026.2": 30 } as const;

function versions(url: string, release: keyof typeof NEWEST): Json {
  const newest = NEWEST[release];
  const list = Array.from({ length: newest + 1 }, (_, minor) => ({
    id: `v2.${minor}`,
    status: minor === newest ? "CURRENT" : "SUPPORTED",
    updated: "2024-01-01T00:00:00Z",
    links: [{ href: `${url}/v2`, rel: "self" }],
  }));
  return { versions: list };
}
