import assert from "node:assert/strict";
import { test } from "node:test";

import { KuryrPortWaiters, type NodePort } from "./kuryr-ports.ts";

const port = (more: Partial<NodePort> = {}): NodePort => ({
  namespace: "ns",
  name: "p",
  uid: "k",
  podUid: "u",
  podStatic: false,
  deleting: false,
  released: false,
  attachedTo: undefined,
  interfaces: [],
  active: [],
  notInstalled: [],
  hasStatus: false,
  ...more,
});

const never = new AbortController().signal;
const pod = { namespace: "ns", name: "p", uid: "u" };

test("an ADD waits for the KuryrPort of its own pod: not an old namesake's, nor one that is being deleted", async () => {
  let now: NodePort | undefined;
  const waiters = new KuryrPortWaiters(() => now);
  const waiting = waiters.wait(pod, 10_000, never);
  for (const wrong of [port({ podUid: "older" }), port({ deleting: true })]) {
    now = wrong;
    waiters.changed("ns/p");
  }
  now = port();
  waiters.changed("ns/p");
  assert.equal(await waiting, now);
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("an ADD that waits long has its KuryrPort looked for, and stops that when it has it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let now: NodePort | undefined;
  let looks = 0;
  let held = Promise.withResolvers<void>();
  const look = (): Promise<void> => {
    looks += 1;
    return held.promise;
  };
  const waiters = new KuryrPortWaiters(() => now, { look, everyMs: 10_000 });
  const waiting = waiters.wait(pod, 60_000, never);
  t.mock.timers.tick(9999);
  await settle();
  assert.equal(looks, 0);
  // Others that wait for the same one have no look of their own, nor does anybody while one is under way.
  const others = Array.from({ length: 50 }, () => waiters.wait(pod, 60_000, never));
  t.mock.timers.tick(10_001);
  await settle();
  assert.equal(looks, 1);
  held.resolve();
  await settle();
  held = Promise.withResolvers();
  t.mock.timers.tick(10_000);
  await settle();
  assert.equal(looks, 2);
  held.resolve();
  await settle();
  t.mock.timers.tick(10_000);
  await settle();
  assert.equal(looks, 3);
  now = port();
  waiters.changed("ns/p");
  await Promise.all([waiting, ...others]);
  assert.equal(await waiters.wait(pod, 60_000, never), now);
  t.mock.timers.tick(60_000);
  await settle();
  assert.equal(looks, 3);
});

test("KuryrPorts of several pods are looked for one after the other, and only while somebody waits for them", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const known = new Map<string, NodePort>();
  const looks: { readonly name: string; readonly done: () => void }[] = [];
  const look = ({ name }: { name: string }): Promise<void> =>
    new Promise((resolve) => looks.push({ name, done: resolve }));
  const seen = (): string[] => looks.map(({ name }) => name);
  const waiters = new KuryrPortWaiters((key) => known.get(key), { look, everyMs: 10_000 });
  const [, second] = ["a", "b", "c"].map((name) =>
    waiters.wait({ namespace: "ns", name, uid: undefined }, 60_000, never),
  );
  t.mock.timers.tick(10_000);
  await settle();
  assert.deepEqual(seen(), ["a"]);
  known.set("ns/b", port({ name: "b" }));
  waiters.changed("ns/b");
  await second;
  looks[0]?.done();
  await settle();
  assert.deepEqual(seen(), ["a", "c"]);
  // Of a, whose look is over for 10 s, not of c, whose look goes on.
  t.mock.timers.tick(10_000);
  looks[1]?.done();
  await settle();
  assert.deepEqual(seen(), ["a", "c", "a"]);
});

test("without a KuryrPort in time the error says why, and tells the runtime to try again", async () => {
  const waiters = new KuryrPortWaiters(() => port({ podUid: "older" }));
  await assert.rejects(waiters.wait(pod, 1, never), { code: "KURYR_NO_KURYRPORT", cniCode: 11, message: /UID older/ });
});

test("an interface is active once the status names its port, and who gives up is told so", async () => {
  let now = port({ active: ["other"] });
  const waiters = new KuryrPortWaiters(() => now);
  const gone = new AbortController();
  const active = waiters.untilActive("ns/p", "mine", never);
  const givenUp = waiters.untilActive("ns/p", "mine", gone.signal);
  gone.abort(new Error("given up"));
  await assert.rejects(givenUp, /given up/);
  now = port({ active: ["other", "mine"] });
  waiters.changed("ns/p");
  await active;
});
