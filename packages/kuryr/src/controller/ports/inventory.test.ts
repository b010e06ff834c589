import assert from "node:assert/strict";
import { test } from "node:test";

import { PortInventory, type NeutronPort } from "./inventory.ts";

const port = (id: string, uid: string, name = "p"): NeutronPort => ({
  id,
  device_id: uid,
  description: `kuryr:c:pod/ns/${name}`,
  network_id: "n",
  mac_address: "fa:16:3e:00:00:01",
  fixed_ips: [],
  "binding:host_id": "node1",
});

test("ports are found by their pod's UID and by the key in their mark, each once", () => {
  const inventory = new PortInventory("c");
  inventory.put(port("a", "u1"));
  inventory.put(port("b", "u2"));
  assert.deepEqual(
    inventory
      .of("ns/p", ["u1"])
      .map((p) => p.id)
      .sort(),
    ["a", "b"],
  );
  assert.deepEqual(
    inventory.of("ns/other", ["u2"]).map((p) => p.id),
    ["b"],
  );
  inventory.remove("a");
  assert.deepEqual(
    inventory.of("ns/p", ["u1"]).map((p) => p.id),
    ["b"],
  );
});

test("a port without this cluster's mark is never taken in", () => {
  const inventory = new PortInventory("c");
  inventory.put({ ...port("a", "u1"), description: "kuryr:other:pod/ns/p" });
  inventory.put({ ...port("b", "u1"), description: "somebody's" });
  assert.equal(inventory.size, 0);
});

test("a list that was under way while ports came and went does not undo them", async () => {
  const inventory = new PortInventory("c");
  inventory.put(port("old", "u0"));
  inventory.put(port("deleted", "u1"));
  await inventory.refresh(async () => {
    const answer = [port("deleted", "u1"), port("listed", "u3")];
    inventory.remove("deleted");
    inventory.put(port("created", "u2"));
    return answer;
  });
  assert.deepEqual([...inventory.values()].map((p) => p.id).sort(), ["created", "listed"]);
});

test("a mark that Neutron's limit cut names nobody: the port is found by UID alone", () => {
  const inventory = new PortInventory("c");
  const description = `kuryr:c:pod/ns/${"x".repeat(300)}`.slice(0, 255);
  inventory.put({ ...port("a", "u1"), description });
  const key = description.slice("kuryr:c:pod/".length);
  assert.deepEqual(inventory.of(key, []), []);
  assert.deepEqual(
    inventory.of("any", ["u1"]).map((p) => p.id),
    ["a"],
  );
});
