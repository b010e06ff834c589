import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, test } from "node:test";

import { initScript } from "./boot.ts";
import { dependenciesIn, modulesInOrder } from "./modules.ts";

const modules = mkdtempSync(join(tmpdir(), "kuryr-modules-"));
after(() => rmSync(modules, { recursive: true }));

mkdirSync(join(modules, "kernel/net"), { recursive: true });
for (const [name, needs] of [
  ["top-most", "middle_one,base"],
  ["middle-one", "base"],
  ["base", ""],
] as const) {
  writeFileSync(join(modules, "kernel/net", `${name}.ko`), `ELF\0license=GPL\0depends=${needs}\0name=${name}\0`);
}
writeFileSync(join(modules, "modules.builtin"), "kernel/net/ipv6/ipv6.ko\n");
const kernel = { release: "6.1.0-1-cloud-amd64", image: "/vmlinuz", modules };

test("what a module needs is read from the module itself", () => {
  assert.deepEqual(dependenciesIn(Buffer.from("x\0depends=a,b_c\0y")), ["a", "b_c"]);
  assert.deepEqual(dependenciesIn(Buffer.from("x\0depends=\0y")), []);
  assert.deepEqual(dependenciesIn(Buffer.from("no such field")), []);
});

test("modules load after those that they need, each once, and what is built in is left out", async () => {
  const files = await modulesInOrder(kernel, ["top_most", "ipv6", "middle-one"]);
  assert.deepEqual(
    files.map((file) => basename(file)),
    ["base.ko", "middle-one.ko", "top-most.ko"],
  );
  await assert.rejects(modulesInOrder(kernel, ["unheard-of"]), { code: "KURYR_DEV_GUEST" });
});

test("the guest's first process gives the payload its words and environment whatever is in them", () => {
  const script = initScript({ argv: ["/bin/a", "it's"], env: { X: "$HOME" } }, ["/lib/modules/a.ko"]);
  assert.match(script, /^export X='\$HOME'$/m);
  assert.match(script, /^'\/bin\/a' 'it'\\''s' >\/dev\/ttyS1$/m);
  assert.match(script, /insmod '\/lib\/modules\/a\.ko'/);
});
