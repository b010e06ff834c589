import assert from "node:assert/strict";
import { get } from "node:http";
import { test } from "node:test";

import { serveHealth } from "./health.ts";

const ask = (port: number, path: string): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode, body }));
    }).on("error", reject);
  });

test("a probe answers 200 when nothing is wrong, and 500 with every reason otherwise", async () => {
  const port = 18_090 + (process.pid % 1000);
  let reasons: string[] = ["not synced"];
  const server = await serveHealth(port, { ready: () => reasons, alive: () => [] });
  try {
    assert.deepEqual(await ask(port, "/ready"), { status: 500, body: "not synced\n" });
    reasons = [];
    assert.deepEqual(await ask(port, "/ready"), { status: 200, body: "ok\n" });
    assert.equal((await ask(port, "/alive")).status, 200);
    assert.equal((await ask(port, "/nothing")).status, 404);
  } finally {
    server.close();
  }
});

test("what is degraded is said behind the ok of /ready, and makes nobody unready", async () => {
  const port = 19_090 + (process.pid % 1000);
  const server = await serveHealth(port, { ready: () => [], alive: () => [], degraded: () => ["Keystone: no answer"] });
  try {
    assert.deepEqual(await ask(port, "/ready"), { status: 200, body: "ok\ndegraded: Keystone: no answer\n" });
    assert.deepEqual(await ask(port, "/alive"), { status: 200, body: "ok\n" });
  } finally {
    server.close();
  }
});

test("the role is said by /ready, behind the ok or the reasons", async () => {
  const port = 20_090 + (process.pid % 1000);
  let reasons: string[] = ["not synced"];
  const server = await serveHealth(port, { ready: () => reasons, alive: () => [], role: () => "leader" });
  try {
    assert.deepEqual(await ask(port, "/ready"), { status: 500, body: "not synced\nrole: leader\n" });
    reasons = [];
    assert.deepEqual(await ask(port, "/ready"), { status: 200, body: "ok\nrole: leader\n" });
    assert.deepEqual(await ask(port, "/alive"), { status: 200, body: "ok\n" });
  } finally {
    server.close();
  }
});
