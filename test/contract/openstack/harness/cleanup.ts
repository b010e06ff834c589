import { setTimeout as wait } from "node:timers/promises";

import { at, text, type Json } from "./http.ts";
import { ask, type Caller, type Target } from "./target.ts";

type Undo = () => Promise<void>;

/** Octavia changes nothing while it is at work. @throws when it does not end within a minute */
export async function untilSettled(target: Target, admin: Caller, id: string): Promise<void> {
  const until = performance.now() + 60_000;
  for (;;) {
    const { status, text: said } = await ask(target, admin, "GET", `/v2/lbaas/loadbalancers/${id}/status`);
    if (status === 404 || !said.includes("PENDING_")) return;
    if (performance.now() > until) throw new Error(`the load balancer ${id} is still at work: ${said}`);
    await wait(target.kind === "fake" ? 2 : 100);
  }
}

/** How to take away what a request made; `undefined` when it made nothing. */
export function undoOf(
  target: Target,
  admin: Caller,
  method: string,
  path: string,
  body: Json | undefined,
): Undo | undefined {
  const remove =
    (what: string): Undo =>
    async () =>
      void (await ask(target, admin, "DELETE", what));
  const [plain = ""] = path.split("?");
  if (method === "PUT" && plain.endsWith("/add_router_interface")) {
    const router = plain.replace("/add_router_interface", "/remove_router_interface");
    const port = at(body, "port_id");
    return async () => void (await ask(target, admin, "PUT", router, { port_id: port }));
  }
  if (method !== "POST" || plain === "/v3/auth/tokens" || typeof body !== "object" || body === null) return undefined;
  if (plain === "/v2/lbaas/loadbalancers") {
    const id = text(body, "loadbalancer", "id");
    const lb = `${plain}/${id}`;
    return async () => {
      await untilSettled(target, admin, id);
      await ask(target, admin, "DELETE", `${lb}?cascade=true`);
      await untilSettled(target, admin, id);
    };
  }
  if (plain.startsWith("/v2/")) return undefined;
  const made = Object.values(body).flatMap((one) => (Array.isArray(one) ? (one as readonly Json[]) : [one]));
  const ids = made.flatMap((one) => (typeof one === "object" && one !== null && "id" in one ? [text(one, "id")] : []));
  if (ids.length === 0) return undefined;
  return async () => {
    for (const id of ids) await remove(`${plain}/${id}`)();
  };
}
