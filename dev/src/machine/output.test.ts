import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

const module = JSON.stringify(join(import.meta.dirname, "output.ts"));
const program = `
  import { goOnUnread } from ${module};
  goOnUnread();
  process.stdin.resume().once("end", () => {
    console.log("nobody reads this");
    setImmediate(() => console.log("nor this"));
    process.exitCode = 7;
  });
`;

test("a program whose output nobody reads any more goes on to its end", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const errors = child.stderr.setEncoding("utf8").toArray();
  child.stdout.destroy();
  await once(child.stdout, "close");
  child.stdin.end();
  const [status] = (await once(child, "exit")) as [number | null];
  assert.deepEqual([status, (await errors).join("")], [7, ""]);
});
