import assert from "node:assert/strict";
import { request as send } from "node:http";
import { test, type TestContext } from "node:test";

import { systemClock } from "./clock.ts";
import { FaultProfile, type Fault } from "./faults.ts";
import { seededRandom } from "./random.ts";
import { serve } from "./server.ts";

/** A server that counts what reached its handler. */
async function counting(t: TestContext, fault?: Fault, maxRequestLine?: number) {
  let handled = 0;
  const server = await serve({
    handler: ({ body }) => ({ status: 200, body: { handled: ++handled, got: body } }),
    faults: new FaultProfile(seededRandom(1), fault === undefined ? [] : [{ fault, times: 1 }]),
    clock: systemClock(),
    ...(maxRequestLine === undefined ? {} : { maxRequestLine }),
  });
  t.after(() => server.stop());
  return { url: server.url, handled: () => handled };
}

interface Outcome {
  readonly status?: number;
  readonly body?: string;
  readonly failed?: string;
}

function post(url: string, timeoutMs = 2000): Promise<Outcome> {
  return new Promise((resolve) => {
    const outgoing = send(url, { method: "POST", agent: false, signal: AbortSignal.timeout(timeoutMs) }, (incoming) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      incoming.on("error", () => resolve({ status: incoming.statusCode ?? 0, failed: "cut" }));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
    });
    outgoing.on("error", (error) =>
      resolve({ failed: error.name === "AbortError" || error.name === "TimeoutError" ? "hung" : "broken" }),
    );
    outgoing.end("x");
  });
}

test("a request is answered with JSON", async (t) => {
  const { url } = await counting(t);
  assert.deepEqual(await post(url), { status: 200, body: '{"handled":1,"got":"x"}' });
});

test("an injected answer keeps the handler from the request", async (t) => {
  const server = await counting(t, {
    kind: "answer",
    response: { status: 503, body: "busy", headers: { "Content-Type": "text/plain" } },
  });
  assert.deepEqual(await post(server.url), { status: 503, body: "busy" });
  assert.equal(server.handled(), 0);
});

test("a reset happens before the effect, a lost answer after it", async (t) => {
  const before = await counting(t, { kind: "reset" });
  assert.deepEqual(await post(before.url), { failed: "broken" });
  assert.equal(before.handled(), 0);
  const after = await counting(t, { kind: "lost-answer" });
  assert.deepEqual(await post(after.url), { failed: "broken" });
  assert.equal(after.handled(), 1);
});

test("a request can be answered otherwise than it was handled", async (t) => {
  const server = await counting(t, { kind: "other-answer", response: { status: 504, body: "too late" } });
  assert.equal((await post(server.url)).status, 504);
  assert.equal(server.handled(), 1);
});

test("a duplicated request takes effect twice", async (t) => {
  const server = await counting(t, { kind: "duplicate" });
  assert.deepEqual(await post(server.url), { status: 200, body: '{"handled":2,"got":"x"}' });
});

test("a hanging request is neither handled nor answered", async (t) => {
  const server = await counting(t, { kind: "hang" });
  assert.deepEqual(await post(server.url, 100), { failed: "hung" });
  assert.equal(server.handled(), 0);
});

test("a body can come slowly, or end in its middle", async (t) => {
  const slow = await counting(t, { kind: "slow-body", ms: 1, pieces: 4 });
  assert.deepEqual(await post(slow.url), { status: 200, body: '{"handled":1,"got":"x"}' });
  const cut = await counting(t, { kind: "cut-body" });
  assert.deepEqual(await post(cut.url), { status: 200, failed: "cut" });
});

test("a request line that is too long gets 414 without a body", async (t) => {
  const server = await counting(t, undefined, 8192);
  const line = (length: number): string => `${server.url}/${"x".repeat(length - "POST / HTTP/1.1".length)}`;
  assert.equal((await post(line(8192))).status, 200);
  assert.deepEqual(await post(line(8193)), { status: 414, body: "" });
});
