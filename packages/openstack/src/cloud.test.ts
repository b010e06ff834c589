import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { type Cloud, connect } from "./cloud.ts";
import { isKind, OpenStackError } from "./errors.ts";
import type { RequestReport } from "./request/request.ts";
import { CloudServer, REQUEST_ID, SECRETS } from "./testing/cloud-server.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { neutronError } from "./testing/object-store.ts";
import { passwordAuth, withCloud } from "./testing/setup.ts";
import { TLS_MATERIAL } from "./testing/tls-material.ts";

test("a request goes to its service by the catalogue, with or without a version in its URL", async () => {
  for (const suffixes of [
    { identity: "/v3", network: "", "load-balancer": "" },
    { identity: "", network: "/v2.0", "load-balancer": "/v2/" },
    { identity: "/v3/", network: "/v2.0/", "load-balancer": "/v2.0" },
  ]) {
    await withCloud({ region: "RegionOne" }, async (server, cloud) => {
      server.suffixes = suffixes;
      const made = await cloud.request("identity", "POST", "/v3/users", { body: { user: { name: "lee" } } });
      assert.equal(made.status, 201);
      const listed = await cloud.request("identity", "GET", "/v3/users", { query: { name: "lee" } });
      assert.equal((listed.body as { users: { name: string }[] }).users[0]?.name, "lee");
      await cloud.request("network", "GET", "/v2.0/ports");
      await cloud.request("load-balancer", "GET", "/v2/lbaas/loadbalancers");
      assert.deepEqual(
        server.calls.map(({ path }) => path),
        ["/v3/users", "/v3/users", "/v2.0/ports", "/v2/lbaas/loadbalancers"],
      );
    });
  }
});

test("endpoints given by hand win over the catalogue, a path before the version is kept", async () => {
  const server = await CloudServer.start();
  server.suffixes = { network: "/wrong" };
  const endpoints = { network: `${server.url}/networking/v2.0/` };
  const cloud = connect({ auth: passwordAuth(server.url), endpoints });
  try {
    server.fault = ({ path }) => (path.startsWith("/networking") ? { status: 200, body: { ports: [] } } : undefined);
    await cloud.network.ports.list();
    assert.equal(server.calls[0]?.path, "/networking/v2.0/ports");
  } finally {
    cloud.close();
    await server.stop();
  }
});

test("a service, region or interface that the catalogue lacks is a clear error", async () => {
  const message = async (options: object, prepare: (server: CloudServer) => void): Promise<string> => {
    let text = "";
    await withCloud(options, async (server, cloud) => {
      prepare(server);
      await assert.rejects(cloud.network.ports.list(), (error) => {
        assert.ok(isKind(error, "config"));
        text = error.message;
        return true;
      });
    });
    return text;
  };
  const nothing = (): void => {};
  assert.match(
    await message({ region: "Elsewhere" }, nothing),
    /no public endpoint .* in Elsewhere, only: .*RegionOne/,
  );
  assert.match(await message({ interface: "admin" }, nothing), /no admin endpoint/);
  const noNetwork = (server: CloudServer): void => {
    server.suffixes = { identity: "/v3" };
  };
  assert.match(await message({}, noNetwork), /no service of type network/);
});

test("a path with a query, without a version or not encoded is not sent", async () => {
  await withCloud({}, async (server, cloud) => {
    for (const path of ["/ports", "/v2.0/ports?name=x", "v2.0/ports", "/v2.0/ports/a b", "/v2.0/x\r\nHost: y"]) {
      await assert.rejects(cloud.request("network", "GET", path), (error) => isKind(error, "invalid"));
    }
    assert.equal(server.requests.length, 0);
  });
});

