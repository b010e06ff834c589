import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connect, type Cloud } from "../cloud.ts";
import { isKind, OpenStackError } from "../errors.ts";
import { operationOf } from "./operation.ts";
import { parseRetryAfter, retryDelay } from "./retry.ts";
import { CloudServer, type Fault } from "../testing/cloud-server.ts";
import { neutronError } from "../testing/object-store.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { withCloud } from "../testing/setup.ts";

/** Fast enough for real time. */
const retry = { baseMs: 1, maxMs: 2 };

/** How often a call is sent when its first two answers fail like this, and whether it succeeds. */
async function tries(fault: Fault, call: (cloud: Cloud, id: string) => Promise<unknown>): Promise<[number, boolean]> {
  let outcome: [number, boolean] = [0, false];
  await withCloud({ retry }, async (server, cloud) => {
    await cloud.scope();
    const { id } = server.store.add("/v2.0/ports", { name: "old" });
    let left = 2;
    server.fault = () => (left-- > 0 ? fault : undefined);
    const succeeded = await call(cloud, id).then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof OpenStackError);
        return false;
      },
    );
    outcome = [server.calls.length, succeeded];
  });
  return outcome;
}

const list = (cloud: Cloud): Promise<unknown> => cloud.network.ports.list();
const put = (cloud: Cloud, id: string): Promise<unknown> => cloud.network.ports.update(id, { name: "new" });
const remove = (cloud: Cloud, id: string): Promise<unknown> => cloud.network.ports.delete(id);
const post = (cloud: Cloud): Promise<unknown> => cloud.network.ports.create({ network_id: "n" });

test("[row 170] GET, PUT and DELETE are repeated after a reset, 5xx and 429", async () => {
  for (const fault of [
    "reset",
    { status: 500 },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    { status: 429 },
  ] as const) {
    for (const call of [list, put, remove]) assert.deepEqual(await tries(fault, call), [3, true]);
  }
});

test("[row 170] a POST is repeated only when the answer says that nothing was done", async () => {
  for (const fault of ["reset", "lost-answer", { status: 500 }, { status: 503 }, { status: 429 }] as const) {
    assert.deepEqual(await tries(fault, post), [1, false]);
  }
  for (const status of [429, 503]) {
    assert.deepEqual(await tries({ status, headers: { "Retry-After": "0" } }, post), [3, true]);
  }
});

test("[row 170] what cannot pass by itself is not repeated, whatever its status", async () => {
  for (const fault of [
    neutronError(500, "SubnetAllocationError", "Failed to allocate subnet: Insufficient prefix space to allocate."),
    neutronError(409, "OverQuota", "Quota exceeded for resources: ['port']."),
    neutronError(400, "HTTPBadRequest", "no"),
    neutronError(403, "PolicyNotAuthorized", "not yours"),
    { status: 501 },
    { status: 412 },
    { status: 403 },
  ]) {
    for (const call of [list, put, post]) assert.deepEqual(await tries(fault, call), [1, false]);
  }
});

test("[row 170] a DELETE whose answer was lost finds nothing left, which is no error", async () => {
  assert.deepEqual(await tries("lost-answer", remove), [3, true]);
});

test("a POST is repeated when the connection was refused before anything was sent", async () => {
  const server = await CloudServer.start();
  const { url } = server;
  await server.stop();
  let attempts = 0;
  const cloud = connect({
    auth: { type: "token", authUrl: url, token: "t" },
    retry: { ...retry, attempts: 3 },
    onRequest: () => attempts++,
  });
  await assert.rejects(cloud.network.ports.create({ network_id: "n" }), (error) => {
    assert.ok(isKind(error, "network"));
    assert.deepEqual([error.code, error.sent], ["OPENSTACK_CONNECTION_REFUSED", false]);
    return true;
  });
  assert.equal(attempts, 3);
  const refused = new OpenStackError("x", { kind: "network", code: "X", sent: false });
  assert.equal(
    retryDelay(refused, "if-not-done", 1, {}, () => 0),
    100,
  );
});

