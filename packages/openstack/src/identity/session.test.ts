import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../cloud.ts";
import { isKind, OpenStackError } from "../errors.ts";
import { CloudServer, SECRETS } from "../testing/cloud-server.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { passwordAuth, withCloud } from "../testing/setup.ts";

test("[row 169] user and password are sent with their domains, and one token serves many requests", async () => {
  await withCloud({}, async (server, cloud) => {
    await Promise.all(Array.from({ length: 20 }, () => cloud.network.ports.list()));
    assert.equal(server.authentications.length, 1);
    assert.deepEqual(JSON.parse(server.authentications[0]?.body ?? ""), {
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "kim", domain: { name: "Default" }, password: SECRETS.password } },
        },
        scope: { project: { name: "blue", domain: { name: "Default" } } },
      },
    });
    const scope = await cloud.scope();
    assert.deepEqual([scope.userName, scope.projectId, scope.roles], ["kim", "p1", ["member"]]);
  });
});

test("[row 169] an application credential works by id, and by name with its user", async () => {
  const server = await CloudServer.start();
  const authUrl = server.url;
  const { secret } = SECRETS;
  const byId = connect({ auth: { type: "application-credential", authUrl, id: "ac1", secret } });
  const byName = connect({ auth: { type: "application-credential", authUrl, name: "ci", userId: "u1", secret } });
  try {
    assert.deepEqual(await byId.network.ports.list(), []);
    assert.deepEqual(await byName.network.ports.list(), []);
    assert.deepEqual(
      server.authentications.map(({ body }) => JSON.parse(body).auth.identity.application_credential),
      [
        { id: "ac1", secret },
        { name: "ci", user: { id: "u1" }, secret },
      ],
    );
  } finally {
    byId.close();
    byName.close();
    await server.stop();
  }
});

test("[row 169] a token is used as it is, or exchanged for one of the wanted project", async () => {
  const server = await CloudServer.start();
  server.addToken("theirs");
  const asIs = connect({ auth: { type: "token", authUrl: server.url, token: "theirs" } });
  const scoped = connect({ auth: { type: "token", authUrl: server.url, token: "theirs", projectId: "p2" } });
  try {
    await asIs.network.ports.list();
    await scoped.network.ports.list();
    const used = server.calls.map(({ headers }) => headers["x-auth-token"]);
    assert.deepEqual(used, ["theirs", "token-1-secret"]);
    server.revokeTokens();
    await assert.rejects(asIs.network.ports.list(), (error) => isKind(error, "auth"));
  } finally {
    asIs.close();
    scoped.close();
    await server.stop();
  }
});

test("[row 169] fifty callers whose token expired at once share one re-authentication", async () => {
  await withCloud({}, async (server, cloud) => {
    await cloud.network.ports.list();
    server.revokeTokens();
    await Promise.all(Array.from({ length: 50 }, () => cloud.network.ports.list()));
    assert.equal(server.authentications.length, 2);
  });
});

test("[row 169] a refused POST is repeated after the re-authentication, once", async () => {
  await withCloud({}, async (server, cloud) => {
    await cloud.network.ports.list();
    server.revokeTokens();
    await cloud.network.ports.create({ network_id: "n1" });
    assert.equal(server.store.objects("/v2.0/ports").length, 1);
    server.fault = ({ path }) => (path === "/v2.0/ports" ? { status: 401 } : undefined);
    const before = server.calls.length;
    await assert.rejects(cloud.network.ports.list(), (error) => isKind(error, "auth") && error.status === 401);
    assert.equal(server.calls.length - before, 2);
  });
});

test("[row 169] a token is renewed in the background before it expires, by the server's own clock", async () => {
  const clock = new ManualClock();
  await withCloud({ clock, server: { wallTime: () => clock.wallTime() } }, async (server, cloud) => {
    server.skewMs = 7_200_000;
    await cloud.network.ports.list();
    clock.advance(3_600_000 - 300_001);
    await cloud.network.ports.list();
    assert.equal(server.authentications.length, 1);
    clock.advance(2);
    const renewed = Promise.withResolvers<void>();
    server.fault = ({ path }) => {
      if (path === "/v3/auth/tokens") setImmediate(renewed.resolve);
      return undefined;
    };
    await cloud.network.ports.list();
    await renewed.promise;
    assert.equal(server.authentications.length, 2);
    clock.advance(300_000);
    await cloud.network.ports.list();
    assert.ok(server.calls.every(({ headers }) => headers["x-auth-token"] !== undefined));
    assert.equal(server.authentications.length, 2);
    assert.equal(server.calls.at(-1)?.headers["x-auth-token"], "token-2-secret");
  });
});

