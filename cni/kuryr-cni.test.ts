import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { CniCall } from "../packages/kuryr/src/daemon/cni/call.ts";
import { CniError } from "../packages/kuryr/src/daemon/cni/errors.ts";
import { serveCni, type CniHandler } from "../packages/kuryr/src/daemon/cni/server.ts";

const directory = mkdtempSync(join(tmpdir(), "kuryr-shim-"));
const shim = join(directory, "kuryr-cni");
const source = join(import.meta.dirname, "kuryr-cni.c");
const socket = join(directory, "cni.sock");
let missing: string | false = false;

before(() => {
  try {
    execFileSync("cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", shim, source]);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") missing = "there is no C compiler (cc)";
    else throw error;
  }
});
after(() => rmSync(directory, { recursive: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
}

function run(environment: Record<string, string>, input: string | Buffer, program = shim): Promise<Outcome> {
  const env = {
    CNI_CONTAINERID: "c1",
    CNI_NETNS: "/run/netns/x",
    CNI_IFNAME: "eth0",
    KURYR_CNI_SOCKET: socket,
    ...environment,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, [], {
      env: { PATH: "/none", HOME: "/secret", ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout }));
    child.stdin.on("error", () => undefined); // A refused call is not read to its end.
    child.stdin.end(input);
  });
}

async function withDaemon(handler: CniHandler, work: () => Promise<void>): Promise<void> {
  const server = await serveCni(socket, handler);
  try {
    await work();
  } finally {
    await server.close();
  }
}

test("a call arrives with its variables and its configuration, whatever their size, and nothing else of the environment", async (t) => {
  if (missing !== false) return t.skip(missing);
  const seen: CniCall[] = [];
  const handler: CniHandler = async (call) => {
    seen.push(call);
    return { length: JSON.stringify(call.config).length };
  };
  await withDaemon(handler, async () => {
    // Around the size of a piece, with its header and its end.
    for (const size of [0, 1, 65_300, 65_400, 65_527, 65_528, 65_529, 65_536, 200_000]) {
      const config = JSON.stringify({ cniVersion: "1.0.0", pad: "x".repeat(size) });
      const { code, stdout } = await run(
        { CNI_COMMAND: "ADD", CNI_ARGS: "K8S_POD_NAME=p;K8S_POD_NAMESPACE=n" },
        config,
      );
      assert.equal(code, 0, stdout);
      assert.deepEqual(JSON.parse(stdout), { length: config.length });
    }
  });
  assert.equal(seen[0]?.args.get("K8S_POD_NAME"), "p");
  assert.equal(seen[0].netns, "/run/netns/x");
});

test("every size around a full piece arrives whole", async (t) => {
  if (missing !== false) return t.skip(missing);
  await withDaemon(
    async (call) => ({ length: JSON.stringify(call.config).length }),
    async () => {
      const base = 65_528 - 120;
      const sizes = Array.from({ length: 140 }, (_, i) => base + i);
      for (const size of sizes) {
        const config = JSON.stringify({ cniVersion: "1.0.0", pad: "x".repeat(size - 100) });
        const { code, stdout } = await run({ CNI_COMMAND: "ADD" }, config);
        assert.equal(code, 0, stdout);
        assert.deepEqual(JSON.parse(stdout), { length: config.length });
      }
    },
  );
});

test("the daemon's error is printed with exit code 1, and DEL succeeds in silence", async (t) => {
  if (missing !== false) return t.skip(missing);
  const handler: CniHandler = async (call) => {
    if (call.command === "ADD") throw new CniError(11, "KURYR_NO_KURYRPORT", "not yet");
    return undefined;
  };
  await withDaemon(handler, async () => {
    const failed = await run({ CNI_COMMAND: "ADD" }, '{"cniVersion":"1.0.0"}');
    assert.equal(failed.code, 1);
    assert.deepEqual(JSON.parse(failed.stdout), { cniVersion: "1.0.0", code: 11, msg: "KURYR_NO_KURYRPORT: not yet" });
    assert.deepEqual(await run({ CNI_COMMAND: "DEL" }, '{"cniVersion":"1.0.0"}'), { code: 0, stdout: "" });
  });
});

test("a daemon that dies in the middle of its answer leaves no half of it behind", async (t) => {
  if (missing !== false) return t.skip(missing);
  for (const piece of ["", "0", "0\0\0\0", "0\0\0\0\x20", '0\0\0\0\x20{"half":', "0\xff\xff\xff\xff", "x\0\0\0\0"]) {
    const server = createServer((one) => {
      one.on("error", () => undefined);
      one.once("data", () => one.end(Buffer.from(piece, "latin1")));
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      const { code, stdout } = await run({ CNI_COMMAND: "ADD" }, "{}");
      assert.equal(code, 1, piece);
      assert.equal((JSON.parse(stdout) as { code: number }).code, 11);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }
});

test("daemons that take no call up, or do not answer, are waited for at most so long, connecting included", {
  timeout: 60_000,
}, async (t) => {
  if (missing !== false) return t.skip(missing);
  const hasty = join(directory, "kuryr-cni-hasty");
  execFileSync("cc", ["-O2", "-DANSWER_SECONDS=1", "-o", hasty, source]);
  const listen = `require("node:net").createServer().listen({ path: process.argv[1], backlog: 1 }, () => {
    console.log("listening");
    process.kill(process.pid, "SIGSTOP");
  })`;
  const stopped = spawn(process.execPath, ["-e", listen, socket], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => stopped.once("close", resolve));
  try {
    await new Promise((resolve) => stopped.stdout.once("data", resolve));
    // More than the backlog takes: the last ones wait to be connected.
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => run({ CNI_COMMAND: "ADD" }, "{}", hasty)));
    for (const { code, stdout } of outcomes) {
      assert.equal(code, 1);
      assert.match(stdout, /KURYR_DAEMON_UNREACHABLE: (no connection to the|the) Kuryr daemon/);
      assert.equal((JSON.parse(stdout) as { code: number }).code, 11);
    }
    assert.ok(outcomes.some(({ stdout }) => stdout.includes("did not answer in time")));
    assert.ok(outcomes.some(({ stdout }) => stdout.includes("no connection")));
  } finally {
    stopped.kill("SIGKILL");
    await ended;
    rmSync(socket, { force: true });
  }
});

test("how long the plugin waits is what its page says", () => {
  const [, seconds] = /^#define ANSWER_SECONDS (\d+)$/m.exec(readFileSync(source, "utf8")) ?? [];
  assert.equal(seconds, "600");
  assert.match(readFileSync(join(import.meta.dirname, "README.md"), "utf8"), /silent for 600 s/);
});

test("[row 129] without a daemon the answer is 11, try again later, to STATUS 50, not available; VERSION needs none", async (t) => {
  if (missing !== false) return t.skip(missing);
  const { code, stdout } = await run({ CNI_COMMAND: "ADD" }, "{}");
  assert.equal(code, 1);
  assert.equal((JSON.parse(stdout) as { code: number }).code, 11);
  const status = await run({ CNI_COMMAND: "STATUS" }, "{}");
  assert.equal(status.code, 1);
  assert.equal((JSON.parse(status.stdout) as { code: number }).code, 50);
  const version = await run({ CNI_COMMAND: "VERSION" }, "");
  assert.equal(version.code, 0);
  assert.ok((JSON.parse(version.stdout) as { supportedVersions: string[] }).supportedVersions.includes("1.1.0"));
});
