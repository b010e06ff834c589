import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ObjectServer } from "./testing/object-server.ts";

test("the example of the README runs: it leads, reconciles what is there and what comes, and stops cleanly", async () => {
  const example = fileURLToPath(new URL("testing/readme-example.ts", import.meta.url));
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  assert.ok(
    readme.includes(`\`\`\`ts\n${await readFile(example, "utf8")}\`\`\``),
    "the README shows the checked example",
  );
  const definition = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true };
  const server = await ObjectServer.start(definition);
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-readme-"));
  server.put("a", "first", { data: { x: "1" } });
  // The election's lease is another resource than this server serves: the election is answered here.
  let lease: Record<string, unknown> = {};
  server.fault = ({ method, path, body }) => {
    if (!path.startsWith("/apis/coordination.k8s.io/v1/namespaces/default/leases")) return undefined;
    if (method === "GET")
      return {
        kind: "answer",
        status: 404,
        body: { kind: "Status", reason: "NotFound", details: { name: "example-controller" } },
      };
    lease = JSON.parse(body);
    return { kind: "answer", status: 200, body: lease };
  };
  await writeFile(
    join(folder, "config"),
    JSON.stringify({
      "current-context": "c",
      contexts: [{ name: "c", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server: server.url } }],
    }),
  );
  const child = spawn(process.execPath, ["-C", "kuryr-source", example], {
    env: { ...process.env, KUBECONFIG: join(folder, "config") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const exit = new Promise<number | null>((resolve) => child.on("exit", resolve));
    const said: string[] = [];
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      said.push(...String(chunk).trim().split("\n"));
      if (said.includes("a/first has x") && said.length === 1) server.put("a", "second", { data: { y: "1", z: "2" } });
      if (said.includes("a/second has y, z") && said.length === 2) server.remove("a", "first");
      if (said.includes("a/first is gone")) child.kill("SIGTERM");
    }
    assert.equal(await exit, 0);
    assert.deepEqual(said, ["a/first has x", "a/second has y, z", "a/first is gone"]);
    assert.partialDeepStrictEqual(lease, { spec: { leaseDurationSeconds: 1 } });
  } finally {
    child.kill("SIGKILL");
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
