import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Cloud } from "../cloud.ts";
import { OpenStackError } from "../errors.ts";
import { CloudServer, type Fault, type SeenRequest, SECRETS } from "../testing/cloud-server.ts";
import { ManualClock } from "../testing/manual-clock.ts";

const EXPIRED: Fault = {
  status: 401,
  body: { error: { code: 401, title: "Unauthorized", message: "The request you have made requires authentication." } },
};

/** A cloud that an application credential opens, with a server whose clock is ours. */
async function withCredential(
  work: (server: CloudServer, cloud: Cloud, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const server = await CloudServer.start({ wallTime: () => clock.wallTime() });
  const { secret } = SECRETS;
  const cloud = connect({ auth: { type: "application-credential", authUrl: server.url, id: "ac1", secret }, clock });
  try {
    await work(server, cloud, clock);
  } finally {
    cloud.close();
    await server.stop();
  }
}

function isRefused(error: unknown): boolean {
  assert.ok(error instanceof OpenStackError);
  assert.deepEqual([error.kind, error.code, error.transient], ["auth", "OPENSTACK_CREDENTIALS_REFUSED", false]);
  assert.match(error.hint, /application credential.* expired/);
  assert.ok(!JSON.stringify([error, error.message]).includes(SECRETS.secret));
  return true;
}

test("[row 169] an application credential works, and the expiry of its tokens is not noticed by any caller", async () => {
  await withCredential(async (server, cloud, clock) => {
    server.tokenLifeMs = 60_000;
    for (let minute = 0; minute < 10; minute++) {
      const lists = await Promise.all(Array.from({ length: 5 }, () => cloud.network.ports.list()));
      assert.equal(lists.length, 5);
      clock.advance(60_000);
    }
    assert.equal(server.authentications.length, 10);
    for (const { body } of server.authentications) {
      // No scope: the credential is bound to its project.
      assert.deepEqual(JSON.parse(body), {
        auth: {
          identity: {
            methods: ["application_credential"],
            application_credential: { id: "ac1", secret: SECRETS.secret },
          },
        },
      });
    }
    assert.ok(server.calls.every(({ headers }) => headers["x-auth-token"] !== undefined));
  });
});

test("[row 169] an application credential that has expired is a clear error, asked about once in five seconds", async () => {
  await withCredential(async (server, cloud, clock) => {
    await cloud.network.ports.list();
    server.fault = ({ path }: SeenRequest) => (path === "/v3/auth/tokens" ? EXPIRED : undefined);
    server.revokeTokens();
    const before = server.authentications.length;
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => cloud.network.ports.list()));
    for (const result of results) assert.ok(result.status === "rejected" && isRefused(result.reason));
    await assert.rejects(cloud.network.ports.create({ network_id: "n" }), isRefused);
    assert.equal(server.authentications.length - before, 1);
    clock.advance(5000);
    await assert.rejects(cloud.network.ports.list(), isRefused);
    assert.equal(server.authentications.length - before, 2);
    // Its owner has prolonged it.
    server.fault = () => undefined;
    clock.advance(5000);
    assert.deepEqual(await cloud.network.ports.list(), []);
  });
});
