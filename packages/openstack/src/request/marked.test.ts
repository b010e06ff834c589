import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cloud } from "../cloud.ts";
import { isKind } from "../errors.ts";
import type { CloudServer, Fault } from "../testing/cloud-server.ts";
import { neutronError } from "../testing/object-store.ts";
import { withCloud } from "../testing/setup.ts";

const description = "demo:c1:port/default/web-0";
const port = { network_id: "n", description };
const options = { settleMs: 1 };

/** Fails the first `count` creations. */
function failCreations(server: CloudServer, fault: Fault, count: number): void {
  let left = count;
  server.fault = ({ method, path }) => (method === "POST" && path === "/v2.0/ports" && left-- > 0 ? fault : undefined);
}

async function created(fault: Fault, count: number): Promise<{ server: CloudServer; id: string }> {
  let result: { server: CloudServer; id: string } | undefined;
  await withCloud({}, async (server, cloud) => {
    failCreations(server, fault, count);
    const { id } = await cloud.network.ports.createMarked(port, { description }, options);
    result = { server, id };
  });
  assert.ok(result);
  return result;
}

test("a creation whose answer was lost is found by its mark, not repeated", async () => {
  const { server, id } = await created("lost-answer", 1);
  assert.deepEqual(
    server.store.objects("/v2.0/ports").map((object) => object.id),
    [id],
  );
  assert.deepEqual(
    server.calls.map(({ method }) => method),
    ["POST", "GET"],
  );
});

test("a creation that was lost before it had an effect is repeated once the mark is not found", async () => {
  for (const fault of ["reset", { status: 502 }, { status: 500 }] as const) {
    const { server, id } = await created(fault, 2);
    assert.deepEqual(
      server.store.objects("/v2.0/ports").map((object) => object.id),
      [id],
    );
    assert.equal(server.calls.filter(({ method }) => method === "POST").length, 3);
  }
});

test("a refusal is not looked into, a fault that stays ends the tries", async () => {
  const posts = async (fault: Fault): Promise<number> => {
    let count = 0;
    await withCloud({}, async (server, cloud) => {
      failCreations(server, fault, 99);
      await assert.rejects(cloud.network.ports.createMarked(port, { description }, options), (error) =>
        isKind(error, "quota", "server"),
      );
      count = server.calls.filter(({ method }) => method === "POST").length;
    });
    return count;
  };
  assert.equal(await posts(neutronError(409, "OverQuota", "Quota exceeded for resources: ['port'].")), 1);
  assert.equal(await posts({ status: 500 }), 3);
});

test("an empty mark is refused, for it would find anything", async () => {
  await withCloud({}, async (_server, cloud: Cloud) => {
    for (const mark of [{}, { description: undefined }]) {
      await assert.rejects(cloud.network.ports.createMarked(port, mark), (error) => isKind(error, "invalid"));
    }
  });
});
