import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { lacksRoot, scratchName, scratchNetns } from "./netns/scratch-netns.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = Array.from(
  readFileSync(`${root}README.md`, "utf8").matchAll(/^```ts\n(.*?)^```/gms),
  ([, code]) => code ?? "",
);

function runExample(code: string): string {
  const options = ["-C", "kuryr-source", "--input-type=module-typescript", "--eval", code];
  return execFileSync(process.execPath, options, { cwd: root, encoding: "utf8" });
}

test("the first example of the README does what it says", { skip: lacksRoot() }, () => {
  using scratch = scratchNetns();
  const name = scratchName();
  const output = runExample(
    (examples[0] ?? "").replaceAll("/run/netns/blue", scratch.path).replaceAll("veth-blue", name),
  );
  assert.match(output, new RegExp(`eth0 is link \\d+, its other end is ${name}`));
  assert.match(output, /mac: 'fa:16:3e:00:00:01'/);
  assert.match(output, new RegExp(`deleted: \\[ '${name}' \\]`));
});

test("the second example of the README does what it says", { skip: lacksRoot() }, () => {
  using scratch = scratchNetns();
  const code = (examples[1] ?? "")
    .replace("openNetlink();", `openNetlink({ netns: openNetns(${JSON.stringify(scratch.path)}) });`)
    .replace("openNetlink, ", "openNetlink, openNetns, ");
  assert.equal(runExample(code), "");
  const bridge = scratch.ip("link", "show", "dev", "br-example")[0];
  assert.match(JSON.stringify(bridge?.["flags"]), /"UP"/);
});
