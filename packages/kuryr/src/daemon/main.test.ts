import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

/** Tells at the end what a process has loaded: Node's own parts, and files. */
const tell = `
  import { registerHooks } from "node:module";
  const files = [];
  registerHooks({ load: (url, context, next) => (files.push(url), next(url, context)) });
  process.on("exit", () => console.log(JSON.stringify([...process.moduleLoadList, ...files])));
`;

test("a daemon loads nothing big that it never uses: there is one on every node", async () => {
  const words = ["-C", "kuryr-source", "--import", `data:text/javascript,${encodeURIComponent(tell)}`];
  const main = join(import.meta.dirname, "main.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [...words, main, "--version"]);
  const loaded = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as string[];
  assert.ok(loaded.some((one) => one.endsWith("/daemon/daemon.ts")));
  const libraries = loaded.map((one) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(one)?.[1]);
  const others = new Set(libraries.filter((one) => one !== undefined && !/^(koffi|@koromix\/koffi-.*)$/.test(one)));
  assert.deepEqual([...others], []);
  assert.deepEqual(
    loaded.filter((one) => /undici\/undici$|\bhttp2$/.test(one)),
    [],
    "an import of node:http loads them; process/http.ts does not",
  );
});
