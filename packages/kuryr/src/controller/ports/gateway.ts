import { OpenStackError, type Cloud, type Port, type PortCreate, type PortUpdate } from "@kuryr/openstack";

import { KuryrError } from "../../api/errors.ts";
import { podDeviceOwner } from "../../api/keys.ts";
import { isMarkOf } from "../../api/ownership.ts";
import { FencedError } from "../leadership/fence.ts";
import { JoinedCreates } from "./joined-creates.ts";
import { portFields, type NeutronPort, type VifDetails } from "./inventory.ts";

/** A port as it is, and what is kept of it. */
export interface LookedAt {
  readonly full: Port;
  readonly port: NeutronPort;
}

/** The one way by which ports are read and written. */
export interface PortGateway {
  /**
   * By a request of its own or, where more wait than Neutron bears requests at once, with others.
   * @throws KuryrError where Neutron hides what host the port is bound to
   */
  create(port: PortCreate, signal: AbortSignal): Promise<NeutronPort>;
  /** All of them or none. @throws as for one */
  createMany(ports: readonly PortCreate[], signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Changes a port that nobody else has changed since it had this revision. */
  update(id: string, change: PortUpdate, ifRevision: number | undefined, signal: AbortSignal): Promise<NeutronPort>;
  /** A port that is gone already counts as deleted. */
  delete(id: string, signal: AbortSignal, ifRevision?: number): Promise<void>;
  /** All ports with this cluster's mark. */
  all(signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Ports with our mark made for a pod. */
  ofPod(podUid: string, signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Ports of exactly this mark. */
  ofMark(description: string, signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Those of these ports that are there and have our mark, with all their attributes. */
  look(ids: readonly string[], signal: AbortSignal): Promise<readonly LookedAt[]>;
  /** Of these ports, those that are ACTIVE. */
  active(ids: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Whether a failed create may have happened all the same. */
  isUncertain(error: unknown): boolean;
  /**
   * Whether Neutron ended while it was at it. What it has then is in its database, and its backend may not know of it:
   * Neutron itself sees to that minutes later.
   */
  wasCutOff(error: unknown): boolean;
}

const maxIdsInLine = 150;
/**
 * One request has the ports of all clusters but the greatest. Operators who want shorter answers have an option for it,
 * `pagination_max_limit`, which counts for everybody.
 */
const listPage = 25_000;
/** Neutron writes about a thousand ports in a second. */
const listTimeoutMs = 120_000;

/** Neutron makes the ports of a bulk one after the other, and answers when the last is done. */
const createTimeoutMs = (count: number): number => 60_000 + 6000 * (count - 1);

/** Ports of pods in Neutron. */
export function portGateway(cloud: Cloud, cluster: string): PortGateway {
  const { ports } = cloud.network;
  const kept = keeper();
  const marked = async (
    filters: { device_id?: string; description?: string },
    signal: AbortSignal,
  ): Promise<NeutronPort[]> => {
    const found = await ports.list(
      { device_owner: podDeviceOwner, ...filters },
      { fields: portFields, pageSize: listPage, timeoutMs: listTimeoutMs, signal },
    );
    return found.filter((port) => isMarkOf(cluster, port.description ?? "")).map(kept);
  };
  /** A port of which nobody can tell where it is bound is no use to any pod, and must not be made again and again. */
  const refuseHidden = async (
    wanted: readonly PortCreate[],
    made: readonly Port[],
    signal: AbortSignal,
  ): Promise<void> => {
    const isHidden = (port: Port, at: number): boolean =>
      wanted[at]?.["binding:host_id"] !== undefined && port["binding:host_id"] === undefined;
    if (!made.some(isHidden)) return;
    // What cannot be deleted now has our mark, and is collected.
    await Promise.allSettled(made.map(({ id }) => ports.delete(id, { signal })));
    throw new KuryrError(
      "KURYR_BINDING_HIDDEN",
      "Neutron does not show Kuryr's user which host a port is bound to",
      "give the role that may set it get_port:binding:host_id too: deploy/openstack/neutron-policy-*.yaml",
    );
  };
  const createMany: PortGateway["createMany"] = async (wanted, signal) => {
    const made = await ports.createMany(wanted, { signal, timeoutMs: createTimeoutMs(wanted.length) });
    await refuseHidden(wanted, made, signal);
    return made.map(kept);
  };
  const joined = new JoinedCreates({
    async create(port, signal) {
      const made = await ports.create(port, { signal });
      await refuseHidden([port], [made], signal);
      return kept(made);
    },
    createMany,
    atOnce: () => cloud.load("network").limit,
  });
  return {
    create: (port, signal) => joined.create(port, signal),
    createMany,
    update: async (id, change, ifRevision, signal) => kept(await ports.update(id, change, { signal, ifRevision })),
    delete: async (id, signal, ifRevision) => {
      await ports.delete(id, { signal, ifRevision });
    },
    all: (signal) => marked({}, signal),
    ofPod: (podUid, signal) => marked({ device_id: podUid }, signal),
    ofMark: (description, signal) => marked({ description }, signal),
    async look(ids, signal) {
      const found: LookedAt[] = [];
      for (let at = 0; at < ids.length; at += maxIdsInLine) {
        const part = await ports.list({ id: ids.slice(at, at + maxIdsInLine) }, { signal });
        for (const full of part) if (isMarkOf(cluster, full.description ?? "")) found.push({ full, port: kept(full) });
      }
      return found;
    },
    async active(ids, signal) {
      // A request line holds some 200 ids; beyond that all of the cluster's are one list.
      const filters = ids.length <= maxIdsInLine ? { id: ids } : { device_owner: podDeviceOwner };
      const found = await ports.list({ ...filters, status: "ACTIVE" }, { fields: ["id"], pageSize: 10_000, signal });
      return new Set(found.map((port) => port.id));
    },
    isUncertain: (error) =>
      !(error instanceof OpenStackError || error instanceof FencedError) ||
      (error instanceof OpenStackError && error.sent && ["network", "timeout", "server"].includes(error.kind)),
    // A proxy in front of it says so by 502.
    wasCutOff: (error) =>
      error instanceof OpenStackError && error.sent && (error.kind === "network" || error.status === 502),
  };
}

/** More sets of security groups than this are not shared between ports. */
const maxSets = 10_000;

/** Keeps of a port what is looked at: a cluster has many. What is the same in many of them is kept once. */
function keeper(): (port: Pick<Port, (typeof portFields)[number]>) => NeutronPort {
  const texts = new Map<string, string>();
  const sets = new Map<string, readonly string[]>();
  const once = <T>(known: Map<string, T>, key: string, value: T): T => {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= maxSets) known.clear();
    known.set(key, value);
    return value;
  };
  const text = (value: string): string => once(texts, value, value);
  return (port) => ({
    id: port.id,
    device_id: port.device_id,
    description: port.description ?? "",
    network_id: text(port.network_id),
    mac_address: port.mac_address,
    fixed_ips: port.fixed_ips.map(({ subnet_id, ip_address }) => ({ subnet_id: text(subnet_id), ip_address })),
    "binding:host_id": text(port["binding:host_id"] ?? ""),
    "binding:vif_type": text(port["binding:vif_type"] ?? ""),
    ...keptDetails(port["binding:vif_details"] ?? {}),
    ...(port.qos_policy_id === undefined || port.qos_policy_id === null ? {} : { qos_policy_id: port.qos_policy_id }),
    security_groups: once(sets, (port.security_groups ?? []).join(), port.security_groups ?? []),
    project_id: text(port.project_id ?? ""),
    revision_number: port.revision_number,
  });
}

/** OVN's ports, and most others, need none of them. */
function keptDetails(details: VifDetails): { "binding:vif_details"?: VifDetails } {
  const { ovs_hybrid_plug = false, bound_drivers = {} } = details;
  const isOvs = Object.values(bound_drivers).includes("openvswitch");
  if (!ovs_hybrid_plug && !isOvs) return {};
  return { "binding:vif_details": { ovs_hybrid_plug, bound_drivers } };
}
