import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { connectOvsdb } from "./client.ts";
import { InterfaceTable, OPEN_VSWITCH } from "./open-vswitch-schema.ts";
import { mutate, mutation } from "./operations.ts";
import { noServer, startDatabaseServer } from "./testing/database-server.ts";

test("the example of the README runs: plug, wait, select, unplug", { skip: noServer }, async () => {
  const example = fileURLToPath(new URL("testing/readme-example.ts", import.meta.url));
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  assert.ok(
    readme.includes(`\`\`\`ts\n${await readFile(example, "utf8")}\`\`\``),
    "the README shows the checked example",
  );
  await using server = await startDatabaseServer();
  server.vsctl("add-br", "br-int");
  // Plays the part of ovn-controller.
  using ovn = connectOvsdb({ target: server.target });
  const interfaces = ovn.monitor(OPEN_VSWITCH, [{ table: InterfaceTable }]).cache(InterfaceTable);
  interfaces.onChange((change) => {
    if (change.type !== "insert" || !change.row.external_ids.has("iface-id")) return;
    const installed = mutation(InterfaceTable, "external_ids", "insert", new Map([["ovn-installed", "true"]]));
    ovn
      .transact(OPEN_VSWITCH, [mutate(InterfaceTable, [["name", "==", change.row.name]], [installed])])
      .catch(() => {});
  });
  await ovn.ready(AbortSignal.timeout(10_000));

  const child = spawn(process.execPath, ["-C", "kuryr-source", example], {
    env: { ...process.env, OVS_DB: server.target },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(output, "tap0 is installed\n1 port, 1 interface\n");
  assert.equal(code, 0);
  assert.equal(server.vsctl("list-ports", "br-int"), "");
});