test("[row 169] a clock that is hours before or behind Keystone's asks for one token, one from elsewhere too", async () => {
  for (const skewMs of [-7_200_000, 7_200_000]) {
    const server = await CloudServer.start();
    server.skewMs = skewMs;
    server.addToken("theirs");
    for (const auth of [passwordAuth(server.url), { type: "token", authUrl: server.url, token: "theirs" } as const]) {
      const before = server.authentications.length;
      const cloud = connect({ auth });
      for (let index = 0; index < 5; index++) await cloud.network.ports.list();
      assert.equal(server.authentications.length - before, 1);
      cloud.close();
    }
    await server.stop();
  }
});

test("while Keystone is away an old token serves until its end", async () => {
  const clock = new ManualClock();
  await withCloud(
    { clock, retry: { attempts: 1 }, server: { wallTime: () => clock.wallTime() } },
    async (server, cloud) => {
      await cloud.network.ports.list();
      server.fault = ({ path }) => (path === "/v3/auth/tokens" ? { status: 503 } : undefined);
      clock.advance(3_500_000);
      await cloud.network.ports.list();
      clock.advance(100_001);
      await assert.rejects(cloud.network.ports.list(), (error) => isKind(error, "server"));
      server.fault = () => undefined;
      await cloud.network.ports.list();
    },
  );
});

test("refused credentials are not tried again for five seconds, whoever asks", async () => {
  const clock = new ManualClock();
  const server = await CloudServer.start({ wallTime: () => clock.wallTime() });
  const cloud = connect({ auth: { ...passwordAuth(server.url), password: "wrong" }, clock });
  try {
    for (let index = 0; index < 10; index++) {
      await assert.rejects(cloud.network.ports.list(), (error) => {
        assert.ok(error instanceof OpenStackError);
        assert.deepEqual([error.kind, error.code], ["auth", "OPENSTACK_CREDENTIALS_REFUSED"]);
        return true;
      });
    }
    assert.equal(server.authentications.length, 1);
    clock.advance(5000);
    await assert.rejects(cloud.network.ports.list());
    assert.equal(server.authentications.length, 2);
  } finally {
    cloud.close();
    await server.stop();
  }
});

test("one caller's abort does not take the token from the others", async () => {
  await withCloud({}, async (server, cloud) => {
    const held = Promise.withResolvers<() => void>();
    let first = true;
    server.fault = ({ path }) => {
      if (path !== "/v3/auth/tokens" || !first) return undefined;
      first = false;
      return (response) => held.resolve(() => response.writeHead(503, { "Retry-After": "0" }).end());
    };
    const stop = new AbortController();
    const aborted = assert.rejects(cloud.network.ports.list({}, { signal: stop.signal }), /enough/);
    const other = cloud.network.ports.list();
    const release = await held.promise;
    stop.abort(new Error("enough"));
    await aborted;
    release();
    assert.deepEqual(await other, []);
    assert.equal(server.authentications.length, 2);
  });
});

test("a token is for a domain or the whole system when told, and a scope that is not known is refused", async () => {
  await withCloud({}, async (server) => {
    const { projectName, projectDomainName, ...user } = passwordAuth(server.url);
    for (const [scope, sent] of [
      [{ system: true }, { system: { all: true } }],
      [{ domainName: "Default" }, { domain: { name: "Default" } }],
      [{ domainId: "default" }, { domain: { id: "default" } }],
      [{ system: false }, undefined],
    ] as const) {
      const cloud = connect({ auth: { ...user, ...scope } });
      await cloud.scope();
      assert.deepEqual(JSON.parse(server.authentications.at(-1)?.body ?? "").auth.scope, sent);
      cloud.close();
    }
    const misspelt = { ...user, systemScope: "all" };
    const twice = { ...user, projectName, projectDomainName, system: true };
    for (const auth of [misspelt, twice]) {
      assert.throws(
        () => connect({ auth }),
        (error) => isKind(error, "config") && /no systemScope|more than one scope/.test(error.message),
      );
    }
    assert.doesNotThrow(() => connect({ auth: { ...user, domainId: undefined } }));
  });
});

test("incomplete credentials are refused before anything is sent", () => {
  const authUrl = "http://127.0.0.1:1";
  const password = "x";
  for (const auth of [
    { type: "password", authUrl, password },
    { type: "password", authUrl, username: "kim", password },
    { type: "password", authUrl, userId: "u1", password, projectName: "blue" },
    { type: "application-credential", authUrl, secret: "x" },
    { type: "application-credential", authUrl, secret: "x", name: "ci" },
    { type: "password", authUrl: "nonsense", userId: "u1", password },
  ] as const) {
    assert.throws(
      () => connect({ auth }),
      (error) => isKind(error, "config") && error.code === "OPENSTACK_CONFIG",
    );
  }
});
