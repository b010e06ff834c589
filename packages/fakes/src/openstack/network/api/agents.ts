import { jsonText } from "../../../http/message.ts";
import type { Json } from "../../../http/message.ts";
import { networkRefusal, Refusal } from "../../refusal.ts";
import type { Extra } from "./api.ts";
import type { JsonObject } from "./attributes.ts";
import { extensionsOf, type Extension } from "./extension-list.ts";
import { agentOf } from "../state/mechanism.ts";
import { CONTROLS, narrowed, paged, pageLinks, readListQuery } from "./query.ts";
import type { NetworkState } from "../state/state.ts";

/** Shown whichever fields were asked for, since the service adds them afterwards. */
const ALWAYS = ["availability_zone", "configurations", "description", "heartbeat_timestamp", "topic"];

/** `/v2.0/agents`: the chassis that OVN knows, or the agents of ML2/OVS. */
export function agentApi(state: NetworkState, url: () => string): Extra {
  const ids = new Map<string, string>();
  const idOf = (host: string): string => {
    // OVN names a chassis by its system id, which is the host's name here.
    if (state.mechanism === "ovn") return host;
    const id = ids.get(host) ?? state.ids.uuid();
    ids.set(host, id);
    return id;
  };
  const show = (host: string): JsonObject => ({
    id: idOf(host),
    host,
    ...agentOf(host, state.mechanism),
    alive: true,
    admin_state_up: true,
    availability_zone: "",
    description: "",
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
    const wanted = request.query.filter(([name]) => !CONTROLS.has(name));
    const agents = hosts.map(show).filter((agent) => wanted.every(([name, value]) => jsonText(agent[name]) === value));
    const controls = request.query.filter(([name]) => CONTROLS.has(name));
    const query = readListQuery({ ...request, query: controls }, { id: { sort: true }, host: { sort: true } });
    const page = paged(agents, query, (one) =>
      networkRefusal(404, "AgentNotFound", `Agent ${one} could not be found.`),
    );
    const links = state.release === "zed" ? [] : pageLinks(request, url(), page, query);
    const { fields } = query;
    const always = state.release === "zed" ? [...ALWAYS, "id"] : ALWAYS;
    const shown = page.map((agent) => narrowed(agent, fields.length === 0 ? [] : [...fields, ...always]));
    return { status: 200, body: { agents: shown, ...(links.length === 0 ? {} : { agents_links: links }) } };
  };
}

/** The one date that Neutron itself has wrong. */
const MISTYPED = "2017-041-06T10:00:00-00:00";

/** `/v2.0/extensions`. */
export const extensionApi =
  (state: NetworkState): Extra =>
  (request, [kind, alias]) => {
    const extensions = extensionsOf(state.release);
    if (kind !== "extensions" || request.method !== "GET") return undefined;
    const show = (one: Extension): Json => ({
      ...one,
      links: [],
      updated: one.alias === "qos-default" ? MISTYPED : "2016-01-01T00:00:00-00:00",
    });
    if (alias === undefined) return { status: 200, body: { extensions: extensions.map(show) } };
    const found = extensions.find((one) => one.alias === alias);
    if (found !== undefined) return { status: 200, body: { extension: show(found) } };
    const message = `The resource could not be found.<br /><br />\nExtension with alias ${alias} does not exist\n\n`;
    throw new Refusal(404, { code: "404 Not Found", title: "Not Found", message });
  };
