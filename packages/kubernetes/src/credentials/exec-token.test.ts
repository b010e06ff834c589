import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "../api/connection.ts";
import { ExecPluginError } from "../errors.ts";
import type { ExecPlugin } from "./exec-settings.ts";
import { execToken, parseCredential } from "./exec-token.ts";
import { fromKubeconfig } from "../settings/kubeconfig.ts";
import { ManualClock } from "../manual-clock.ts";
import { ObjectServer, type Widget, WIDGETS } from "../testing/object-server.ts";

const apiVersion = "client.authentication.k8s.io/v1";

/** A folder with an executable `login`, which notes each run in `runs`. */
async function withPlugin(script: string, work: (plugin: ExecPlugin, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kubernetes-exec-"));
  try {
    const command = join(folder, "login");
    await writeFile(command, `#!/bin/sh\necho run >> ${folder}/runs\n${script}\n`);
    await chmod(command, 0o755);
    await work({ command, args: ["a b"], env: new Map([["WHO", "me"]]), apiVersion }, folder);
  } finally {
    // A plugin that was cut off may be writing its note at this very moment.
    await rm(folder, { recursive: true, maxRetries: 5 });
  }
}

const runsIn = async (folder: string): Promise<number> => (await readFile(join(folder, "runs"), "utf8")).length / 4;

/** Shell text that prints a credential. */
const printing = (status: object, version = apiVersion): string =>
  `cat <<'E'\n${JSON.stringify({ kind: "ExecCredential", apiVersion: version, status })}\nE`;

const never = new AbortController().signal;

test("a plugin runs once for all who wait, and again when its token ends or is refused", async () => {
  await withPlugin(printing({ token: "t", expirationTimestamp: "1970-01-01T00:01:00Z" }), async (plugin, folder) => {
    const clock = new ManualClock(0);
    const source = execToken(plugin, clock);
    assert.deepEqual(await Promise.all([source.token(never), source.token(never)]), ["t", "t"]);
    clock.advance(54_999);
    await source.token(never);
    assert.equal(await runsIn(folder), 1);
    clock.advance(1);
    await source.token(never);
    assert.equal(await runsIn(folder), 2);
  });
  await withPlugin(printing({ token: "t" }), async (plugin, folder) => {
    const source = execToken(plugin, new ManualClock());
    await source.token(never);
    assert.equal(source.refused("another"), true);
    await source.token(never);
    assert.equal(await runsIn(folder), 1);
    assert.equal(source.refused("t"), true);
    await source.token(never);
    assert.equal(await runsIn(folder), 2);
  });
});

test("a plugin gets its arguments, its environment and who asks", async () => {
  const answer = `{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{"token":"$1-$WHO"}}`.replaceAll(
    '"',
    String.raw`\"`,
  );
  const script = `printf %s "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\necho "${answer.replace("$1", "${1#a }")}"`;
  await withPlugin(script, async (plugin, folder) => {
    const cluster = { server: "https://api", config: { audience: "x" } };
    assert.equal(await execToken({ ...plugin, cluster }, new ManualClock()).token(never), "b-me");
    assert.deepEqual(JSON.parse(await readFile(join(folder, "info"), "utf8")), {
      kind: "ExecCredential",
      apiVersion,
      spec: { cluster, interactive: false },
    });
  });
});

test("a plugin that fails, hangs on, or is missing is an error with what it said and what to do", async () => {
  const refused = async (plugin: ExecPlugin, message: RegExp, hint: RegExp): Promise<void> => {
    await assert.rejects(execToken(plugin, new ManualClock()).token(never), (error) => {
      assert.ok(error instanceof ExecPluginError && error.code === "KUBERNETES_EXEC_PLUGIN");
      assert.match(error.message, message);
      assert.match(error.hint, hint);
      return true;
    });
  };
  await withPlugin("echo secret; echo 'please log in' >&2; exit 3", async (plugin) => {
    await refused(plugin, /failed \(3\): please log in$/, /by hand/);
  });
  await withPlugin("head -c 2000000 /dev/zero", async (plugin) => refused(plugin, /too long|failed/, /by hand/));
  await withPlugin("", async (plugin) => {
    await refused({ ...plugin, command: "/nonexistent/login" }, /is not there/, /Install/);
    await refused({ ...plugin, command: "/nonexistent/login", installHint: "get it" }, /is not there/, /^get it$/);
  });
  await withPlugin("sleep 5", async (plugin) => {
    const stop = new AbortController();
    const waiting = execToken(plugin, new ManualClock()).token(stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });
});

test("what is not an ExecCredential with a token is refused without being shown", () => {
  const plugin: ExecPlugin = { command: "login", args: [], env: new Map(), apiVersion };
  const refused = (answer: unknown, message: RegExp): void => {
    const output = typeof answer === "string" ? answer : JSON.stringify(answer);
    assert.throws(
      () => parseCredential(output, plugin),
      (error) => error instanceof ExecPluginError && message.test(error.message) && !error.message.includes("secret"),
    );
  };
  const credential = (status: unknown): object => ({ kind: "ExecCredential", apiVersion, status });
  refused("secret", /no JSON/);
  refused("null", /no ExecCredential/);
  refused({ ...credential({ token: "secret" }), apiVersion: "client.authentication.k8s.io/v1beta1" }, /did not answer/);
  refused(credential(null), /no token/);
  refused(credential({ clientCertificateData: "secret", clientKeyData: "secret" }), /client certificate/);
  refused(credential({ token: "sec\nret" }), /characters/);
  refused(credential({ token: "secret", expirationTimestamp: "soon" }), /no time/);
  refused(credential({ token: "secret", expirationTimestamp: 5 }), /no time/);
  assert.deepEqual(parseCredential(JSON.stringify(credential({ token: "t" })), plugin), {
    token: "t",
    expiresAt: Number.POSITIVE_INFINITY,
  });
});

test("a kubeconfig with a plugin makes requests with its token, and runs it again after a 401", async () => {
  const script = `n=$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')
echo "{\\"kind\\":\\"ExecCredential\\",\\"apiVersion\\":\\"${apiVersion}\\",\\"status\\":{\\"token\\":\\"t$n\\"}}"`;
  await withPlugin(script, async (_plugin, folder) => {
    const server = await ObjectServer.start();
    server.put("a", "w");
    let good = "Bearer t1";
    server.fault = ({ headers }) =>
      headers.authorization === good
        ? undefined
        : { kind: "answer", status: 401, body: { kind: "Status", reason: "Unauthorized", code: 401 } };
    const path = join(folder, "config");
    await writeFile(
      path,
      [
        "current-context: c",
        "contexts: [{name: c, context: {cluster: c, user: u}}]",
        `clusters: [{name: c, cluster: {server: "${server.url}"}}]`,
        "users:",
        "- name: u",
        `  user: {exec: {apiVersion: ${apiVersion}, command: ./login, interactiveMode: IfAvailable}}`,
      ].join("\n"),
    );
    const connection = connect(fromKubeconfig(path));
    const widgets = connection.resource<Widget>(WIDGETS);
    await widgets.get({ namespace: "a", name: "w" });
    await widgets.get({ namespace: "a", name: "w" });
    good = "Bearer t2";
    await widgets.get({ namespace: "a", name: "w" });
    assert.equal(await runsIn(folder), 2);
    connection.close();
    await server.stop();
  });
});
