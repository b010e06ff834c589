import assert from "node:assert/strict";
import { test } from "node:test";

import { OrphanFinder } from "./orphans.ts";

const ports = [
  { id: "a", podUid: "alive" },
  { id: "b", podUid: "gone" },
];
const owned = (uid: string): boolean => uid === "alive";

test("a port without owner goes at the second sighting, after the grace period and not before", () => {
  const finder = new OrphanFinder(100);
  assert.deepEqual(finder.look(ports, owned, 0), []);
  assert.deepEqual(finder.look(ports, owned, 99), []);
  assert.equal(finder.suspects, 1);
  assert.deepEqual(finder.look(ports, owned, 100), ["b"]);
  assert.deepEqual(finder.look([], owned, 101), []);
  assert.equal(finder.suspects, 0);
});

test("a port that found its owner in between starts anew when it loses it again", () => {
  const finder = new OrphanFinder(100);
  finder.look(ports, owned, 0);
  finder.look(ports, () => true, 50);
  assert.deepEqual(finder.look(ports, owned, 100), []);
  assert.deepEqual(finder.look(ports, owned, 200), ["b"]);
});
