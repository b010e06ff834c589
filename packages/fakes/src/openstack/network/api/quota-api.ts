import type { FakeResponse, Json } from "../../../http/message.ts";
import { pythonText } from "../../python.ts";
import { badRequest, networkRefusal } from "../../refusal.ts";
import type { Extra } from "./api.ts";
import { isObject, parseBody } from "./attributes.ts";
import { disallowed } from "./rights.ts";
import { toInteger } from "./values.ts";
import type { QuotaKeeper } from "./quotas.ts";
import type { NetworkState } from "../state/state.ts";

/** Kinds whose limit is compared with what is used already. */
const COUNTED = new Set(["security_group", "security_group_rule"]);

function failed(): Error {
  const message = "Request Failed: internal server error while processing your request.";
  return networkRefusal(500, "HTTPInternalServerError", message);
}

/** `/v2.0/quotas/<project>`, its details and defaults. */
export function quotaApi(state: NetworkState, quotas: QuotaKeeper): Extra {
  const kinds = Object.keys(quotas.defaults);
  const limits = (project: string): Json =>
    Object.fromEntries(kinds.map((kind) => [kind, quotas.limit(kind, project)]));

  function details(project: string): FakeResponse {
    const entries = kinds.map((kind) => [
      kind,
      { limit: quotas.limit(kind, project), used: state.used(kind, project), reserved: 0 },
    ]);
    return { status: 200, body: { quota: Object.fromEntries(entries) as Json } };
  }

  return (request, [kind, project, sub], caller) => {
    if (kind !== "quotas" || project === undefined) return undefined;
    if (request.method === "GET") {
      if (!caller.isAdmin && caller.projectId !== project) throw disallowed("rule:get_quota");
      if (sub === "details.json" || sub === "details") return details(project);
      if (sub === "default") return { status: 200, body: { quota: { ...quotas.defaults } } };
      return { status: 200, body: { quota: limits(project) } };
    }
    if (!caller.isAdmin) throw disallowed(`rule:${request.method === "DELETE" ? "delete" : "update"}_quota`);
    if (request.method === "DELETE") {
      state.quotas.delete(project);
      return { status: 204 };
    }
    const given = parseBody(request.body, true)["quota"];
    if (!isObject(given)) throw failed();
    const next = { ...state.quotas.get(project) };
    for (const [name, value] of Object.entries(given)) {
      if (!kinds.includes(name)) throw badRequest(`Unrecognized attribute(s) '${name}'`);
      const limit = Number(toInteger(value));
      const used = state.used(name, project);
      if (limit < -1) {
        const why = `'${pythonText(value)}' is too small - must be at least '-1'`;
        throw badRequest(`Invalid input for ${name}. Reason: ${why}.`);
      }
      if (COUNTED.has(name) && limit !== -1 && limit < used) {
        const message = `Quota limit ${limit} for ${name} must be greater than or equal to already used ${used}`;
        throw badRequest(message);
      }
      next[name] = limit;
    }
    state.quotas.set(project, next);
    return { status: 200, body: { quota: limits(project) } };
  };
}
