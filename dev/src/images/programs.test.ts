import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";

import { succeeds } from "../machine/exec.ts";
import { processStat } from "../machine/processes.ts";
import { compileStatic } from "./compile.ts";

const sources = join(import.meta.dirname, "../../images");
const signal = AbortSignal.timeout(60_000);
const missing = (await succeeds(["musl-gcc", "--version"]))
  ? false
  : "musl-gcc is not there (apt-get install musl-tools gcc)";
const greeting = `${hostname()}: HELLO! I AM ALIVE!!!\n`;

let scratch = "";
let server: ChildProcess | undefined;
let httpPort = 0;
let udpPort = 0;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kuryr-programs-"));
  if (missing !== false) return;
  const program = await compileStatic("demo-server", join(sources, "demo/demo-server.c"), scratch, signal);
  server = spawn(program, ["0", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  assert.ok(server.stdout !== null);
  const [line] = (await once(createInterface(server.stdout), "line", { signal })) as [string];
  const [, http, udp] = /HTTP on port (\d+) and UDP on port (\d+)$/.exec(line) ?? [];
  httpPort = Number(http);
  udpPort = Number(udp);
});

after(async () => {
  server?.kill("SIGKILL");
  await rm(scratch, { recursive: true, force: true });
});

const url = (path: string): string => `http://127.0.0.1:${httpPort}${path}`;

test("the demo server greets over HTTP with exactly its host name and the greeting, at any path", {
  skip: missing,
}, async () => {
  for (const path of ["/", "/some/where?x=1"]) {
    const response = await fetch(url(path));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), greeting);
  }
  assert.equal((await fetch(url("/"), { method: "HEAD" })).headers.get("content-length"), String(greeting.length));
});

test("the demo server greets over UDP, from the address that was asked", { skip: missing }, async () => {
  const socket = createSocket("udp4");
  try {
    socket.send("anyone there?", udpPort, "127.0.0.77");
    const [answer, from] = (await once(socket, "message", { signal })) as [Buffer, { address: string; port: number }];
    assert.equal(answer.toString(), greeting);
    assert.deepEqual([from.address, from.port], ["127.0.0.77", udpPort]);
  } finally {
    socket.close();
  }
});

test("the demo server tells whom it saw, and sends as many bytes as it is asked for", { skip: missing }, async () => {
  assert.equal(await (await fetch(url("/client"))).text(), "127.0.0.1\n");
  for (const size of [0, 1, 20_000, 5_000_000]) {
    assert.equal((await (await fetch(url(`/bytes/${size}`))).arrayBuffer()).byteLength, size);
  }
  for (const size of ["", "-1", "99999999", "x"]) assert.equal((await fetch(url(`/bytes/${size}`))).status, 400);
});

test("a request body that the demo server does not read does not cost the answer", { skip: missing }, async () => {
  const response = await fetch(url("/"), { method: "POST", body: "y".repeat(1_000_000) });
  assert.equal(await response.text(), greeting);
});

test("a hundred requests at once are answered, beside clients that say nothing", { skip: missing }, async () => {
  const mute = Array.from({ length: 20 }, () => connect(httpPort, "127.0.0.1"));
  try {
    await Promise.all(mute.map((socket) => once(socket, "connect", { signal })));
    const answers = await Promise.all(Array.from({ length: 100 }, async () => (await fetch(url("/"))).text()));
    assert.ok(answers.every((answer) => answer === greeting));
  } finally {
    for (const socket of mute) socket.destroy();
  }
});

test("the demo server ends at once on SIGTERM", { skip: missing }, async () => {
  assert.ok(server !== undefined);
  server.kill("SIGTERM");
  assert.deepEqual(await once(server, "exit", { signal }), [0, null]);
});

test("pause ends with 0 on SIGTERM and on SIGINT", { skip: missing }, async () => {
  const program = await compileStatic("pause", join(sources, "pause/pause.c"), scratch, signal);
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    const child = spawn(program, { stdio: "inherit" });
    try {
      assert.ok(child.pid !== undefined);
      // It sleeps nowhere but where it waits for signals.
      while (processStat(child.pid)?.state !== "S") {
        signal.throwIfAborted();
        await setImmediate();
      }
      child.kill(name);
      assert.deepEqual(await once(child, "exit", { signal }), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  }
});

test("a program is compiled once for a source, and again when the source changes", { skip: missing }, async () => {
  const source = join(scratch, "tiny.c");
  await writeFile(source, "int main(void) { return 3; }\n");
  const one = await compileStatic("tiny", source, scratch, signal);
  assert.equal(await compileStatic("tiny", source, scratch, signal), one);
  await writeFile(source, "int main(void) { return 4; }\n");
  assert.notEqual(await compileStatic("tiny", source, scratch, signal), one);
  await writeFile(source, "int main(void) { return x; }\n");
  await assert.rejects(compileStatic("tiny", source, scratch, signal), /undeclared/);
});
