import assert from "node:assert/strict";
import { test } from "node:test";

import { FaultProfile, type FaultRule } from "./faults.ts";
import type { FakeRequest } from "./message.ts";
import { seededRandom } from "./random.ts";

const request = (method: string, target: string): FakeRequest => ({
  method,
  target,
  path: target,
  query: [],
  headers: {},
  body: "",
});

function decisions(seed: number, rules: readonly FaultRule[], count = 200): string[] {
  const profile = new FaultProfile(seededRandom(seed), rules);
  return Array.from({ length: count }, (_, at) => profile.decide(request("GET", `/${at}`))?.kind ?? "none");
}

test("the same seed and the same requests give the same faults, another seed others", () => {
  const rules: FaultRule[] = [
    { fault: { kind: "reset" }, probability: 0.3 },
    { fault: { kind: "hang" }, probability: 0.2 },
  ];
  assert.deepEqual(decisions(7, rules), decisions(7, rules));
  assert.notDeepEqual(decisions(7, rules), decisions(8, rules));
  const hits = decisions(7, rules, 2000).filter((kind) => kind === "reset").length;
  assert.ok(hits > 500 && hits < 700, `${hits} of 2000 were reset`);
});

test("a rule applies to the methods and targets that it names", () => {
  const profile = new FaultProfile(seededRandom(1), [
    { fault: { kind: "reset" }, methods: ["POST"], matching: /\/v2\.0\/ports\b/ },
  ]);
  assert.equal(profile.decide(request("GET", "/v2.0/ports")), undefined);
  assert.equal(profile.decide(request("POST", "/v2.0/networks")), undefined);
  assert.deepEqual(profile.decide(request("POST", "/v2.0/ports")), { kind: "reset" });
});

test("a rule begins after so many requests and ends after so many faults", () => {
  const rules: FaultRule[] = [{ fault: { kind: "lost-answer" }, after: 2, times: 3 }];
  const kinds = decisions(1, rules, 7);
  assert.deepEqual(kinds, ["none", "none", "lost-answer", "lost-answer", "lost-answer", "none", "none"]);
});

test("a rule is taken back by what its adding returned", () => {
  const profile = new FaultProfile(seededRandom(1));
  const takeBack = profile.add({ fault: { kind: "reset" } });
  assert.ok(profile.decide(request("GET", "/")));
  takeBack();
  assert.equal(profile.decide(request("GET", "/")), undefined);
});

test("latency is a number or lies between two", () => {
  const profile = new FaultProfile(seededRandom(1));
  assert.equal(profile.wait(undefined), 0);
  assert.equal(profile.wait(5), 5);
  for (let at = 0; at < 100; at++) {
    const ms = profile.wait({ min: 10, max: 20 });
    assert.ok(ms >= 10 && ms < 20);
  }
});
