import assert from "node:assert/strict";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { ConnectionOptions, RequestReport, WriteName } from "./connection-options.ts";
import { connect } from "./connection.ts";
import { RequestTimeoutError } from "../errors.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer, WIDGETS } from "../testing/object-server.ts";
import { TLS_MATERIAL } from "../testing/tls-material.ts";
import type { Resource } from "./verbs.ts";
import type { KubernetesObject } from "../objects.ts";

const REFUSED = new Error("not any more");
const metadata = { namespace: "ns", name: "w" };

async function withServer(
  options: Partial<ConnectionOptions>,
  work: (server: ObjectServer, widgets: Resource<KubernetesObject>) => Promise<void>,
): Promise<void> {
  const server = await ObjectServer.start();
  const connection = connect({ server: server.url, random: () => 0, ...options });
  try {
    await work(server, connection.resource(WIDGETS));
  } finally {
    connection.close();
    await server.stop();
  }
}

test("every write is asked for by its verb and resource, reads are not", async () => {
  const asked: WriteName[] = [];
  const admitWrite = (write: WriteName): number => {
    asked.push(write);
    return Number.POSITIVE_INFINITY;
  };
  await withServer({ admitWrite }, async (_, widgets) => {
    const made = await widgets.create({ metadata });
    await widgets.get(metadata);
    await widgets.replace(made);
    await widgets.patch(metadata, { type: "merge", body: {} });
    await widgets.list();
    await widgets.delete(metadata);
  });
  assert.deepEqual(
    asked.map(({ verb, resource }) => `${verb} ${resource}`),
    ["create", "update", "patch", "delete"].map((verb) => `${verb} widgets.example.org`),
  );
});

test("a refused write is not sent, not repeated and not reported, and its error comes out as it was thrown", async () => {
  const reports: RequestReport[] = [];
  let asked = 0;
  const admitWrite = (): number => {
    asked += 1;
    throw REFUSED;
  };
  await withServer({ admitWrite, onRequest: (report) => reports.push(report) }, async (server, widgets) => {
    await assert.rejects(widgets.create({ metadata }), REFUSED);
    await assert.rejects(widgets.delete(metadata), REFUSED);
    assert.equal(asked, 2);
    await widgets.list();
    assert.deepEqual(
      server.requests.map(({ method }) => method),
      ["GET"],
    );
    assert.deepEqual(
      reports.map(({ verb }) => verb),
      ["list"],
    );
  });
});

test("a write that waits for a connection, and a repetition, are asked for when their time has come", async () => {
  let open = true;
  const admitWrite = (): number => {
    if (!open) throw REFUSED;
    return Number.POSITIVE_INFINITY;
  };
  const clock = new ManualClock();
  await withServer({ admitWrite, maxConnections: 1, clock }, async (server, widgets) => {
    const body = { kind: "Status", status: "Failure", reason: "TooManyRequests", code: 429 };
    const arrived = Promise.withResolvers<void>();
    server.fault = () => {
      open = false;
      arrived.resolve();
      return { kind: "answer", status: 429, body, headers: { "Retry-After": "1" } };
    };
    const first = assert.rejects(widgets.create({ metadata }), REFUSED, "its repetition");
    const second = assert.rejects(widgets.delete(metadata), REFUSED, "its turn");
    await arrived.promise;
    await second;
    while (clock.waiting < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5000);
    await first;
    assert.equal(server.requests.length, 1);
  });
});

test("what a write is admitted for is the limit of its answer", async () => {
  const clock = new ManualClock();
  await withServer({ admitWrite: () => 700, clock }, async (server, widgets) => {
    const arrived = Promise.withResolvers<void>();
    server.fault = () => {
      arrived.resolve();
      return { kind: "hang" };
    };
    const outcome = assert.rejects(widgets.create({ metadata }), (error) => {
      assert.ok(error instanceof RequestTimeoutError);
      assert.equal(error.timeoutMs, 700);
      return true;
    });
    await arrived.promise;
    clock.advance(700);
    await outcome;
    assert.equal(clock.waiting, 0);
  });
});

test("over TLS a write is asked for only when its connection stands, and kept connections carry writes too", async () => {
  const { ca, serverCert, serverKey } = TLS_MATERIAL;
  const seen: string[] = [];
  const server = https.createServer({ cert: serverCert, key: serverKey }, (request, response) => {
    seen.push(request.method ?? "");
    request.resume().on("end", () => response.end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let open = true;
  const connection = connect({
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    admitWrite: () => {
      if (!open) throw REFUSED;
      return Number.POSITIVE_INFINITY;
    },
  });
  try {
    const outcome = assert.rejects(connection.request({ method: "POST", path: "/x", body: {} }), REFUSED);
    for (let i = 0; i < 3; i++) await Promise.resolve();
    open = false;
    await outcome;
    await connection.request({ method: "GET", path: "/x" });
    open = true;
    for (let i = 0; i < 3; i++) await connection.request({ method: "POST", path: "/x", body: {} });
    assert.deepEqual(seen, ["GET", "POST", "POST", "POST"]);
  } finally {
    connection.close();
    server.closeAllConnections();
    server.close();
  }
});
