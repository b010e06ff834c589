import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import * as https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import type { ConnectionOptions, RequestReport } from "./connection-options.ts";
import { connect } from "./connection.ts";
import { parseRetryAfter } from "./retry.ts";
import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InternalServerError,
  InvalidError,
  NotFoundError,
  ServerTimeoutError,
  ServiceUnavailableError,
  TooManyRequestsError,
  UnauthorizedError,
  UnknownResourceError,
} from "../api-errors.ts";
import { ConfigError, ConnectionError, KubernetesError, ProtocolError, RequestTimeoutError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer } from "../testing/object-server.ts";
import { TLS_MATERIAL } from "../testing/tls-material.ts";

async function withServer(
  options: Partial<ConnectionOptions>,
  work: (server: ObjectServer, connection: ReturnType<typeof connect>) => Promise<void>,
): Promise<void> {
  const server = await ObjectServer.start();
  const connection = connect({ server: server.url, random: () => 0, ...options });
  try {
    await work(server, connection);
  } finally {
    connection.close();
    await server.stop();
  }
}

const get = { method: "GET", path: "/readyz" } as const;

test("each status and reason of the API has its class, code and hint", async () => {
  const cases = [
    [401, "Unauthorized", UnauthorizedError, "KUBERNETES_UNAUTHORIZED"],
    [403, "Forbidden", ForbiddenError, "KUBERNETES_FORBIDDEN"],
    [404, "NotFound", NotFoundError, "KUBERNETES_NOT_FOUND"],
    [409, "AlreadyExists", AlreadyExistsError, "KUBERNETES_ALREADY_EXISTS"],
    [409, "Conflict", ConflictError, "KUBERNETES_CONFLICT"],
    [410, "Gone", GoneError, "KUBERNETES_GONE"],
    [410, "Expired", GoneError, "KUBERNETES_EXPIRED"],
    [422, "Invalid", InvalidError, "KUBERNETES_INVALID"],
    [429, "TooManyRequests", TooManyRequestsError, "KUBERNETES_TOO_MANY_REQUESTS"],
    [500, "InternalError", InternalServerError, "KUBERNETES_INTERNAL_ERROR"],
    [500, "ServerTimeout", ServerTimeoutError, "KUBERNETES_SERVER_TIMEOUT"],
    [503, "ServiceUnavailable", ServiceUnavailableError, "KUBERNETES_SERVICE_UNAVAILABLE"],
    [504, "Timeout", ServerTimeoutError, "KUBERNETES_TIMEOUT"],
    [500, "SomethingNew", InternalServerError, "KUBERNETES_SOMETHING_NEW"],
  ] as const;
  // No time for retries, so that 429 comes through.
  await withServer({ timeoutMs: 400 }, async (server, connection) => {
    for (const [status, reason, type, code] of cases) {
      const body = {
        kind: "Status",
        reason,
        code: status,
        message: "because",
        details: { name: "x", causes: [{ reason: "Why" }] },
      };
      server.fault = () => ({ kind: "answer", status, body });
      await assert.rejects(connection.request(get), (error) => {
        assert.ok(error instanceof type, reason);
        assert.equal(error.code, code);
        assert.equal(error.status, status);
        assert.match(error.message, /^GET \/readyz: \d+ \w+: because$/);
        assert.notEqual(error.hint, "");
        assert.ok(error.hasCause("Why") && !error.hasCause("Why not"));
        return true;
      });
    }
  });
});

test("an answer without a Status is classed by its HTTP status, a path that is not served by a class of its own", async () => {
  await withServer({}, async (server, connection) => {
    const unknown = { method: "GET", path: "/apis/none/v1/things" } as const;
    await assert.rejects(connection.request(unknown), UnknownResourceError);
    // As kube-apiserver 1.37 answers for an unknown resource of a known group.
    const message = "the server could not find the requested resource";
    const body = { kind: "Status", status: "Failure", reason: "NotFound", code: 404, message, details: {} };
    server.fault = () => ({ kind: "answer", status: 404, body });
    await assert.rejects(connection.request(unknown), (error) => {
      assert.ok(error instanceof UnknownResourceError);
      assert.ok(!(error instanceof NotFoundError));
      return true;
    });
    server.fault = () => ({ kind: "answer", status: 502, body: "<html>bad gateway</html>" });
    await assert.rejects(connection.request(get), (error) => {
      assert.ok(error instanceof ServiceUnavailableError);
      assert.match(error.message, /bad gateway/);
      return true;
    });
    server.fault = () => ({ kind: "answer", status: 200, body: "<html>welcome</html>" });
    await assert.rejects(connection.request(get), ProtocolError);
  });
});

