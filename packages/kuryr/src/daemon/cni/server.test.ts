import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";

import { countTurns } from "../../testing/turn-counter.ts";
import type { CniCall } from "./call.ts";
import { serveCni, type CniHandler } from "./server.ts";

const piece = (data: Buffer): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(data.length);
  return Buffer.concat([header, data]);
};

/** What the shim sends for some variables and a configuration. */
function frame(environment: Record<string, string>, input: string): Buffer {
  const variables = Object.entries(environment).map(([name, value]) => piece(Buffer.from(`${name}=${value}\0`)));
  return Buffer.concat([...variables, piece(Buffer.from([0])), piece(Buffer.from(input)), piece(Buffer.alloc(0))]);
}

const add = { CNI_COMMAND: "ADD", CNI_CONTAINERID: "c1", CNI_NETNS: "/run/netns/x", CNI_IFNAME: "eth0" };
const config = JSON.stringify({ cniVersion: "1.0.0", name: "kuryr" });

async function withServer(handler: CniHandler, work: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-cni-"));
  const path = join(directory, "cni.sock");
  const server = await serveCni(path, handler);
  try {
    await work(path);
  } finally {
    await server.close();
    rmSync(directory, { recursive: true });
  }
}

function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      text += part;
    });
    socket.on("end", () => {
      assert.equal(Buffer.from(text.slice(1, 5), "latin1").readUInt32BE(0), text.length - 5);
      resolve(`${text.slice(0, 1)} ${text.slice(5)}`);
    });
    socket.on("error", reject);
  });
}

async function call(path: string, data: Buffer): Promise<string> {
  const socket = connect(path);
  socket.write(data);
  return answerOf(socket);
}

test("the socket is open to root alone", async () => {
  await withServer(
    async () => undefined,
    async (path) => {
      assert.equal(statSync(path).mode & 0o777, 0o600);
    },
  );
});

test("a call arrives whole however its bytes are split, and its answer comes back", async () => {
  const seen: CniCall[] = [];
  const handler: CniHandler = async (one) => {
    seen.push(one);
    return { ok: true };
  };
  await withServer(handler, (path) =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 20 }), async (sizes) => {
        const socket = connect(path);
        const answer = answerOf(socket);
        let rest = frame(add, config);
        for (const size of sizes) {
          if (rest.length === 0) break;
          socket.write(rest.subarray(0, size));
          rest = rest.subarray(size);
        }
        socket.write(rest);
        assert.equal(await answer, '0 {"ok":true}\n');
        assert.equal(seen.at(-1)?.containerId, "c1");
        assert.equal(seen.at(-1)?.config["name"], "kuryr");
      }),
      { numRuns: 50 },
    ),
  );
});

test("calls that come together are begun one per turn of the event loop", async () => {
  using counter = countTurns();
  const begun: number[] = [];
  const handler: CniHandler = async ({ command }) => {
    if (command === "ADD") begun.push(counter.turn);
    return undefined;
  };
  await withServer(handler, async (path) => {
    const sockets = Array.from({ length: 8 }, () => connect(path));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    // Connections are taken in order: once this one has its answer, the server reads all of the others.
    await call(path, frame({ CNI_COMMAND: "STATUS" }, config));
    const answers = sockets.map((socket) => answerOf(socket));
    for (const socket of sockets) socket.write(frame(add, config));
    await Promise.all(answers);
  });
  assert.equal(new Set(begun).size, 8);
});

test("a caller that is killed in the middle of its call aborts it", async () => {
  const aborted = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<void>();
  const handler: CniHandler = (_, signal) => {
    started.resolve();
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        aborted.resolve(signal.reason);
        reject(signal.reason);
      });
    });
  };
  await withServer(handler, async (path) => {
    const socket = connect(path);
    socket.write(frame(add, config));
    await started.promise;
    socket.destroy();
    assert.match(String(await aborted.promise), /gave up/);
  });
});

test("calls that are too large, broken off or not calls at all get the error that the specification has for them", async () => {
  const handler: CniHandler = async () => ({ never: true });
  await withServer(handler, async (path) => {
    const code = (text: string): unknown => (JSON.parse(text.slice(2)) as { code: number }).code;
    assert.equal(code(await call(path, frame(add, "x".repeat(2_000_000)))), 6);
    assert.equal(code(await call(path, frame(add, "{"))), 6);
    assert.equal(code(await call(path, frame({ ...add, CNI_COMMAND: "NO" }, config))), 4);
    assert.equal(code(await call(path, frame({ ...add, CNI_IFNAME: "a/b" }, config))), 4);
    assert.equal(code(await call(path, frame({ ...add, CNI_CONTAINERID: "../x" }, config))), 4);
    assert.equal(code(await call(path, piece(Buffer.alloc(0)))), 5);
  });
});