test("an error carries what the service said, where, and under which request id", async () => {
  await withCloud({}, async (server, cloud) => {
    server.fault = ({ path }) =>
      path === "/v2.0/ports/p1" ? neutronError(409, "OverQuota", "Quota exceeded for resources: ['port'].") : undefined;
    await assert.rejects(cloud.network.ports.update("p1", { name: "x" }), (error) => {
      assert.ok(error instanceof OpenStackError);
      const { kind, code, status, type, requestId, method, path, service } = error;
      assert.deepEqual(
        { kind, code, status, type, requestId, method, path, service },
        {
          kind: "quota",
          code: "OPENSTACK_QUOTA",
          status: 409,
          type: "OverQuota",
          requestId: REQUEST_ID,
          method: "PUT",
          path: "/v2.0/ports/p1",
          service: "network",
        },
      );
      assert.match(error.excerpt ?? "", /OverQuota/);
      assert.equal(
        error.message,
        "network: PUT /v2.0/ports/p1: 409 OverQuota: Quota exceeded for resources: ['port'].",
      );
      assert.notEqual(error.hint, "");
      return true;
    });
  });
});

test("an answer that is not JSON, or lacks what was asked for, is a protocol error", async () => {
  await withCloud({}, async (server, cloud) => {
    for (const body of ["<html>welcome</html>", { others: [] }, []]) {
      server.fault = ({ path }) => (path === "/v2.0/ports" ? { status: 200, body } : undefined);
      await assert.rejects(cloud.network.ports.list(), (error) => {
        assert.ok(error instanceof OpenStackError);
        return error.code === "OPENSTACK_PROTOCOL" && !error.transient;
      });
    }
  });
});

test("a report tells service, operation, status, request id and attempt of every exchange", async () => {
  const reports: RequestReport[] = [];
  await withCloud({ onRequest: (report) => reports.push(report) }, async (server, cloud) => {
    let failures = 1;
    server.fault = ({ path }) => (path.startsWith("/v2.0/ports/") && failures-- > 0 ? { status: 500 } : undefined);
    await cloud.network.ports.find("0a1b");
    await cloud.network.ports.createMany([{ network_id: "n" }]);
    assert.deepEqual(
      reports.map(({ service, operation, status, attempt, error }) => [
        service,
        operation,
        status,
        attempt,
        error?.code,
      ]),
      [
        ["identity", "POST auth/tokens", 201, 1, undefined],
        ["network", "GET ports/{}", 500, 1, "OPENSTACK_SERVER_ERROR"],
        ["network", "GET ports/{}", 404, 2, "OPENSTACK_NOT_FOUND"],
        ["network", "POST ports bulk", 201, 1, undefined],
      ],
    );
    assert.ok(reports.every(({ requestId, ms }) => requestId === REQUEST_ID && ms >= 0));
  });
});

test("a server that does not answer ends the call at its time limit, whatever the verb", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, timeoutMs: 1000 }, async (server, cloud) => {
    await cloud.scope();
    for (const call of [() => cloud.network.ports.list(), () => cloud.network.ports.create({ network_id: "n" })]) {
      const asked = Promise.withResolvers<void>();
      server.fault = () => {
        asked.resolve();
        return "hang";
      };
      const outcome = assert.rejects(call(), (error) => {
        assert.ok(isKind(error, "timeout"));
        assert.deepEqual([error.code, error.sent, error.path], ["OPENSTACK_TIMEOUT", true, "/v2.0/ports"]);
        return true;
      });
      await asked.promise;
      clock.advance(1000);
      await outcome;
    }
    assert.equal(clock.waiting, 0);
  });
});

test("a peer that is gone costs a repeatable request half of its time, then it takes a new connection", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, timeoutMs: 1000 }, async (server, cloud) => {
    await cloud.network.ports.list();
    const asked = Promise.withResolvers<void>();
    const port = server.calls[0]?.remotePort;
    server.fault = ({ remotePort }) => {
      if (remotePort !== port) return undefined;
      asked.resolve();
      return "hang";
    };
    const listed = cloud.network.ports.list();
    await asked.promise;
    clock.advance(500);
    assert.deepEqual(await listed, []);
    assert.equal(server.calls.length, 3);
    assert.equal(clock.waiting, 0);
  });
});

test("the message of a timeout names service, method and path once", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, timeoutMs: 1000 }, async (server, cloud) => {
    await cloud.scope();
    const asked = Promise.withResolvers<void>();
    server.fault = () => {
      asked.resolve();
      return "hang";
    };
    const outcome = assert.rejects(cloud.network.ports.create({ network_id: "n" }), {
      message: "network: POST /v2.0/ports: no complete answer in 1000 ms",
    });
    await asked.promise;
    clock.advance(1000);
    await outcome;
  });
});

