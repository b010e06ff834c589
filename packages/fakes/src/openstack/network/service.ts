import type { Handler } from "../../http/message.ts";
import { invalidInput } from "../refusal.ts";
import type { IdentityState } from "../identity/state.ts";
import { createAddressGroups } from "./groups/address-groups.ts";
import { createNetworkApi, resourceApi, type Extra, type Tools } from "./api/api.ts";
import { agentApi, extensionApi } from "./api/agents.ts";
import { createFloatingIps } from "./routers/floating-ips.ts";
import { createRouters } from "./routers/routers.ts";
import { createTrunks } from "./ports/trunks.ts";
import { createNetworks, type Networks } from "./networks/networks.ts";
import { createPorts, type PortGone, type Ports } from "./ports/ports.ts";
import { createQosPolicies, type QosPolicies } from "./qos/qos.ts";
import { qosKind } from "./qos/qos-rules.ts";
import { quotaApi } from "./api/quota-api.ts";
import { QuotaKeeper } from "./api/quotas.ts";
import { createSecurityGroupRules } from "./groups/security-group-rules.ts";
import { createSecurityGroups } from "./groups/security-groups.ts";
import type { NetworkState } from "./state/state.ts";
import { createSubnetPools } from "./networks/subnet-pools.ts";
import { createSubnets } from "./networks/subnets.ts";
import { tagsFailed } from "./api/tags.ts";

const QUOTAS = {
  network: -1,
  subnet: -1,
  subnetpool: -1,
  port: -1,
  router: -1,
  floatingip: -1,
  security_group: -1,
  security_group_rule: -1,
  trunk: -1,
  rbac_policy: 10,
  router_route: 30,
};

export interface NetworkService {
  readonly handler: Handler;
  readonly ports: Ports;
  readonly networks: Networks;
}

/** `/v2.0/qos`. */
function qosApi(qos: QosPolicies, tools: Tools): Extra {
  const policies = resourceApi(qos);
  return (request, [kind, collection, id, sub, rule, ...more], caller) => {
    if (kind !== "qos" || collection !== "policies" || more.length > 0) return undefined;
    const rulesOf = qosKind(sub);
    if (rulesOf !== undefined && id !== undefined) return qos.rules(request, rulesOf, id, rule, caller);
    // Tags of a policy cannot be set or shown below this path, only one by one.
    if (sub === "tags" && rule === undefined && request.method === "PUT") throw invalidInput("Invalid tags body");
    if (sub === "tags" && rule === undefined && request.method === "GET") throw tagsFailed();
    const rest = [id, sub, rule].filter((part) => part !== undefined);
    return policies.serve(request, rest, caller, tools);
  };
}

/** Neutron: ML2/OVN with the plugins of the development stack. */
export function createNetworkService(state: NetworkState, identity: IdentityState, url: () => string): NetworkService {
  const { router_route: routes, ...limits } = QUOTAS;
  const quotas = new QuotaKeeper(state, state.release === "zed" ? limits : { ...limits, router_route: routes });
  const gone: PortGone[] = [];
  const qos = createQosPolicies(state);
  const networks = createNetworks(state, qos);
  const pools = createSubnetPools(state);
  const subnets = createSubnets(state, networks, pools);
  const groups = createSecurityGroups(state);
  const ports = createPorts(state, networks, groups, qos, gone);
  const routers = createRouters(state, networks, ports);
  const floatingIps = createFloatingIps(state, networks, ports, routers);
  const trunks = createTrunks(state, ports);
  gone.push(floatingIps.portGone);
  ports.guard(trunks.check);
  networks.connect({ port: ports.drop, subnet: subnets.drop });
  const handler = createNetworkApi({
    state,
    identity,
    quotas,
    url,
    resources: [
      resourceApi(networks),
      resourceApi(subnets),
      resourceApi(pools),
      resourceApi(ports),
      resourceApi(groups),
      resourceApi(createSecurityGroupRules(state, groups)),
      resourceApi(createAddressGroups(state)),
      resourceApi(routers),
      resourceApi(floatingIps),
      resourceApi(trunks),
    ],
    extras: [qosApi(qos, { state, quotas, url }), quotaApi(state, quotas), agentApi(state, url), extensionApi(state)],
  });
  return { handler, ports, networks };
}
