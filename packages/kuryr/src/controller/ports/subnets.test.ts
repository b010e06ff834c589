import assert from "node:assert/strict";
import { test } from "node:test";

import { OpenStackError } from "@kuryr/openstack";

import { SubnetDirectory, type SubnetInNetwork } from "./subnets.ts";

const { signal } = new AbortController();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A directory whose Neutron answers as the test says, on a clock that the test moves. */
function rig() {
  let now = 0;
  let reads = 0;
  let answer = (): Promise<SubnetInNetwork> => Promise.reject(new Error("no answer"));
  const directory = new SubnetDirectory({
    readSubnet: () => {
      reads += 1;
      return answer();
    },
    readMtu: () => Promise.resolve(1442),
    now: () => now,
    ttlMs: 3_600_000,
  });
  return {
    get: () => directory.get("s", signal),
    reads: () => reads,
    pass: (ms: number) => void (now += ms),
    answers: (name: string) => void (answer = () => Promise.resolve({ id: "s", name } as SubnetInNetwork)),
    fails: (kind: "network" | "not-found") =>
      void (answer = () => Promise.reject(new OpenStackError("failed", { kind, code: "OPENSTACK_TEST" }))),
  };
}

test("a subnet is read once an hour; meanwhile it is known", async () => {
  const { get, reads, pass, answers } = rig();
  answers("one");
  assert.equal((await get()).name, "one");
  answers("two");
  pass(3_599_000);
  assert.equal((await get()).name, "one");
  assert.equal(reads(), 1);
  pass(2000);
  // Nobody waits for the second reading.
  assert.equal((await get()).name, "one");
  await turn();
  assert.equal((await get()).name, "two");
  assert.equal(reads(), 2);
});

test("while Neutron is away what was known holds, and is asked for again every half minute", async () => {
  const { get, reads, pass, answers, fails } = rig();
  answers("one");
  await get();
  fails("network");
  for (let i = 0; i < 10; i += 1) {
    pass(i === 0 ? 3_601_000 : 10_000);
    assert.equal((await get()).name, "one");
    await turn();
  }
  assert.equal(reads(), 1 + 4);
  answers("two");
  pass(30_000);
  await get();
  await turn();
  assert.equal((await get()).name, "two");
});

test("a subnet that is gone is known no more; a first reading that fails is not remembered", async () => {
  const { get, pass, answers, fails } = rig();
  fails("network");
  await assert.rejects(get());
  answers("one");
  assert.equal((await get()).name, "one");
  fails("not-found");
  pass(3_601_000);
  await get();
  await turn();
  await assert.rejects(get(), { kind: "not-found" });
});
