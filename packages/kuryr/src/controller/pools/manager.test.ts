import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { askManager } from "../../cli/pools/ask.ts";
import { KuryrError } from "../../api/errors.ts";
import type { PoolAdministration, ShownPool } from "./admin.ts";
import { serveManager } from "./manager.ts";

const pool: ShownPool = {
  pool: "0123456789abcdef",
  node: "node1",
  project_id: "p",
  network_id: "n",
  subnets: ["s"],
  security_groups: ["b", "a"],
  idle: 2,
  quarantined: 1,
  creating: 0,
};

async function serve(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-pools-"));
  const asked: unknown[] = [];
  const pools: PoolAdministration = {
    list: () => [pool],
    show: (which) => [{ ...pool, ports: [] }].filter(which),
    populate: async (nodes, count) => {
      asked.push([nodes, count]);
      if (nodes.includes("full")) throw new KuryrError("KURYR_QUOTA", "nothing left");
      return nodes.length * count;
    },
    free: async (nodes) => {
      asked.push(nodes);
      return 3;
    },
  };
  const path = join(directory, "run", "manage.sock");
  const close = await serveManager(path, pools);
  t.after(() => {
    close();
    rmSync(directory, { recursive: true });
  });
  const ask = (method: "GET" | "POST", at: string, body: object = {}) =>
    askManager(path, { method, path: at, body }, AbortSignal.timeout(10_000));
  return { path, asked, ask };
}

test("[row 45] pools are listed and shown by name, by node, and by the original's key", async (t) => {
  const { ask } = await serve(t);
  assert.deepEqual(await ask("GET", "/listPools"), { status: 200, body: { pools: [pool] } });
  const shown = { status: 200, body: { pools: [{ ...pool, ports: [] }] } };
  assert.deepEqual(await ask("GET", "/showPool", { pool_key: ["node1", "p", ["a", "b"]] }), shown);
  assert.deepEqual(await ask("GET", "/showPool?pool=0123456789abcdef"), shown);
  assert.deepEqual(await ask("GET", "/showPool?node=node1"), shown);
  assert.equal((await ask("GET", "/showPool", { pool_key: ["node1", "p", ["a"]] })).status, 400);
});

test("[row 45] pools are filled and emptied as with the original's bodies", async (t) => {
  const { ask, asked } = await serve(t);
  assert.deepEqual(await ask("POST", "/populatePool", { trunks: ["node1", "node2"], num_ports: 4 }), {
    status: 200,
    body: { created: 8 },
  });
  assert.deepEqual(await ask("POST", "/populatePool", { nodes: ["node1"] }), { status: 200, body: { created: 1 } });
  assert.deepEqual(await ask("POST", "/freePool", { trunks: ["node1"] }), { status: 200, body: { deleted: 3 } });
  assert.deepEqual(await ask("POST", "/freePool"), { status: 200, body: { deleted: 3 } });
  assert.deepEqual(asked, [[["node1", "node2"], 4], [["node1"], 1], ["node1"], undefined]);
});

test("what makes no sense is refused with a reason, and what fails in the cloud is told apart", async (t) => {
  const { ask, asked } = await serve(t);
  const refusals: [status: number, method: "GET" | "POST", path: string, body?: object][] = [
    [400, "POST", "/populatePool", {}],
    [400, "POST", "/populatePool", { trunks: ["../etc"] }],
    [400, "POST", "/populatePool", { trunks: [7] }],
    [400, "POST", "/populatePool", { trunks: ["node1"], num_ports: 0 }],
    [400, "POST", "/populatePool", { trunks: ["node1"], num_ports: "many" }],
    [400, "POST", "/populatePool", { trunks: ["node1"], num_ports: 1e9 }],
    [400, "POST", "/populatePool", { trunks: ["x".repeat(70_000)] }],
    [400, "GET", "/showPool", {}],
    [400, "GET", "/showPool", { pool_key: [7] }],
    [400, "POST", "/freePool", []],
    [404, "GET", "/pools"],
    [405, "GET", "/freePool"],
    [502, "POST", "/populatePool", { trunks: ["full"] }],
  ];
  for (const [status, method, path, body] of refusals) {
    const answer = await ask(method, path, body);
    assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)?.slice(0, 60)}`);
    assert.match(JSON.stringify(answer.body), /"error":\{"code":"KURYR_/);
  }
  assert.deepEqual(asked, [[["full"], 1]]);
});

test("nobody but the controller's own user may open the socket, and a missing one says where it is", async (t) => {
  const { path } = await serve(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await assert.rejects(
    askManager(`${path}.none`, { method: "GET", path: "/listPools", body: {} }, AbortSignal.timeout(10_000)),
    { code: "KURYR_NO_POOL_MANAGER" },
  );
});
