import { parseAddress, parsePrefix, holds } from "../network/state/addresses.ts";
import type { JsonObject } from "../network/api/attributes.ts";
import { input } from "../network/api/resource.ts";
import type { NetworkState } from "../network/state/state.ts";
import { balancerRefusal } from "../refusal.ts";
import type { BalancerState, LoadBalancer, Pool } from "./state.ts";

const OVN_PROTOCOLS = new Set(["TCP", "UDP", "SCTP"]);
const OVN_MONITORS = ["UDP-CONNECT", "TCP"];
/** Pool protocols that a listener of a protocol may have. */
const FITTING: Readonly<Record<string, readonly string[]>> = {
  TCP: ["HTTP", "HTTPS", "PROXY", "PROXYV2", "TCP"],
  UDP: ["UDP"],
  SCTP: ["SCTP"],
  HTTP: ["HTTP", "PROXY", "PROXYV2"],
  HTTPS: ["HTTPS", "PROXY", "PROXYV2", "TCP"],
};

export const unsupported = (what: string): Error =>
  balancerRefusal(501, `Provider 'ovn' does not support a requested option: ${what}`);
export const invalid = (why: string): Error => balancerRefusal(400, `Validation failure: ${why}`);

/** What the OVN provider does not do. */
export function createRules(state: BalancerState, network: NetworkState) {
  const isZed = state.release === "zed";

  return {
    /** @throws Refusal */
    listener(given: JsonObject): void {
      const protocol = input.stringOrNull(given, "protocol");
      if (protocol === "TERMINATED_HTTPS" || protocol === "PROMETHEUS")
        throw balancerRefusal(400, `The selected protocol is not allowed in this deployment: ${protocol}`);
      const headers = given["insert_headers"];
      if (headers !== undefined && headers !== null && protocol !== "HTTP")
        throw balancerRefusal(400, `insert-headers is not a valid option for a ${protocol} protocol listener.`);
    },

    /** @throws Refusal */
    listenerOptions(given: JsonObject): void {
      const protocol = input.stringOrNull(given, "protocol");
      if (protocol !== null && !OVN_PROTOCOLS.has(protocol))
        throw unsupported(`OVN provider does not support ${protocol} protocol`);
      if (input.strings(given, "allowed_cidrs").length > 0)
        throw unsupported("OVN provider does not support allowed_cidrs option");
    },

    /** @throws Refusal */
    pool(given: JsonObject, isChange = false): void {
      const [persistence] = input.objects({ list: [given["session_persistence"] ?? null] }, "list");
      if (persistence === undefined) return;
      const type = input.string(persistence, "type");
      const timed = persistence["persistence_timeout"] ?? persistence["persistence_granularity"] ?? null;
      const protocol = input.stringOrNull(given, "protocol");
      if (timed !== null && protocol !== "UDP" && protocol !== "SCTP") {
        const kinds = `${isChange ? "UDP" : "UDP and SCTP"} protocol pools`;
        throw invalid(`persistence_timeout and persistence_granularity is only for ${kinds}.`);
      }
      if (type === "APP_COOKIE" && input.stringOrNull(persistence, "cookie_name") === null) {
        const why = 'Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.';
        throw invalid(why);
      }
    },

    /** @throws Refusal */
    poolOptions(given: JsonObject): void {
      const protocol = input.stringOrNull(given, "protocol");
      if (protocol !== null && !OVN_PROTOCOLS.has(protocol))
        throw unsupported(`OVN provider does not support ${protocol} protocol`);
      const algorithm = input.stringOrNull(given, "lb_algorithm");
      const known = algorithm === "SOURCE_IP_PORT" || (algorithm === "SOURCE_IP" && !isZed);
      if (algorithm !== null && !known) throw unsupported(`OVN provider does not support ${algorithm} algorithm`);
    },

    /** @throws Refusal */
    fit(poolProtocol: string, listenerProtocol: string): void {
      if (FITTING[listenerProtocol]?.includes(poolProtocol)) return;
      const why = `The pool protocol '${poolProtocol}' is invalid while the listener protocol is '${listenerProtocol}'.`;
      throw invalid(why);
    },

    /** @throws Refusal */
    memberOptions(given: JsonObject, lb: LoadBalancer, action: "creation" | "batch update"): void {
      const address = input.string(given, "address");
      if (address.includes(":") !== lb.vip_address.includes(":")) {
        const what = "OVN provider does not support mixing IPv4/IPv6 configuration within the same Load Balancer.";
        throw unsupported(what);
      }
      if (input.stringOrNull(given, "subnet_id") !== null) return;
      const vipSubnet = parsePrefix(network.subnets.get(lb.vip_subnet_id)?.cidr ?? "");
      if (vipSubnet !== undefined && holds(vipSubnet, parseAddress(address) ?? -1n)) return;
      throw unsupported(
        "Subnet is required, or Loadbalancer associated with Pool must have a subnet, for Member " +
          `${action} with OVN Provider Driver if it is not the same as LB VIP subnet`,
      );
    },

    /** @throws Refusal */
    monitorOptions(given: JsonObject): void {
      const type = input.string(given, "type");
      if (OVN_MONITORS.includes(type)) return;
      const supported = OVN_MONITORS.join(", ");
      throw unsupported(`OVN provider does not support ${type} health monitor type. Supported types: ${supported}`);
    },

    /** @throws Refusal */
    freshMember(pool: Pool, address: string, port: number): void {
      const same = state.membersOf(pool.id).some((one) => one.address === address && one.protocol_port === port);
      if (same) throw memberExists(address, port);
    },
  };
}

export const memberExists = (address: string, port: number): Error =>
  balancerRefusal(409, `Another member on this pool is already using ip ${address} on protocol_port ${port}`);

export type Rules = ReturnType<typeof createRules>;
