import assert from "node:assert/strict";
import { test } from "node:test";

import { OpenStackError, type PortCreate } from "@kuryr/openstack";

import type { NeutronPort } from "./inventory.ts";
import { JoinedCreates } from "./joined-creates.ts";

const named = (...names: readonly string[]): PortCreate[] => names.map((name) => ({ network_id: "n", name }));
const nameOf = ({ name = "" }: PortCreate): string => name;
const error = (kind: OpenStackError["kind"]): OpenStackError =>
  new OpenStackError(kind, { kind, code: kind, sent: true });

/** Requests as they are asked for; each ends when the test says so. */
function rig(atOnce: number) {
  const asked: { readonly names: readonly string[]; readonly end: (failure?: unknown) => void }[] = [];
  const ask = (ports: readonly PortCreate[], signal: AbortSignal): Promise<readonly NeutronPort[]> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const names = ports.map(nameOf);
      const made = names.map((id) => ({ id }) as NeutronPort);
      asked.push({ names, end: (failure) => (failure === undefined ? resolve(made) : reject(failure)) });
    });
  const joined = new JoinedCreates({
    create: async (port, signal) => {
      const [made] = await ask([port], signal);
      assert.ok(made !== undefined);
      return made;
    },
    createMany: ask,
    atOnce: () => atOnce,
  });
  const want = (names: string, signal = new AbortController().signal): Promise<string>[] =>
    named(...names.split("")).map(async (port) => (await joined.create(port, signal)).id);
  return {
    want,
    /** What was asked for and has not been taken from here yet. */
    requests: () => asked.splice(0),
  };
}

const namesOf = (requests: readonly { readonly names: readonly string[] }[]): string[] =>
  requests.map(({ names }) => names.join(""));

/** Names of the ports, and for those that were not made why not. */
async function outcomesOf(ports: readonly Promise<string>[]): Promise<string[]> {
  const settled = await Promise.allSettled(ports);
  return settled.map((one) => (one.status === "fulfilled" ? one.value : (one.reason as OpenStackError).kind));
}

/** Until what was settled has been told. */
const told = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("as long as Neutron bears more requests each port has its own", async () => {
  const { want, requests } = rig(4);
  const signal = new AbortController().signal;
  const ports = want("abcd", signal);
  const asked = requests();
  assert.deepEqual(namesOf(asked), ["a", "b", "c", "d"]);
  for (const { end } of asked) end();
  assert.deepEqual(await Promise.all(ports), ["a", "b", "c", "d"]);
});

test("of those that wait each request takes its part, four at most, in their order", async () => {
  const { want, requests } = rig(4);
  const ports = want("abcdefghijklmno", new AbortController().signal);
  const rounds: string[][] = [];
  for (let asked = requests(); asked.length > 0; asked = requests()) {
    rounds.push(namesOf(asked));
    for (const { end } of asked) end();
    await told();
  }
  assert.deepEqual(rounds, [
    ["a", "b", "c", "d"],
    ["efgh", "ijkl", "mn", "o"],
  ]);
  assert.deepEqual(await Promise.all(ports), "abcdefghijklmno".split(""));
});

test("who is refused together is asked for alone: only the one whose fault it was has none", async () => {
  const { want, requests } = rig(1);
  const outcomes = outcomesOf(want("abcd", new AbortController().signal));
  requests()[0]?.end();
  await told();
  const [together] = requests();
  assert.deepEqual(together?.names, ["b", "c", "d"]);
  together?.end(error("quota"));
  for (const failure of [undefined, error("quota"), undefined]) {
    await told();
    const [alone, ...more] = requests();
    assert.deepEqual([alone?.names.length, more.length], [1, 0]);
    alone?.end(failure);
  }
  assert.deepEqual(await outcomes, ["a", "b", "quota", "d"]);
  // Others go alone for a while: a refusal seldom comes alone.
  const later = outcomesOf(want("efg", new AbortController().signal));
  for (const name of ["e", "f", "g"]) {
    const asked = requests();
    assert.deepEqual(namesOf(asked), [name]);
    asked[0]?.end();
    await told();
  }
  assert.deepEqual(await later, ["e", "f", "g"]);
});

test("what may have happened all the same is not asked for again: each is told", async () => {
  for (const kind of ["timeout", "server", "network"] as const) {
    const { want, requests } = rig(1);
    const outcomes = outcomesOf(want("abc", new AbortController().signal));
    requests()[0]?.end();
    await told();
    requests()[0]?.end(error(kind));
    assert.deepEqual(await outcomes, ["a", kind, kind]);
    assert.deepEqual(requests(), []);
  }
});

test("who gives up is told at once, and asked for no more; a request ends when all of it have", async () => {
  const { want, requests } = rig(1);
  const [early, late] = [new AbortController(), new AbortController()];
  const reasons: string[] = [];
  const watch = (ports: readonly Promise<string>[]): void => {
    for (const port of ports) port.catch((reason: Error) => void reasons.push(reason.message));
  };
  watch(want("a", late.signal));
  watch([...want("b", late.signal), ...want("c", early.signal), ...want("d", late.signal), ...want("e", early.signal)]);
  const stays = want("f");
  requests()[0]?.end();
  await told();
  assert.deepEqual(namesOf(requests()), ["bcde"]);
  early.abort(new Error("early"));
  await told();
  assert.deepEqual(reasons, ["early", "early"]);
  assert.deepEqual(requests(), [], "for the others it goes on");
  late.abort(new Error("late"));
  await told();
  assert.deepEqual(reasons, ["early", "early", "late", "late"]);
  const [next] = requests();
  assert.deepEqual(next?.names, ["f"]);
  const given = want("g", AbortSignal.abort(new Error("before")));
  await assert.rejects(Promise.all(given), { message: "before" });
  next?.end();
  assert.deepEqual(await Promise.all(stays), ["f"]);
  assert.deepEqual(requests(), []);
});

test("ports asked for with different limits go together", async () => {
  const { want, requests } = rig(1);
  const ports = [...want("a"), ...want("b"), ...want("c")];
  requests()[0]?.end();
  await told();
  const [together] = requests();
  assert.deepEqual(together?.names, ["b", "c"]);
  together?.end();
  assert.deepEqual(await Promise.all(ports), ["a", "b", "c"]);
});
