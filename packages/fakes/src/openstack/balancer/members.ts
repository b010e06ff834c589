import type { FakeRequest, FakeResponse } from "../../http/message.ts";
import type { Caller } from "../identity/state.ts";
import type { JsonObject } from "../network/api/attributes.ts";
import { input } from "../network/api/resource.ts";
import { balancerRefusal } from "../refusal.ts";
import type { Context } from "./context.ts";
import { FIELDS } from "./fields.ts";
import { frameworkRefusal, listOf, MEMBERS, narrowed } from "./listing.ts";
import { memberExists } from "./rules.ts";
import type { Member, Pool } from "./state.ts";
import { readMany, readOne } from "./types.ts";

const CREATION = { argument: "member_", member: "member", first: "address" };

/** `/v2/lbaas/pools/<pool>/members`. */
export function createMembers(context: Context) {
  const { state, network, provider, build, rules, guard, show, vips } = context;

  /** Whether the subnet is there to see. @throws Refusal */
  function checkSubnet(given: JsonObject, caller: Caller): void {
    const subnet = input.stringOrNull(given, "subnet_id");
    if (subnet === null) return;
    if (network.subnets.get(subnet) === undefined) throw balancerRefusal(400, `Subnet ${subnet} not found.`);
    vips.subnetOf(subnet, caller);
  }

  function done(member: Member, pool: Pool): void {
    provider.active(member);
    if (state.pools.has(pool.id)) provider.poolActive(pool);
  }

  function change(member: Member, given: JsonObject): void {
    member.provisioning_status = "PENDING_UPDATE";
    build.change(member, given);
    member.weight = build.number(given, "weight", member.weight);
    if (given["backup"] !== undefined) member.backup = given["backup"] === true;
    if (given["monitor_address"] !== undefined) member.monitor_address = input.stringOrNull(given, "monitor_address");
  }

  /** From here on the load balancer is at work on the pool. @throws Refusal */
  function lock(pool: Pool) {
    const lb = guard.loadBalancerOf(pool.loadbalancer_id);
    guard.mutable(lb, pool);
    return lb;
  }

  function begin(pool: Pool): void {
    const lb = guard.loadBalancerOf(pool.loadbalancer_id);
    lb.provisioning_status = "PENDING_UPDATE";
    pool.provisioning_status = "PENDING_UPDATE";
    for (const listener of state.listenersWith(pool.id)) listener.provisioning_status = "PENDING_UPDATE";
  }

  function listenersDone(pool: Pool): void {
    for (const listener of state.listenersWith(pool.id)) provider.active(listener);
  }

  function create(pool: Pool, body: string, caller: Caller): FakeResponse {
    const given = readOne(body, CREATION, FIELDS.member);
    guard.one(state.pools, "Pool", pool.id, caller);
    guard.mayWrite(caller);
    checkSubnet(given, caller);
    const lb = lock(pool);
    rules.freshMember(pool, input.string(given, "address"), input.number(given, "protocol_port"));
    rules.memberOptions(given, lb, "creation");
    begin(pool);
    const member = build.member(given, lb.project_id, pool.id);
    const shown = show.member(member);
    provider.work(lb, [
      () => {
        done(member, pool);
        listenersDone(pool);
      },
    ]);
    return { status: 201, body: { member: shown } };
  }

  function update(pool: Pool, member: Member, body: string, caller: Caller): FakeResponse {
    const given = readOne(body, CREATION, FIELDS.memberChanges);
    guard.mayWrite(caller);
    const lb = lock(pool);
    begin(pool);
    change(member, given);
    const shown = show.member(member);
    provider.work(lb, [
      () => {
        done(member, pool);
        if (member.admin_state_up && member.operating_status === "ONLINE") member.operating_status = "NO_MONITOR";
        listenersDone(pool);
      },
    ]);
    return { status: 200, body: { member: shown } };
  }

  function remove(pool: Pool, member: Member, caller: Caller): FakeResponse {
    guard.mayWrite(caller);
    const lb = lock(pool);
    begin(pool);
    member.provisioning_status = "PENDING_DELETE";
    provider.work(lb, [
      () => {
        state.members.delete(member.id);
        if (state.pools.has(pool.id)) provider.poolActive(pool);
        listenersDone(pool);
      },
    ]);
    return { status: 204 };
  }

  /** Sets all members of a pool, one step of work for each. */
  function batch(pool: Pool, request: FakeRequest, caller: Caller): FakeResponse {
    const given = readMany(request.body, { argument: "members_", member: "members", first: "" }, FIELDS.member);
    guard.one(state.pools, "Pool", pool.id, caller);
    guard.mayWrite(caller);
    const additive = request.query.some(([name, value]) => name === "additive_only" && value.toLowerCase() === "true");
    const lb = lock(pool);
    const keyOf = (one: { address: string; protocol_port: number }): string => `${one.address} ${one.protocol_port}`;
    const existing = new Map(state.membersOf(pool.id).map((one) => [keyOf(one), one]));
    const wanted = new Map<string, JsonObject>();
    for (const one of given) {
      checkSubnet(one, caller);
      const [address, port] = [input.string(one, "address"), input.number(one, "protocol_port")];
      const key = keyOf({ address, protocol_port: port });
      if (wanted.has(key)) throw memberExists(address, port);
      wanted.set(key, one);
    }
    for (const one of given) rules.memberOptions(one, lb, "batch update");
    const steps: (() => void)[] = [];
    begin(pool);
    for (const [key, one] of wanted) {
      const old = existing.get(key);
      // What a batch does not say of a member goes back to its default, the name and the tags excepted.
      if (old !== undefined) change(old, { admin_state_up: true, backup: false, weight: 1, ...one });
      const member = old ?? build.member(one, lb.project_id, pool.id);
      steps.push(() => done(member, pool));
    }
    for (const [key, old] of existing) {
      if (additive || wanted.has(key)) continue;
      // It stays ACTIVE to the eye until its turn comes.
      steps.push(() => {
        state.members.delete(old.id);
        if (state.pools.has(pool.id)) provider.poolActive(pool);
      });
    }
    const finish = (): void => {
      if (state.pools.has(pool.id)) provider.poolActive(pool);
      listenersDone(pool);
    };
    provider.work(
      lb,
      steps.length === 0 ? [finish] : steps.map((step, at) => (at === 0 ? () => [step(), finish()] : step)),
    );
    return { status: 202 };
  }

  return (pool: Pool, request: FakeRequest, [id, ...more]: readonly string[], caller: Caller): FakeResponse => {
    const { method } = request;
    if (more.length > 0) throw frameworkRefusal(404, "", "Not Found");
    if (id === undefined) {
      if (method === "POST") return create(pool, request.body, caller);
      if (method === "PUT") return batch(pool, request, caller);
      if (method !== "GET") throw frameworkRefusal(405, "", "Method Not Allowed");
      guard.one(state.pools, "Pool", pool.id, caller);
      const items = state.membersOf(pool.id).map((one) => ({ values: show.member(one), shown: show.member(one) }));
      return listOf(request, { caller, release: state.release, url: context.url() }, MEMBERS, items);
    }
    // The body is read before anything is looked for.
    if (method === "PUT") readOne(request.body, CREATION, FIELDS.memberChanges);
    const member = state.members.get(id);
    if (member === undefined || member.pool_id !== pool.id) throw balancerRefusal(404, `Member ${id} not found.`);
    guard.one(state.members, "Member", id, caller);
    if (method === "GET") return { status: 200, body: { member: narrowed(request, show.member(member)) } };
    if (method === "PUT") return update(pool, member, request.body, caller);
    if (method === "DELETE") return remove(pool, member, caller);
    throw frameworkRefusal(405, "", "Method Not Allowed");
  };
}
