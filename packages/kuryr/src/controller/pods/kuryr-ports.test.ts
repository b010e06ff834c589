import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { KuryrPortCache } from "./kuryr-ports.ts";
import type { KuryrPortView } from "./plan.ts";

const key = "ns/p";

/** What an informer holds of one key, and the cache on top of it. */
interface Watch {
  readonly cache: KuryrPortCache;
  readonly comes: (now: KuryrPortView) => void;
  readonly goes: () => void;
}

const view = (uid: string, resourceVersion: number, more: Partial<KuryrPortView> = {}): KuryrPortView => ({
  namespace: "ns",
  name: "p",
  uid,
  resourceVersion: String(resourceVersion),
  podUid: `pod-of-${uid}`,
  nodeName: "n1",
  deletingSince: undefined,
  hasFinalizer: true,
  otherFinalizers: [],
  released: false,
  attachedAt: undefined,
  portIds: [`port-of-${uid}`],
  ...more,
});

function informer(): Watch {
  let held: KuryrPortView | undefined;
  const cache = new KuryrPortCache({
    get: () => held,
    byIndex: (index, value) =>
      held !== undefined && (index === "podUid" ? [held.podUid] : held.portIds).includes(value) ? [held] : [],
  });
  return {
    cache,
    comes: (now) => {
      held = now;
      cache.seen(key, now, false);
    },
    goes: () => {
      const last = held;
      assert.ok(last !== undefined);
      held = undefined;
      cache.seen(key, last, true);
    },
  };
}

/** What happens to the KuryrPorts of one name, in order: the answer of a write, and the event of what it did. */
interface Change {
  readonly answer?: (cache: KuryrPortCache) => void;
  readonly event: (watch: Watch) => void;
}

function lifeOf(uid: string, version: number, isHeld: boolean): Change[] {
  const made = view(uid, version);
  const deleting = view(uid, version + 1, { deletingSince: 1, otherFinalizers: isHeld ? ["other"] : [] });
  const left = view(uid, version + 2, { ...deleting, resourceVersion: String(version + 2), hasFinalizer: false });
  return [
    { answer: (cache) => cache.created(made), event: (watch) => watch.comes(made) },
    { answer: (cache) => cache.changed(deleting), event: (watch) => watch.comes(deleting) },
    ...(isHeld
      ? [
          { answer: (cache: KuryrPortCache) => cache.changed(left), event: (watch: Watch) => watch.comes(left) },
          { event: (watch: Watch) => watch.goes() },
        ]
      : [{ answer: (cache: KuryrPortCache) => cache.gone(key, uid), event: (watch: Watch) => watch.goes() }]),
  ];
}

test("whether answers or the watch come first, the newest is known meanwhile, and nothing is remembered in the end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.boolean()),
      (lives, order) => {
        const watch = informer();
        const changes = lives.flatMap((isHeld, at) => lifeOf(`u${at}`, at * 10 + 1, isHeld));
        const events = changes.map(({ event }) => event);
        for (const [at, { answer }] of changes.entries()) {
          // It has happened, and so may have what others do after it: all events may be there before the answer.
          const next = changes.findIndex((change, index) => index > at && change.answer !== undefined);
          const yetToCome = next === -1 ? 0 : changes.length - next;
          while (events.length > yetToCome && order.next().value === true) events.shift()?.(watch);
          answer?.(watch.cache);
        }
        for (const event of events) event(watch);
        assert.equal(watch.cache.get(key), undefined);
        assert.equal(watch.cache.size, 0);
        for (const [at] of lives.entries()) {
          assert.equal(watch.cache.hasPodUid(`pod-of-u${at}`), false);
          assert.equal(watch.cache.ofPort(`port-of-u${at}`), undefined);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("what was written is there before the watch has it, and what is gone is not there before the watch says so", () => {
  const { cache, comes, goes } = informer();
  cache.created(view("u", 1));
  assert.equal(cache.get(key)?.uid, "u");
  assert.equal(cache.ofPort("port-of-u")?.uid, "u");
  assert.equal(cache.hasPodUid("pod-of-u"), true);
  comes(view("u", 1));
  cache.changed(view("u", 2, { deletingSince: 1 }));
  assert.equal(cache.get(key)?.deletingSince, 1);
  cache.gone(key, "u");
  assert.equal(cache.get(key), undefined);
  assert.equal(cache.ofPort("port-of-u"), undefined);
  goes();
  assert.equal(cache.size, 0);
});

test("a KuryrPort whose end the watch has told before the answer to its last write is not remembered", () => {
  const { cache, comes, goes } = informer();
  comes(view("u", 1, { deletingSince: 1 }));
  goes();
  cache.gone(key, "u");
  cache.changed(view("u", 2, { deletingSince: 1, hasFinalizer: false }));
  assert.deepEqual([cache.size, cache.get(key)], [0, undefined]);
});
