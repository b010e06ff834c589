import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { randomFaults, uniformLatency, type Fault } from "./faults.ts";
import { startKubernetes, type Kubernetes, type KubernetesOptions } from "./server.ts";

const maps = "/api/v1/namespaces/default/configmaps";

async function start(t: TestContext, options: KubernetesOptions = {}): Promise<Kubernetes> {
  const server = await startKubernetes(options);
  t.after(() => server.stop());
  return server;
}

function ask(server: Kubernetes, method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  return fetch(server.url + path, {
    method,
    headers: { Authorization: `Bearer ${server.token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

const map = (name: string): object => ({ metadata: { name }, data: { a: "1" } });
const once = (fault: Fault) => {
  let spent = false;
  return (): Fault | undefined => {
    if (spent) return undefined;
    spent = true;
    return fault;
  };
};

test("a fault can answer instead of the server, without effect", async (t) => {
  const server = await start(t, {
    faults: once({ kind: "answer", status: 429, reason: "TooManyRequests", headers: { "Retry-After": "1" } }),
  });
  const refused = await ask(server, "POST", maps, map("a"));
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(((await refused.json()) as { reason: string }).reason, "TooManyRequests");
  assert.equal(server.controls.object("configmaps", "default", "a"), undefined);
});

test("a reset has no effect, a lost answer has", async (t) => {
  const server = await start(t, { faults: once({ kind: "reset" }) });
  await assert.rejects(ask(server, "POST", maps, map("a")));
  assert.equal(server.controls.object("configmaps", "default", "a"), undefined);
  server.controls.setFaults(once({ kind: "lost-answer" }));
  await assert.rejects(ask(server, "POST", maps, map("a")));
  assert.notEqual(server.controls.object("configmaps", "default", "a"), undefined);
});

test("a duplicated create is answered by the second one", async (t) => {
  const server = await start(t, { faults: once({ kind: "duplicate" }) });
  const answer = await ask(server, "POST", maps, map("a"));
  assert.equal(answer.status, 409);
  await answer.body?.cancel();
});

test("a hanging request hangs until its client goes", async (t) => {
  for (const [kind, effect] of [
    ["hang", false],
    ["hang-after-effect", true],
  ] as const) {
    const seen = Promise.withResolvers<void>();
    const server = await start(t, {
      faults: () => {
        seen.resolve();
        return { kind };
      },
    });
    const controller = new AbortController();
    const asked = ask(server, "POST", maps, map("a"), controller.signal);
    await seen.promise;
    controller.abort();
    await assert.rejects(asked);
    assert.equal(server.controls.object("configmaps", "default", "a") !== undefined, effect);
  }
});

test("a slow body arrives whole, a truncated one does not", async (t) => {
  const server = await start(t, { faults: once({ kind: "slow-body", pieceBytes: 50, pauseMs: 1 }) });
  const { items } = (await (await ask(server, "GET", maps)).json()) as { items: unknown[] };
  assert.equal(items.length, 1);
  server.controls.setFaults(once({ kind: "truncate", bytes: 20 }));
  await assert.rejects(async () => (await ask(server, "GET", maps)).text());
});

test("the same seed makes the same faults, names and uids", async (t) => {
  const run = async (seed: number): Promise<string> => {
    const server = await start(t, {
      seed,
      latency: uniformLatency(0, 2),
      faults: randomFaults(0.5, [{ kind: "answer", status: 500 }]),
    });
    let seen = "";
    for (let index = 0; index < 20; index++) {
      const answer = await ask(server, "POST", maps, { metadata: { generateName: "m-" } });
      const body = (await answer.json()) as { metadata?: { name?: string; uid?: string } };
      seen += `${answer.status} ${body.metadata?.name} ${body.metadata?.uid}\n`;
    }
    return seen;
  };
  assert.equal(await run(7), await run(7));
  assert.notEqual(await run(7), await run(8));
});

test("after a compaction an old watch is told with an ERROR event", async (t) => {
  const server = await start(t);
  const version = server.controls.version();
  await (await ask(server, "POST", maps, map("a"))).body?.cancel();
  server.compact();
  const text = await (await ask(server, "GET", `${maps}?watch=true&resourceVersion=${version}`)).text();
  const event = JSON.parse(text) as { type: string; object: { code: number; reason: string } };
  assert.deepEqual([event.type, event.object.code, event.object.reason], ["ERROR", 410, "Expired"]);
});

test("a watch that its client does not read is ended, and nobody else's", async (t) => {
  const server = await start(t, { watchBufferBytes: 200_000 });
  const controller = new AbortController();
  await ask(server, "GET", `${maps}?watch=true`, undefined, controller.signal);
  const big = { ...map("big"), data: { a: "x".repeat(300_000) } };
  for (let round = 0; server.controls.watches().length > 0; round++) {
    assert.ok(round < 200, "it is still there");
    await (
      await ask(server, "PUT", `${maps}/big`, {
        ...big,
        metadata: { name: "big", annotations: { round: String(round) } },
      })
    ).body?.cancel();
    if (round === 0) await (await ask(server, "POST", maps, big)).body?.cancel();
  }
  controller.abort();
});

test("big clusters are loaded at once and listed in order", async (t) => {
  const server = await start(t);
  const pods = Array.from({ length: 3000 }, (_, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `p${(index * 7919) % 3000}`, namespace: "default", uid: `u${index}` },
    spec: { nodeName: `n${index % 10}` },
  }));
  server.controls.load(pods);
  const names: string[] = [];
  let token = "";
  do {
    const answer = await ask(server, "GET", `/api/v1/pods?limit=700&continue=${token}`);
    const page = (await answer.json()) as { metadata: { continue?: string }; items: { metadata: { name: string } }[] };
    names.push(...page.items.map((item) => item.metadata.name));
    token = page.metadata.continue ?? "";
  } while (token !== "");
  assert.equal(names.length, 3000);
  assert.deepEqual(names, names.toSorted());
  const some = (await (await ask(server, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn3")).json()) as {
    items: unknown[];
  };
  assert.equal(some.items.length, 300);
});

test("a user may do what the rules say, and is told what not", async (t) => {
  const server = await start(t, {
    users: [
      { token: "all", name: "all" },
      {
        token: "some",
        name: "some",
        rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: ["a"] }],
      },
    ],
  });
  const status = async (path: string): Promise<number> => {
    const answer = await fetch(server.url + path, { headers: { Authorization: "Bearer some" } });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await status(`${maps}/a`), 404);
  assert.equal(await status(`${maps}/b`), 403);
  assert.equal(await status(maps), 403);
});

test("requests are counted by verb and resource", async (t) => {
  const server = await start(t);
  await (await ask(server, "GET", maps)).body?.cancel();
  await (await ask(server, "POST", maps, map("a"))).body?.cancel();
  await (await ask(server, "GET", `${maps}/a`)).body?.cancel();
  assert.deepEqual(Object.fromEntries(server.controls.counts), {
    "list configmaps": 1,
    "create configmaps": 1,
    "get configmaps": 1,
  });
});