test("an abort ends a call with the signal's own reason, before, during and between attempts", async () => {
  const clock = new ManualClock();
  await withCloud({ clock }, async (server, cloud) => {
    await cloud.scope();
    const reason = new Error("enough");
    await assert.rejects(cloud.network.ports.list({}, { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(server.calls.length, 0);
    const during = new AbortController();
    server.fault = () => {
      during.abort(reason);
      return "hang";
    };
    await assert.rejects(cloud.network.ports.list({}, { signal: during.signal }), reason);
    const between = new AbortController();
    server.fault = () => ({ status: 503, headers: { "Retry-After": "10" } });
    const outcome = assert.rejects(cloud.network.ports.list({}, { signal: between.signal }), reason);
    await clock.untilWaiting(2);
    between.abort(reason);
    await outcome;
    assert.equal(clock.waiting, 0);
  });
});

test("connections are kept and used again, and a server that closes them is served as well", async () => {
  await withCloud({}, async (server, cloud) => {
    for (let index = 0; index < 5; index++) await cloud.network.ports.list();
    assert.equal(new Set(server.requests.map(({ remotePort }) => remotePort)).size, 1);
    server.fault = () => ({ status: 200, body: { ports: [] }, headers: { Connection: "close" } });
    for (let index = 0; index < 5; index++) await cloud.network.ports.list();
    assert.equal(new Set(server.requests.map(({ remotePort }) => remotePort)).size, 5);
  });
});

test("[row 169] TLS trusts the given authority, refuses an unknown one, and is insecure only when told", async () => {
  const tls = { cert: TLS_MATERIAL.serverCert, key: TLS_MATERIAL.serverKey };
  await withCloud({ server: { tls }, tls: { ca: TLS_MATERIAL.ca } }, async (_server, cloud) => {
    assert.deepEqual(await cloud.network.ports.list(), []);
  });
  await withCloud({ server: { tls }, retry: { attempts: 1 } }, async (server, cloud) => {
    await assert.rejects(cloud.network.ports.list(), (error) => isKind(error, "network"));
    assert.equal(server.requests.length, 0);
  });
  await withCloud({ server: { tls }, tls: { insecure: true } }, async (_server, cloud) => {
    assert.deepEqual(await cloud.network.ports.list(), []);
  });
  assert.throws(
    () => connect({ auth: passwordAuth("https://h"), tls: { ca: "nonsense" } }),
    (error) => isKind(error, "config"),
  );
});

test("no password, secret or token shows in an error, a report or an inspected object", async () => {
  const texts: string[] = [];
  const show = (value: unknown): void => {
    texts.push(inspect(value, { depth: 20, showHidden: true, getters: true }), JSON.stringify(value) ?? "");
    if (value instanceof Error) texts.push(String(value.stack), value.message);
  };
  const fail = async (cloud: Cloud): Promise<void> => {
    show(cloud);
    await assert.rejects(cloud.network.ports.create({ network_id: "n" }), (error) => {
      show(error);
      return true;
    });
  };
  const echoed = { status: 400, body: `you said ${SECRETS.password} ${JSON.stringify(SECRETS)}` };
  const echo = { status: 400, body: `you said ${SECRETS.password} ${JSON.stringify(SECRETS)} token-1-secret` };
  const options = { onRequest: show, retry: { attempts: 1 }, timeoutMs: 2000 };
  await withCloud(options, async (server, cloud) => {
    server.fault = () => echoed;
    await fail(cloud);
  });
  await withCloud(options, async (server, cloud) => {
    await cloud.scope().then(show);
    for (const fault of [echo, "reset", { status: 401, body: echo.body }, { status: 200, body: echo.body }] as const) {
      server.fault = ({ path }) => (path === "/v2.0/ports" ? fault : undefined);
      await fail(cloud);
    }
  });
  const server = await CloudServer.start();
  const { url } = server;
  await server.stop();
  const gone = connect({ auth: passwordAuth(url), ...options });
  await fail(gone);
  assert.ok(texts.length > 20);
  for (const text of texts) {
    for (const secret of [SECRETS.password, JSON.stringify(SECRETS.password).slice(1, -1), "token-1-secret"]) {
      assert.ok(!text.includes(secret), text);
    }
  }
});
