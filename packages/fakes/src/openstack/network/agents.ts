import type { Json } from "../../http/message.ts";
import { networkRefusal, Refusal } from "../refusal.ts";
import type { Extra } from "./api.ts";
import type { JsonObject } from "./attributes.ts";
import { EXTENSIONS } from "./extension-list.ts";
import { fieldsOf, narrowed } from "./query.ts";
import type { NetworkState } from "./state.ts";

/** Shown whichever fields were asked for, since the service adds them afterwards. */
const ALWAYS = ["availability_zone", "configurations", "description", "heartbeat_timestamp", "topic"];

/** `/v2.0/agents`: the chassis that OVN knows. */
export function agentApi(state: NetworkState): Extra {
  const ids = new Map<string, string>();
  const idOf = (host: string): string => {
    const id = ids.get(host) ?? state.ids.uuid();
    ids.set(host, id);
    return id;
  };
  const show = (host: string): JsonObject => ({
    id: idOf(host),
    host,
    agent_type: "OVN Controller Gateway agent",
    binary: "ovn-controller",
    topic: "n/a",
    alive: true,
    admin_state_up: true,
    availability_zone: "",
    description: "",
    configurations: { chassis_name: host, "bridge-mappings": "physnet1:br-ex" },
    start_flag: true,
    heartbeat_timestamp: new Date(state.clock.now()).toISOString().replace("T", " ").replace("Z", "000+00:00"),
    resources_synced: null,
  });

  return (request, [kind, id], caller) => {
    if (kind !== "agents" || request.method !== "GET") return undefined;
    const hosts = caller.isAdmin ? [...state.hosts] : [];
    if (id !== undefined) {
      const host = hosts.find((one) => idOf(one) === id);
      if (host === undefined) throw networkRefusal(404, "AgentNotFound", `Agent ${id} could not be found.`);
      return { status: 200, body: { agent: show(host) } };
    }
    const wanted = request.query.filter(([name]) => name !== "fields");
    const agents = hosts.map(show).filter((agent) => wanted.every(([name, value]) => String(agent[name]) === value));
    const fields = fieldsOf(request);
    const shown = agents.map((agent) => narrowed(agent, fields.length === 0 ? [] : [...fields, ...ALWAYS]));
    return { status: 200, body: { agents: shown } };
  };
}

/** The one date that Neutron itself has wrong. */
const MISTYPED = "2017-041-06T10:00:00-00:00";

/** `/v2.0/extensions`. */
export const extensionApi: Extra = (request, [kind, alias]) => {
  if (kind !== "extensions" || request.method !== "GET") return undefined;
  const show = (one: (typeof EXTENSIONS)[number]): Json => ({
    ...one,
    links: [],
    updated: one.alias === "qos-default" ? MISTYPED : "2016-01-01T00:00:00-00:00",
  });
  if (alias === undefined) return { status: 200, body: { extensions: EXTENSIONS.map(show) } };
  const found = EXTENSIONS.find((one) => one.alias === alias);
  if (found !== undefined) return { status: 200, body: { extension: show(found) } };
  const message = `The resource could not be found.<br /><br />\nExtension with alias ${alias} does not exist\n\n`;
  throw new Refusal(404, { code: "404 Not Found", title: "Not Found", message });
};
