import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { CloudServer, SECRETS } from "./testing/cloud-server.ts";

test("the example of the README runs as it stands", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  assert.ok(example);
  const folder = await mkdtemp(join(tmpdir(), "openstack-readme-"));
  const server = await CloudServer.start();
  try {
    const file = join(folder, "example.ts");
    await writeFile(join(folder, "package.json"), '{"type": "module"}');
    await writeFile(file, example.replace("@kuryr/openstack", new URL("./index.ts", import.meta.url).href));
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: {
        OS_AUTH_URL: server.url,
        OS_USERNAME: "kim",
        OS_PASSWORD: SECRETS.password,
        OS_USER_DOMAIN_NAME: "Default",
        OS_PROJECT_NAME: "blue",
        OS_PROJECT_DOMAIN_NAME: "Default",
      },
      timeout: 20_000,
    });
    assert.equal(stdout, "ports of demo: 1\nsomebody was faster: OPENSTACK_PRECONDITION\n");
    assert.deepEqual(server.store.objects("/v2.0/networks"), []);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});