test("429 is repeated after Retry-After, writes too, and the report tells each attempt", async () => {
  const clock = new ManualClock();
  const reports: RequestReport[] = [];
  await withServer({ clock, onRequest: (report) => reports.push(report) }, async (server, connection) => {
    let refusals = 2;
    server.fault = () =>
      refusals-- > 0
        ? {
            kind: "answer",
            status: 429,
            headers: { "Retry-After": "3" },
            body: { kind: "Status", reason: "TooManyRequests" },
          }
        : { kind: "answer", status: 201, body: {} };
    const done = connection.request({ method: "POST", path: "/x", body: {}, verb: "create", resource: "widgets" });
    for (let index = 0; index < 2; index++) {
      await clock.untilWaiting(2);
      assert.equal(clock.nextIn, 3000);
      clock.advance(3000);
    }
    await done;
    assert.deepEqual(
      reports.map(({ verb, resource, status, attempt, error }) => [verb, resource, status, attempt, error?.code]),
      [
        ["create", "widgets", 429, 1, "KUBERNETES_TOO_MANY_REQUESTS"],
        ["create", "widgets", 429, 2, "KUBERNETES_TOO_MANY_REQUESTS"],
        ["create", "widgets", 201, 3, undefined],
      ],
    );
    assert.equal(clock.waiting, 0);
  });
});

test("a wait that would outlast the time limit is left to the caller, who sees how long to wait", async () => {
  await withServer({ timeoutMs: 5000 }, async (server, connection) => {
    server.fault = () => ({ kind: "answer", status: 429, headers: { "Retry-After": "60" }, body: {} });
    await assert.rejects(connection.request(get), (error) => {
      assert.ok(error instanceof TooManyRequestsError);
      assert.equal(error.retryAfterMs, 60_000);
      return true;
    });
    assert.equal(server.requests.length, 1);
  });
});

test("a write is not repeated when its effect is unknown", async () => {
  await withServer({}, async (server, connection) => {
    await connection.text(get);
    server.fault = () => ({ kind: "reset" });
    await assert.rejects(connection.request({ method: "POST", path: "/x", body: {} }), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.systemCode, "ECONNRESET");
      assert.equal(error.reusedSocket, true);
      return true;
    });
    assert.equal(server.requests.length, 2);
    server.fault = () => ({ kind: "answer", status: 500, headers: { "Retry-After": "1" }, body: {} });
    await assert.rejects(connection.request({ method: "PUT", path: "/x", body: {} }), InternalServerError);
    assert.equal(server.requests.length, 3);
  });
});

test("a read on a kept-alive connection that the server has just closed is repeated on a new one", async () => {
  await withServer({}, async (server, connection) => {
    await connection.text(get);
    let resets = 1;
    server.fault = () => (resets-- > 0 ? { kind: "reset" } : undefined);
    assert.equal(await connection.text(get), "ok");
    assert.equal(server.requests.length, 3);
  });
});

test("a server that does not answer ends the request at its time limit", async () => {
  const clock = new ManualClock();
  await withServer({ clock, timeoutMs: 1000 }, async (server, connection) => {
    const asked = Promise.withResolvers<void>();
    server.fault = () => {
      asked.resolve();
      return { kind: "hang" };
    };
    const outcome = assert.rejects(connection.request(get), (error) => {
      assert.ok(error instanceof RequestTimeoutError);
      assert.equal(error.timeoutMs, 1000);
      return true;
    });
    await asked.promise;
    clock.advance(1000);
    await outcome;
  });
});

test("an answer that stops half-way ends at the time limit, or as a connection error when it breaks", async () => {
  const clock = new ManualClock();
  await withServer({ clock, timeoutMs: 1000 }, async (server, connection) => {
    const begun = Promise.withResolvers<void>();
    server.fault = () => ({
      kind: "raw",
      respond: (response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write('{"half":');
        begun.resolve();
      },
    });
    const outcome = assert.rejects(connection.request({ method: "POST", path: "/x" }), RequestTimeoutError);
    await begun.promise;
    clock.advance(1000);
    await outcome;
    server.fault = () => ({
      kind: "raw",
      respond: (response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write('{"half":', () => response.socket?.destroy());
      },
    });
    await assert.rejects(connection.request({ method: "POST", path: "/x" }), ConnectionError);
    assert.equal(clock.waiting, 0);
  });
});

test("an abort ends a request with the signal's own reason, before, during and between attempts", async () => {
  const clock = new ManualClock();
  await withServer({ clock }, async (server, connection) => {
    const reason = new Error("enough");
    await assert.rejects(connection.request({ ...get, signal: AbortSignal.abort(reason) }), reason);
    assert.equal(server.requests.length, 0);
    const during = new AbortController();
    server.fault = () => {
      during.abort(reason);
      return { kind: "hang" };
    };
    await assert.rejects(connection.request({ ...get, signal: during.signal }), reason);
    const between = new AbortController();
    server.fault = () => ({ kind: "answer", status: 429, headers: { "Retry-After": "10" }, body: {} });
    const outcome = assert.rejects(connection.request({ ...get, signal: between.signal }), reason);
    await clock.untilWaiting(2);
    between.abort(reason);
    await outcome;
  });
});

