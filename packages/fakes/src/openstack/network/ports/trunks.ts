import type { Json } from "../../../http/message.ts";
import type { Caller } from "../../identity/state.ts";
import { pythonRepr, pythonText } from "../../python.ts";
import { invalidInput, networkRefusal } from "../../refusal.ts";
import { isObject, type JsonObject, type Shape } from "../api/attributes.ts";
import {
  booleanAttribute,
  idAttribute,
  idReference,
  nameAttribute,
  notFound,
  portNotFound,
  projectAttribute,
  shownStandard,
  standardAttributes,
  tagAttributes,
} from "../api/common.ts";
import type { Ports } from "./ports.ts";
import { input, type Action, type Resource } from "../api/resource.ts";
import { rulesOf } from "../api/rights.ts";
import type { Port, SubPort, Trunk } from "../state/rows.ts";
import type { NetworkState } from "../state/state.ts";
import { isUuid } from "../api/values.ts";

const SUBPORT = "trunk:subport";

function subports(value: Json): string | undefined {
  if (!Array.isArray(value)) return `Invalid data format for subports: '${pythonText(value)}' is not a list`;
  for (const one of value) {
    if (!isObject(one)) return `Invalid data format for subport: '${pythonText(one)}' is not a dict`;
    const { port_id: port = null } = one;
    if (!isUuid(port)) return `Invalid UUID for subport: '${pythonText(port)}'`;
  }
  return undefined;
}

const shape: Shape = {
  member: "trunk",
  collection: "trunks",
  bulk: true,
  old: true,
  attributes: {
    ...standardAttributes,
    ...tagAttributes,
    admin_state_up: booleanAttribute(true, { sort: true }),
    id: idAttribute,
    name: nameAttribute,
    project_id: projectAttribute,
    port_id: idReference(),
    status: { filter: true, sort: true },
    sub_ports: { post: true, fallback: [], check: subports, guarded: true },
  },
};

