import type { Json } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import { pythonRepr, pythonText } from "../../python.ts";
import { networkRefusal } from "../../refusal.ts";
import { formatPrefix, holds, overlaps, parseAddress, parsePrefix } from "../state/addresses.ts";
import { isObject, type JsonObject } from "../api/attributes.ts";
import { networkNotFound, portNotFound, shownStandard, subnetNotFound } from "../api/common.ts";
import type { Networks } from "../networks/networks.ts";
import type { Ports } from "../ports/ports.ts";
import { input, type Action, type Resource } from "../api/resource.ts";
import { admin, rulesOf, type Rights } from "../api/rights.ts";
import { routerShape } from "./router-shape.ts";
import type { ExternalGateway, Port, Router, Subnet } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";
import { isUuid } from "../api/values.ts";

export const INTERFACE = "network:router_interface";
const GATEWAY = "network:router_gateway";

const badRouter = (why: string): Error => networkRefusal(400, "BadRequest", `Bad router request: ${why}.`);
const missing = (id: string) => networkRefusal(404, "RouterNotFound", `Router ${id} could not be found`);

/** What the policy engine of 2026.2 prints for an action on a router: every guarded attribute, given or not. */
function actionText(name: string): string {
  const guarded = (attribute: string): string => `rule:${name}:${attribute}`;
  const gateways = `(${guarded("external_gateways")} and ())`;
  return ["ha", gateways, "flavor_id", "enable_default_route_bfd", "enable_default_route_ecmp"].reduce(
    (text, one) => `(${text} and ${one.startsWith("(") ? one : guarded(one)})`,
    `rule:${name}`,
  );
}

export interface Routers extends Resource<Router> {
  /** The router that reaches an external network from a subnet. */
  readonly between: (external: string, subnet: string) => Router | undefined;
  /** Tells of uses of a router that keep its gateway or interface. */
  readonly guard: (uses: (router: string, subnet?: string) => boolean) => void;
}

