import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isKind } from "./errors.ts";
import type { RequestReport, WriteName } from "./request/request.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { withCloud } from "./testing/setup.ts";
import { TLS_MATERIAL } from "./testing/tls-material.ts";

const REFUSED = new Error("not any more");

test("every write is asked for by its name in the moment of sending; reads and tokens are not", async () => {
  const asked: WriteName[] = [];
  const admitWrite = (write: WriteName): number => {
    asked.push(write);
    return Number.POSITIVE_INFINITY;
  };
  await withCloud({ admitWrite }, async (_, cloud) => {
    const { id } = await cloud.network.ports.create({ network_id: "n" });
    await cloud.network.ports.list();
    await cloud.network.ports.update(id, { name: "x" });
    await cloud.network.ports.delete(id);
  });
  assert.deepEqual(
    asked.map(({ service, operation }) => `${service} ${operation}`),
    ["network POST ports", "network PUT ports/{}", "network DELETE ports/{}"],
  );
});

test("a refused write is not sent, not repeated and not reported, and its error comes out as it was thrown", async () => {
  const reports: RequestReport[] = [];
  let asked = 0;
  const admitWrite = (): number => {
    asked += 1;
    throw REFUSED;
  };
  await withCloud({ admitWrite, onRequest: (report) => reports.push(report) }, async (server, cloud) => {
    await assert.rejects(cloud.network.ports.create({ network_id: "n" }), REFUSED);
    await assert.rejects(cloud.network.ports.delete("p"), REFUSED);
    await assert.rejects(cloud.network.ports.createMarked({ network_id: "n" }, { name: "m" }), REFUSED);
    assert.equal(asked, 3);
    assert.deepEqual(await cloud.network.ports.list(), []);
    assert.deepEqual(
      server.calls.map(({ method }) => method),
      ["GET"],
    );
    assert.deepEqual(
      reports.map(({ method }) => method),
      ["POST", "GET"],
      "the token's and the list's",
    );
    assert.equal(cloud.load("network").inFlight, 0);
  });
});

test("writes that wait for their turn, and repetitions, are asked for when their time has come", async () => {
  let open = true;
  const admitWrite = (): number => {
    if (!open) throw REFUSED;
    return Number.POSITIVE_INFINITY;
  };
  const concurrency = { initial: 1, min: 1, max: 1 };
  const clock = new ManualClock();
  await withCloud({ admitWrite, concurrency, clock }, async (server, cloud) => {
    await cloud.scope();
    const arrived = Promise.withResolvers<void>();
    server.fault = () => {
      // The lease ends while this one is at work and another waits behind it.
      open = false;
      arrived.resolve();
      return { status: 503, headers: { "Retry-After": "1" } };
    };
    const first = assert.rejects(cloud.network.ports.update("p", {}), REFUSED, "its repetition");
    const second = assert.rejects(cloud.network.ports.create({ network_id: "n" }), REFUSED, "its turn");
    await arrived.promise;
    await second;
    while (clock.waiting < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5000);
    await first;
    assert.equal(server.calls.length, 1);
  });
});

test("what a write is admitted for is the limit of its answer", async () => {
  const clock = new ManualClock();
  let ms = 700;
  await withCloud({ admitWrite: () => ms, clock, timeoutMs: 60_000 }, async (server, cloud) => {
    await cloud.scope();
    const arrived = Promise.withResolvers<void>();
    server.fault = () => {
      arrived.resolve();
      return "hang";
    };
    const outcome = assert.rejects(cloud.network.ports.create({ network_id: "n" }), (error) => {
      assert.ok(isKind(error, "timeout"));
      assert.equal(error.path, "/v2.0/ports");
      return true;
    });
    await arrived.promise;
    clock.advance(700);
    await outcome;
    server.fault = () => undefined;
    ms = 5;
    await cloud.network.ports.create({ network_id: "n" });
    assert.equal(clock.waiting, 0);
  });
});

for (const scheme of ["http", "https"] as const) {
  test(`over ${scheme} a write is asked for only when its connection stands`, async () => {
    const { ca, serverCert, serverKey } = TLS_MATERIAL;
    let open = true;
    const admitWrite = (): number => {
      if (!open) throw REFUSED;
      return Number.POSITIVE_INFINITY;
    };
    const tls = scheme === "https" ? { server: { tls: { cert: serverCert, key: serverKey } }, tls: { ca } } : {};
    await withCloud({ admitWrite, ...tls }, async (server, cloud) => {
      await cloud.network.ports.list();
      // A POST takes a new connection, which does not stand before the next turn of the loop.
      const outcome = assert.rejects(cloud.network.ports.create({ network_id: "n" }), REFUSED);
      for (let i = 0; i < 3; i++) await Promise.resolve();
      open = false;
      await outcome;
      assert.deepEqual(
        server.calls.map(({ method }) => method),
        ["GET"],
      );
    });
  });
}

test("however writes, reads and the end of the right to write fall, no write reaches the server after it", async () => {
  const step = fc.constantFrom("POST", "PUT", "DELETE", "GET", "turn");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(12), async (steps, end) => {
      let open = true;
      let admitted = 0;
      const admitWrite = (): number => {
        if (!open) throw REFUSED;
        admitted += 1;
        return Number.POSITIVE_INFINITY;
      };
      await withCloud({ admitWrite, concurrency: { initial: 2, max: 2 } }, async (server, cloud) => {
        let atEnd: number | undefined;
        const under: Promise<unknown>[] = [];
        const begin = (request: Promise<unknown>): void => {
          // It may be refused before all are waited for.
          request.catch(() => undefined);
          under.push(request);
        };
        for (const [index, name] of steps.entries()) {
          if (index === end) {
            open = false;
            atEnd = admitted;
          }
          if (name === "turn") await new Promise((resolve) => setImmediate(resolve));
          else if (name === "GET") begin(cloud.network.ports.list());
          else if (name === "POST") begin(cloud.network.ports.create({ network_id: "n" }));
          else if (name === "PUT") begin(cloud.request("network", "PUT", "/v2.0/ports/p", { body: {} }));
          else begin(cloud.network.ports.delete("p"));
        }
        await Promise.allSettled(under);
        const writes = server.calls.filter(({ method }) => method !== "GET").length;
        assert.equal(writes, admitted);
        if (atEnd !== undefined) assert.equal(admitted, atEnd);
      });
    }),
    { numRuns: 40 },
  );
});