/** Neutron's trunks, as the OVN driver serves them. */
export function createTrunks(
  state: NetworkState,
  ports: Ports,
): Resource<Trunk> & { readonly check: (port: Port) => void } {
  const { reader, member } = rulesOf(state.release);

  const show = (trunk: Trunk): JsonObject => ({
    ...shownStandard(trunk),
    name: trunk.name,
    tags: trunk.tags,
    port_id: trunk.port_id,
    sub_ports: trunk.sub_ports,
    admin_state_up: trunk.admin_state_up,
    status: trunk.status,
  });

  function portOf(id: string, caller: Caller): Port {
    const port = state.ports.get(id);
    if (port === undefined || !ports.rights.get(caller, ports.target(port))) throw portNotFound(id);
    return port;
  }

  const trunkOf = (port: string): Trunk | undefined =>
    [...state.trunks.values()].find((one) => one.sub_ports.some((sub) => sub.port_id === port));
  const parentOf = (port: string): Trunk | undefined => [...state.trunks.values()].find((one) => one.port_id === port);
  const parentInUse = (id: string): Error => {
    const message = `Port ${id} is currently in use and is not eligible for use as a parent port.`;
    return networkRefusal(409, "ParentPortInUse", message);
  };

  /** @throws Refusal */
  function checked(
    given: readonly JsonObject[],
    existing: readonly SubPort[],
    trunk: string,
    caller: Caller,
  ): SubPort[] {
    const result: SubPort[] = [];
    for (const one of given) {
      const { port_id: port, segmentation_type: kind, segmentation_id: number } = one;
      if (kind === undefined || number === undefined) {
        const why = "missing segmentation information. Must specify both segmentation_id and segmentation_type";
        throw invalidInput(`Invalid subport details '${pythonRepr(one)}': ${why}`);
      }
      if (kind !== "vlan") throw invalidInput(`Unknown segmentation_type '${pythonText(kind)}'`);
      if (typeof number !== "number" || number < 1 || number > 4094)
        throw invalidInput(`Segmentation ID '${pythonText(number)}' is not in range`);
      const found = portOf(pythonText(port), caller);
      if (parentOf(found.id) !== undefined) throw parentInUse(found.id);
      if (trunkOf(found.id) !== undefined)
        throw networkRefusal(409, "TrunkPortInUse", `Port ${found.id} is in use by another trunk.`);
      if ([...existing, ...result].some((sub) => sub.segmentation_id === number)) {
        const message = `segmentation_type vlan and segmentation_id ${number} already in use on trunk ${trunk}.`;
        throw networkRefusal(409, "DuplicateSubPort", message);
      }
      result.push({ port_id: found.id, segmentation_type: "vlan", segmentation_id: number });
    }
    return result;
  }

  function own(subs: readonly SubPort[], owner: string): void {
    for (const { port_id: id } of subs) {
      const port = state.ports.get(id);
      if (port !== undefined)
        state.ports.set({ ...port, device_owner: owner, revision_number: port.revision_number + 1 });
    }
  }

  function enabled(trunk: Trunk): void {
    if (!trunk.admin_state_up) throw networkRefusal(409, "TrunkDisabled", `Trunk ${trunk.id} is currently disabled.`);
  }

  function changed(trunk: Trunk, subs: SubPort[]): { readonly status: number; readonly body: Json } {
    const next = state.trunks.set(state.touched({ ...trunk, sub_ports: subs }));
    // The answer is from before the driver has said that it is done.
    return { status: 200, body: { ...show(next), status: "DOWN" } };
  }

  const add: Action<Trunk> = (trunk, body, caller) => {
    enabled(trunk);
    const made = checked(input.objects(body, "sub_ports"), trunk.sub_ports, trunk.id, caller);
    own(made, SUBPORT);
    return changed(trunk, [...trunk.sub_ports, ...made]);
  };

  const remove: Action<Trunk> = (trunk, body) => {
    enabled(trunk);
    const ids = input.objects(body, "sub_ports").map((one) => pythonText(one["port_id"]));
    const unknown = ids.find((id) => !trunk.sub_ports.some((sub) => sub.port_id === id));
    if (unknown !== undefined) {
      const message = `SubPort ${unknown} on trunk ${trunk.id} could not be found.`;
      throw networkRefusal(404, "SubPortNotFound", message);
    }
    own(
      trunk.sub_ports.filter((sub) => ids.includes(sub.port_id)),
      "",
    );
    return changed(
      trunk,
      trunk.sub_ports.filter((sub) => !ids.includes(sub.port_id)),
    );
  };

  /** The right to an action is printed with the parts of what the trunk holds. */
  function actionText(name: string, trunk: Trunk): string {
    const part = (key: string): string => `rule:${name}:sub_ports:${key}`;
    if (trunk.sub_ports.length === 0) return `rule:${name}`;
    const parts = ["port_id", "segmentation_type", "segmentation_id"].map(part);
    return `(rule:${name} and (rule:${name}:sub_ports and (${parts.join(" and ")})))`;
  }

  return {
    shape,
    path: "trunks",
    rights: { get: reader, create: member, update: member, remove: member, attributes: {} },
    table: state.trunks,
    quota: "trunk",
    missing: notFound("Trunk", "Trunk"),
    taggable: true,
    target: (trunk) => ({ projectId: trunk.project_id }),
    targetOf: (given) => ({ projectId: input.string(given, "project_id") }),
    show,
    actionText,
    actions: {
      add_subports: add,
      remove_subports: remove,
      get_subports: (trunk) => ({ status: 200, body: { sub_ports: trunk.sub_ports } }),
    },
    check(port) {
      const parent = parentOf(port.id);
      if (parent !== undefined) {
        const message = `Port ${port.id} is currently a parent port for trunk ${parent.id}.`;
        throw networkRefusal(409, "PortInUseAsTrunkParent", message);
      }
      const trunk = trunkOf(port.id);
      if (trunk === undefined) return;
      const message = `Port ${port.id} is currently a subport for trunk ${trunk.id}.`;
      throw networkRefusal(409, "PortInUseAsSubPort", message);
    },
    create(given, caller) {
      const parent = portOf(input.string(given, "port_id"), caller);
      const subs = input.objects(given, "sub_ports");
      const itself = subs.some((one) => one["port_id"] === parent.id);
      if (itself || parentOf(parent.id) !== undefined || trunkOf(parent.id) !== undefined) throw parentInUse(parent.id);
      const base = state.standard(input.string(given, "project_id"), input.string(given, "description"));
      const made = checked(subs, [], base.id, caller);
      own(made, SUBPORT);
      return state.trunks.set({
        ...base,
        name: input.string(given, "name"),
        tags: [],
        port_id: parent.id,
        sub_ports: made,
        admin_state_up: input.boolean(given, "admin_state_up"),
        status: "ACTIVE",
      });
    },
    update(trunk, changes) {
      const next = { ...trunk };
      for (const name of ["name", "description"] as const)
        if (changes[name] !== undefined) next[name] = input.string(changes, name);
      if (changes["admin_state_up"] !== undefined) next.admin_state_up = input.boolean(changes, "admin_state_up");
      return state.trunks.set(state.touched(next));
    },
    remove(trunk) {
      own(trunk.sub_ports, "");
      state.trunks.delete(trunk.id);
    },
  };
}