/** Neutron's routers, as OVN serves them. */
export function createRouters(state: NetworkState, networks: Networks, ports: Ports): Routers {
  const { reader, member } = rulesOf(state.release);
  const adminOnly = ["ha", "external_gateway_info:enable_snat", "external_gateway_info:external_fixed_ips"].concat([
    "enable_default_route_bfd",
    "enable_default_route_ecmp",
  ]);
  const rights: Rights = {
    get: reader,
    create: member,
    update: member,
    remove: member,
    attributes: Object.fromEntries(
      adminOnly.flatMap((name) => [`create:${name}`, `update:${name}`].map((key) => [key, admin])),
    ),
  };
  let used = (_router: string, _subnet?: string): boolean => false;

  const interfaces = (router: string): Port[] =>
    state.portsWithDevice(router).filter((port) => port.device_owner === INTERFACE);

  function show(router: Router, caller: Caller): JsonObject {
    const { gateway } = router;
    const outside: JsonObject | undefined =
      gateway === null ? undefined : { network_id: gateway.network_id, external_fixed_ips: gateway.external_fixed_ips };
    const newer: JsonObject = {
      enable_default_route_bfd: false,
      enable_default_route_ecmp: false,
      enable_snat: true,
      flavor_id: null,
      external_gateways: outside === undefined ? [] : [outside],
      ...(caller.isAdmin ? { ha: true } : {}),
    };
    return {
      ...shownStandard(router),
      name: router.name,
      tags: router.tags,
      admin_state_up: router.admin_state_up,
      status: router.status,
      external_gateway_info: outside === undefined ? null : { ...outside, enable_snat: gateway?.enable_snat === true },
      routes: router.routes,
      availability_zone_hints: [],
      availability_zones: [],
      ...(state.release === "zed" ? {} : newer),
    };
  }

  /** A port of the router's own. */
  function makePort(given: JsonObject, caller: Caller): Port {
    const base = {
      name: "",
      description: "",
      admin_state_up: true,
      tags: [],
      "binding:vnic_type": "normal",
      port_security_enabled: false,
      ...given,
    };
    return ports.make(base, { ...caller, isAdmin: true });
  }

  function gatewayFor(router: string, info: JsonObject, caller: Caller): ExternalGateway | null {
    const id = info["network_id"];
    if (typeof id !== "string") return null;
    const network = state.networks.get(id);
    if (network === undefined || !networks.rights.get(caller, networks.target(network))) throw networkNotFound(id);
    if (!network["router:external"]) throw badRouter(`Network ${id} is not an external network`);
    const fixed = info["external_fixed_ips"];
    const port = makePort(
      {
        network_id: id,
        project_id: "",
        device_id: router,
        device_owner: GATEWAY,
        ...(fixed === undefined ? {} : { fixed_ips: fixed }),
      },
      caller,
    );
    const snat = info["enable_snat"] !== false;
    return { network_id: id, enable_snat: snat, external_fixed_ips: port.fixed_ips, port_id: port.id };
  }

  function setGateway(router: Router, given: Json, caller: Caller): ExternalGateway | null {
    const info = isObject(given) ? given : {};
    const before = router.gateway;
    if (before !== null && before.network_id === info["network_id"]) return before;
    if (before !== null) {
      if (used(router.id)) {
        const message =
          `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${before.network_id} ` +
          "is required by one or more floating IPs.";
        throw networkRefusal(409, "RouterExternalGatewayInUseByFloatingIp", message);
      }
      ports.drop(before.port_id);
    }
    return gatewayFor(router.id, info, caller);
  }

  function setRoutes(router: Router, changes: JsonObject): Router["routes"] {
    const routes = input.objects(changes, "routes") as Router["routes"];
    const near = [...interfaces(router.id), ...state.portsWithDevice(router.id)]
      .flatMap((port) => port.fixed_ips)
      .flatMap((fixed) => parsePrefix(state.subnets.get(fixed.subnet_id)?.cidr ?? "") ?? []);
    const far = routes.filter(({ nexthop }) => !near.some((prefix) => holds(prefix, parseAddress(nexthop) ?? -1n)));
    if (far.length > 0) {
      const message = `Invalid format for routes: ${pythonRepr(far)}, the nexthop is not connected with router`;
      throw networkRefusal(400, "InvalidRoutes", message);
    }
    return routes;
  }

  function portOf(id: Json | undefined): Port {
    const port = typeof id === "string" ? state.ports.get(id) : undefined;
    if (port === undefined) throw portNotFound(pythonText(id));
    return port;
  }

  function which(body: JsonObject): { readonly subnet?: string; readonly port?: string } {
    const { subnet_id: subnet, port_id: port } = body;
    if (subnet === undefined && port === undefined) throw badRouter("Either subnet_id or port_id must be specified");
    for (const id of [port, subnet])
      if (id !== undefined && !isUuid(id)) throw badRouter(`'${pythonText(id)}' is not a valid UUID`);
    return {
      ...(typeof subnet === "string" ? { subnet } : {}),
      ...(typeof port === "string" ? { port } : {}),
    };
  }

  function checkOverlap(router: Router, subnet: Subnet): void {
    const prefix = parsePrefix(subnet.cidr);
    if (prefix === undefined) return;
    for (const port of interfaces(router.id)) {
      for (const fixed of port.fixed_ips) {
        if (fixed.subnet_id === subnet.id && state.release === "zed")
          throw badRouter(`Router already has a port on subnet ${subnet.id}`);
        const other = parsePrefix(state.subnets.get(fixed.subnet_id)?.cidr ?? "");
        if (other === undefined || !overlaps(prefix, other)) continue;
        const why = `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${formatPrefix(other)} of subnet ${fixed.subnet_id}`;
        throw badRouter(why);
      }
    }
  }

  function answer(router: Router, port: Port): { readonly status: number; readonly body: Json } {
    const subnets = port.fixed_ips.map((fixed) => fixed.subnet_id);
    return {
      status: 200,
      body: {
        id: router.id,
        network_id: port.network_id,
        port_id: port.id,
        [state.release === "zed" ? "tenant_id" : "project_id"]: router.project_id,
        subnet_id: subnets[0] ?? null,
        subnet_ids: subnets,
      },
    };
  }

  const addInterface: Action<Router> = (router, body, caller) => {
    const { subnet: subnetId, port: portId } = which(body);
    if (subnetId !== undefined && portId !== undefined) throw badRouter("Cannot specify both subnet-id and port-id");
    if (portId !== undefined) {
      const port = portOf(portId);
      for (const fixed of port.fixed_ips) {
        const subnet = state.subnets.get(fixed.subnet_id);
        if (subnet !== undefined) checkOverlap(router, subnet);
      }
      const owned = { ...port, device_id: router.id, device_owner: INTERFACE, status: "ACTIVE" };
      return answer(router, state.ports.set(state.touched(owned)));
    }
    const subnet = state.subnets.get(subnetId ?? "");
    if (subnet === undefined) throw subnetNotFound(subnetId ?? "");
    if (subnet.gateway_ip === null) throw badRouter("Subnet for router interface must have a gateway IP");
    checkOverlap(router, subnet);
    const port = makePort(
      {
        network_id: subnet.network_id,
        project_id: router.project_id,
        device_id: router.id,
        device_owner: INTERFACE,
        fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }],
      },
      caller,
    );
    return answer(router, state.ports.set({ ...port, status: "ACTIVE" }));
  };

  const removeInterface: Action<Router> = (router, body) => {
    const { subnet: subnetId, port: portId } = which(body);
    const own = interfaces(router.id);
    let port: Port | undefined;
    if (portId !== undefined) {
      port = own.find((one) => one.id === portId);
      if (port === undefined) {
        const message = `Router ${router.id} does not have an interface with id ${portId}`;
        throw networkRefusal(404, "RouterInterfaceNotFound", message);
      }
    } else {
      if (state.subnets.get(subnetId ?? "") === undefined) throw subnetNotFound(subnetId ?? "");
      port = own.find((one) => one.fixed_ips.some((fixed) => fixed.subnet_id === subnetId));
      if (port === undefined) {
        const message = `Router ${router.id} has no interface on subnet ${subnetId}`;
        throw networkRefusal(404, "RouterInterfaceNotFoundForSubnet", message);
      }
    }
    const [first] = port.fixed_ips;
    if (first !== undefined && used(router.id, first.subnet_id)) {
      const message =
        `Router interface for subnet ${first.subnet_id} on router ${router.id} cannot be deleted, as it is required by ` +
        "one or more floating IPs.";
      throw networkRefusal(409, "RouterInterfaceInUseByFloatingIP", message);
    }
    const done = answer(router, port);
    ports.drop(port.id);
    return done;
  };

  return {
    shape: routerShape(state.release),
    path: "routers",
    rights,
    table: state.routers,
    quota: "router",
    missing,
    taggable: true,
    target: (router) => ({ projectId: router.project_id }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    actionText: state.release === "zed" ? (name) => `rule:${name}` : actionText,
    actions: { add_router_interface: addInterface, remove_router_interface: removeInterface },
    guard: (uses) => {
      used = uses;
    },
    between(external, subnet) {
      for (const router of state.routers.values()) {
        if (router.gateway?.network_id !== external) continue;
        const near = interfaces(router.id).some((port) => port.fixed_ips.some((fixed) => fixed.subnet_id === subnet));
        if (near) return router;
      }
      return undefined;
    },
    create(given, caller) {
      const router = state.routers.set({
        ...state.standard(input.string(given, "project_id"), input.string(given, "description")),
        name: input.string(given, "name"),
        tags: [],
        admin_state_up: input.boolean(given, "admin_state_up"),
        status: "ACTIVE",
        gateway: null,
        routes: [],
        availability_zone_hints: [],
      });
      const info = given["external_gateway_info"];
      if (info === undefined || info === null) return router;
      return state.routers.set({ ...router, gateway: setGateway(router, info, caller) });
    },
    update(router, changes, caller) {
      const next = { ...router };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      if (changes["admin_state_up"] !== undefined) next.admin_state_up = input.boolean(changes, "admin_state_up");
      const info = changes["external_gateway_info"];
      if (info !== undefined) next.gateway = setGateway(router, info, caller);
      if (changes["routes"] !== undefined) next.routes = setRoutes(router, changes);
      return state.routers.set(state.touched(next));
    },
    remove(router) {
      const attached = interfaces(router.id);
      if (attached.length > 0) {
        const ids = attached.map(({ id }) => id).join(", ");
        throw networkRefusal(409, "RouterInUse", `Router ${router.id} has ports still attached: ${ids}`);
      }
      if (router.gateway !== null) ports.drop(router.gateway.port_id);
      state.routers.delete(router.id);
    },
  };
}
