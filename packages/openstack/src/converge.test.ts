import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cloud, connect } from "./cloud.ts";
import { isKind } from "./errors.ts";
import type { Port } from "./network/network-resources.ts";
import { CloudServer, type Fault } from "./testing/cloud-server.ts";
import { neutronError } from "./testing/object-store.ts";
import { passwordAuth } from "./testing/setup.ts";

const PATH = "/v2.0/ports";
const FAULTS: readonly Fault[] = [
  "reset",
  "lost-answer",
  { status: 500 },
  { status: 503, headers: { "Retry-After": "0" } },
  { status: 504 },
  { status: 429, headers: { "Retry-After": "0" } },
  { status: 401 },
  neutronError(409, "OverQuota", "Quota exceeded for resources: ['port']."),
];

/** Numbers in [0, 1) that a seed repeats (Lehmer's generator). */
function randomOf(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One step towards one port of that name; what passes by itself is left to the next step. */
async function step({ network: { ports } }: Cloud, name: string): Promise<Port | undefined> {
  try {
    const tags = [`web:${name}`];
    const [found] = await ports.list({ tags });
    const port = found ?? (await ports.createMarked({ network_id: "n", tags }, { tags }, { settleMs: 1 }));
    return port.name === name ? port : await ports.update(port.id, { name });
  } catch (error) {
    if (isKind(error, "network", "server", "rate-limit", "quota", "auth", "timeout")) return undefined;
    throw error;
  }
}

test("[row 170] whatever a cloud throws at it, each wanted object exists once in the end, and then none", async (t) => {
  for (const seed of [1, 2, 3]) {
    t.diagnostic(`seed ${seed}`);
    const random = randomOf(seed);
    const server = await CloudServer.start();
    const cloud = connect({ auth: passwordAuth(server.url), retry: { attempts: 3, baseMs: 1, maxMs: 2 } });
    try {
      await cloud.scope();
      server.fault = ({ path }) =>
        path.startsWith(PATH) && random() < 0.3 ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
      const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
      let missing = names;
      for (let round = 0; round < 50 && missing.length > 0; round++) {
        const results = await Promise.all(missing.map(async (name) => [name, await step(cloud, name)] as const));
        missing = results.filter(([, port]) => port === undefined).map(([name]) => name);
      }
      assert.deepEqual(missing, []);
      const made = server.store.objects(PATH);
      assert.deepEqual(made.map((port) => String(port["name"])).toSorted(), names.toSorted());

      for (let round = 0; round < 50 && server.store.objects(PATH).length > 0; round++) {
        await Promise.allSettled(server.store.objects(PATH).map(({ id }) => cloud.network.ports.delete(id)));
      }
      assert.deepEqual(server.store.objects(PATH), []);
    } finally {
      cloud.close();
      await server.stop();
    }
  }
});