test("a wait that would pass the time limit is left to the caller, who sees how long to wait", async () => {
  await withCloud({ timeoutMs: 5000 }, async (server, cloud) => {
    await cloud.scope();
    server.fault = () => ({ status: 429, headers: { "Retry-After": "60" } });
    await assert.rejects(cloud.network.ports.list(), (error) => {
      assert.ok(isKind(error, "rate-limit"));
      assert.equal(error.retryAfterMs, 60_000);
      return true;
    });
    assert.equal(server.calls.length, 1);
  });
});

test("a refusal by Neutron's policy is asked about once more, for a worker that starts refuses everything", async () => {
  const clock = new ManualClock();
  const message = "(rule:create_port and rule:create_port:device_owner) is disallowed by policy";
  const refusal = neutronError(403, "PolicyNotAuthorized", message);
  for (const call of [list, post]) {
    for (const [left, calls] of [
      [1, 2],
      [5, 2],
    ] as const) {
      await withCloud({ clock }, async (server, cloud) => {
        await cloud.scope();
        let refusals: number = left;
        server.fault = () => (refusals-- > 0 ? refusal : undefined);
        const outcome = call(cloud).then(
          () => "done",
          (error: unknown) => (isKind(error, "forbidden") ? error.code : error),
        );
        while (clock.nextIn !== 1000) await setImmediate();
        clock.advance(1000);
        assert.equal(await outcome, left === 1 ? "done" : "OPENSTACK_FORBIDDEN");
        assert.equal(server.calls.length, calls);
      });
    }
  }
  await withCloud({ clock, retry: { attempts: 1 } }, async (server, cloud) => {
    await cloud.scope();
    server.fault = () => refusal;
    await assert.rejects(post(cloud), (error) => isKind(error, "forbidden"));
    assert.equal(server.calls.length, 1);
  });
});

test("waits double up to their limit, half of each is random, and the tries end", () => {
  const error = new OpenStackError("x", { kind: "server", code: "X", status: 500 });
  const delays = (random: number): (number | undefined)[] =>
    [1, 2, 3, 4, 5].map((attempt) => retryDelay(error, "always", attempt, { maxMs: 1000 }, () => random));
  assert.deepEqual(delays(0), [100, 200, 400, 500, undefined]);
  assert.deepEqual(delays(1), [200, 400, 800, 1000, undefined]);
  assert.equal(
    retryDelay(new Error("mine"), "always", 1, {}, () => 0),
    undefined,
  );
  const asked = new OpenStackError("x", { kind: "rate-limit", code: "X", status: 429, retryAfterMs: 3000 });
  assert.equal(
    retryDelay(asked, "if-not-done", 1, {}, () => 0),
    3100,
  );
});

test("Retry-After is seconds or a date", () => {
  assert.equal(parseRetryAfter("7", 0), 7000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 4000), 6000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 40_000), 0);
  assert.equal(parseRetryAfter("soon", 0), undefined);
  assert.equal(parseRetryAfter(undefined, 0), undefined);
});

test("an operation's name holds no ids", () => {
  const id = "5b26064b-963e-4f6c-9d5b-0d6bb1f1a2b3";
  for (const [method, path, name] of [
    ["GET", "/v2.0/ports", "GET ports"],
    ["PUT", `/v2.0/ports/${id}`, "PUT ports/{}"],
    ["GET", "/v2.0/ports/foo", "GET ports/{}"],
    ["PUT", `/v2.0/ports/${id}/tags/demo`, "PUT ports/{}/tags/{}"],
    ["PUT", `/v2.0/routers/${id}/add_router_interface`, "PUT routers/{}/add_router_interface"],
    ["GET", `/v2.0/qos/policies/${id}/dscp_marking_rules/${id}`, "GET qos/policies/{}/dscp_marking_rules/{}"],
    ["PUT", `/v2/lbaas/pools/${id}/members`, "PUT lbaas/pools/{}/members"],
    ["PUT", "/v3/projects/a/users/b/roles/c", "PUT projects/{}/users/{}/roles/{}"],
    ["POST", "/v3/auth/tokens", "POST auth/tokens"],
  ] as const) {
    assert.equal(operationOf(method, path), name);
  }
});