test("a refused connection says so, and names the server", async () => {
  const server = await ObjectServer.start();
  const { url } = server;
  await server.stop();
  const connection = connect({ server: url });
  await assert.rejects(connection.request(get), (error) => {
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.systemCode, "ECONNREFUSED");
    assert.match(error.message, /127\.0\.0\.1/);
    return true;
  });
  const { ready, detail } = await connection.ready();
  assert.equal(ready, false);
  assert.match(detail, /ECONNREFUSED/);
});

test("ready is what /readyz says", async () => {
  await withServer({}, async (server, connection) => {
    assert.deepEqual(await connection.ready(), { ready: true, detail: "ok" });
    server.fault = () => ({ kind: "answer", status: 500, body: "[-]etcd failed" });
    const { ready, detail } = await connection.ready();
    assert.equal(ready, false);
    assert.match(detail, /etcd failed/);
  });
});

test("a token file is read again when it changes, and at once after a 401", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-token-"));
  const tokenFile = join(folder, "token");
  const rotate = async (token: string): Promise<void> => {
    await writeFile(`${tokenFile}.new`, `${token}\n`);
    await rename(`${tokenFile}.new`, tokenFile);
  };
  await rotate("first");
  const clock = new ManualClock();
  try {
    await withServer({ clock, tokenFile }, async (server, connection) => {
      const sent = (): (string | undefined)[] => server.requests.map(({ headers }) => headers.authorization);
      await connection.text(get);
      await rotate("second");
      await connection.text(get);
      clock.advance(5000);
      await connection.text(get);
      assert.deepEqual(sent(), ["Bearer first", "Bearer first", "Bearer second"]);
      await rotate("third");
      server.fault = ({ headers }) =>
        headers.authorization === "Bearer third" ? undefined : { kind: "answer", status: 401, body: {} };
      await connection.text(get);
      assert.deepEqual(sent().slice(3), ["Bearer second", "Bearer third"]);
      server.fault = () => ({ kind: "answer", status: 401, body: {} });
      await assert.rejects(connection.text(get), UnauthorizedError);
      assert.equal(server.requests.length, 7);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a token file that is missing from the start is a configuration error", async () => {
  await withServer({ tokenFile: "/nonexistent/token" }, async (_server, connection) => {
    await assert.rejects(connection.text(get), ConfigError);
  });
});

test("settings that cannot work are refused when the connection is made", () => {
  for (const options of [
    { server: "api.example.org:6443" },
    { server: "ftp://api.example.org" },
    { server: "https://a", token: "x", tokenFile: "/y" },
    { server: "https://a", ca: "no PEM" },
    { server: "https://a", clientCert: "no PEM" },
  ]) {
    assert.throws(() => connect(options), ConfigError, JSON.stringify(options));
  }
});

test("TLS: authority, name and client certificate are verified unless insecure is asked for", async () => {
  const { ca, serverCert, serverKey, clientCert, clientKey } = TLS_MATERIAL;
  const server = https.createServer(
    { cert: serverCert, key: serverKey, ca, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { socket } = request;
      assert.ok(socket instanceof TLSSocket);
      response.end(socket.authorized ? String(socket.getPeerX509Certificate()?.subject) : "anonymous");
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const ask = async (options: Partial<ConnectionOptions>): Promise<string> => {
    const connection = connect({ server: url, ...options });
    try {
      return await connection.text(get);
    } finally {
      connection.close();
    }
  };
  try {
    assert.equal(await ask({ ca }), "anonymous");
    assert.equal(await ask({ ca, clientCert, clientKey }), "CN=client");
    assert.equal(await ask({ ca, tlsServerName: "api.example.org" }), "anonymous");
    assert.equal(await ask({ insecure: true }), "anonymous");
    for (const options of [{}, { ca, tlsServerName: "other.example.org" }]) {
      await assert.rejects(ask(options), (error) => {
        assert.ok(error instanceof ConnectionError);
        assert.match(error.hint, /certificate/);
        return true;
      });
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test("no more requests are on their way at once than there may be connections", async () => {
  await withServer({ maxConnections: 2 }, async (server, connection) => {
    await Promise.all(Array.from({ length: 10 }, () => connection.text(get)));
    assert.equal(new Set(server.requests.map(({ remotePort }) => remotePort)).size, 2);
  });
});

test("Retry-After is seconds or a date", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0);
  assert.equal(parseRetryAfter("7", now), 7000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 12:00:30 GMT", now), 30_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 11:00:00 GMT", now), 0);
  assert.equal(parseRetryAfter("soon", now), undefined);
  assert.equal(parseRetryAfter(undefined, now), undefined);
});

test("every error of this package is a KubernetesError with its class as name", () => {
  const error = new RequestTimeoutError("GET /x", 5);
  assert.ok(error instanceof KubernetesError);
  assert.equal(error.name, "RequestTimeoutError");
});
