import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { startKubernetes, type Kubernetes } from "@kuryr/fakes";

import { crds } from "../api/crds.ts";
import { examples } from "../testing/custom-objects.ts";

interface Answer {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

function kuryrctl(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const { PATH = "" } = process.env;
  const argv = ["-C", "kuryr-source", join(import.meta.dirname, "main.ts"), ...words];
  const env = { PATH, HOME: "/nonexistent", ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { env, timeout: 120_000 }, (error, out, err) => {
      resolve({ status: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

async function cluster(t: TestContext): Promise<{ server: Kubernetes; kubeconfig: string }> {
  const server = await startKubernetes();
  const folder = mkdtempSync(join(tmpdir(), "kuryrctl-"));
  t.after(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });
  const kubeconfig = join(folder, "config");
  const document = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: server.url } }],
    users: [{ name: "u", user: { token: server.token } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(document));
  return { server, kubeconfig };
}

async function post(server: Kubernetes, path: string, body: object): Promise<void> {
  const response = await fetch(server.url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${server.token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, await response.text());
}

test("every command has a help; what makes no sense ends with status 2, a code and a hint", async () => {
  const [help, status, why, nothing, wrong, option] = await Promise.all([
    kuryrctl(["--help"]),
    kuryrctl(["status", "--help"]),
    kuryrctl(["help", "why"]),
    kuryrctl([]),
    kuryrctl(["frobnicate"]),
    kuryrctl(["status", "--colour", "red"]),
  ]);
  assert.equal(help.status, 0);
  for (const word of ["status", "why", "config", "upgrade-check", "sanity"])
    assert.match(help.out, new RegExp(`^ {2}${word} `, "m"));
  assert.match(status.out, /^usage: kuryrctl status/);
  assert.match(why.out, /^usage: kuryrctl why pod/);
  assert.deepEqual([nothing.status, nothing.out], [2, ""]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.err, /frobnicate is no command.*\(KURYR_USAGE\)\nnext: {2}kuryrctl --help/);
  assert.match(option.err, /KURYR_USAGE.*\nnext: {2}kuryrctl status --help/);
});

test("without a way to Kubernetes, and with one that does not answer, the status cannot be told", async (t) => {
  const { server, kubeconfig } = await cluster(t);
  const none = await kuryrctl(["status"]);
  assert.equal(none.status, 2);
  assert.match(none.err, /KURYR_NO_KUBERNETES/);
  await server.stop();
  const dead = await kuryrctl(["status", "--kubeconfig", kubeconfig]);
  assert.equal(dead.status, 2);
  assert.equal(dead.out, "");
});

test("the status of a cluster without controller is degraded, in words and as JSON", async (t) => {
  const { server, kubeconfig } = await cluster(t);
  for (const crd of crds) await post(server, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
  await post(server, "/api/v1/nodes", { metadata: { name: "node1" } });
  const [kuryrPort] = examples("default");
  await post(server, "/apis/openstack.org/v1/namespaces/default/kuryrports", kuryrPort?.object ?? {});
  const text = await kuryrctl(["status", "--kubeconfig", kubeconfig]);
  assert.equal(text.status, 1, text.err);
  assert.match(text.out, /degraded: no controller/);
  assert.match(text.out, /1 KuryrPorts, 0 plugged/);
  assert.match(text.out, /not looked at: Neutron: no OpenStack credentials/);
  const json = await kuryrctl(["status", "--output", "json"], { KUBECONFIG: kubeconfig });
  const answer = JSON.parse(json.out) as { state: string; problems: { what: string; next: string }[] };
  assert.equal(answer.state, "degraded");
  assert.ok(answer.problems.every(({ next }) => next !== ""));
});

test("a pod that waits is explained, and one that is not there is an error", async (t) => {
  const { server, kubeconfig } = await cluster(t);
  for (const crd of crds) await post(server, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);
  await post(server, "/api/v1/namespaces/default/pods", {
    metadata: { name: "web" },
    spec: { nodeName: "node1", containers: [{ name: "c", image: "i" }] },
  });
  const why = await kuryrctl(["why", "pod", "default/web", "--kubeconfig", kubeconfig]);
  assert.equal(why.status, 1, why.err);
  assert.match(why.out, /^scheduled +done/m);
  assert.match(why.out, /^KuryrPort +waiting/m);
  assert.match(why.out, /^next: /m);
  const absent = await kuryrctl(["why", "pod", "default/none", "--kubeconfig", kubeconfig]);
  assert.equal(absent.status, 2);
  assert.match(absent.err, /there is no pod default\/none \(KURYR_NO_POD\)/);
});

test("[row 183] upgrade-check has the statuses of kuryr-k8s-status: 0, 1 with warnings, 2 with failures, 255 when it cannot look", async (t) => {
  const { server, kubeconfig } = await cluster(t);
  const check = (): Promise<Answer> => kuryrctl(["upgrade-check", "--kubeconfig", kubeconfig]);
  assert.equal((await check()).status, 0);
  const pod = (name: string, metadata: object): object => ({
    metadata: { name, ...metadata },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  const pods = "/api/v1/namespaces/default/pods";
  await post(server, pods, pod("annotated", { annotations: { "openstack.org/kuryr-vif": "{}" } }));
  const warned = await check();
  assert.equal(warned.status, 1);
  assert.match(warned.out, /^Pod annotations +Warning +default\/annotated: /m);
  await post(server, pods, pod("held", { finalizers: ["kuryr.openstack.org/pod-finalizer"] }));
  const failed = await check();
  assert.equal(failed.status, 2);
  assert.match(failed.out, /^Pod finalizers +Failure +default\/held: /m);
  await server.stop();
  assert.equal((await check()).status, 255);
});

test("[row 183] sanity has the flags and statuses of kuryr-k8s-sanity", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kuryrctl-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "kuryr.conf");
  writeFileSync(file, "[vif_pool]\nports_pool_min = 5\nports_pool_max = 8\nports_pool_batch = 10\n");
  const sanity = (...words: readonly string[]): Promise<Answer> =>
    kuryrctl(["sanity", "--config-file", file, ...words]);
  const [told, failed, chosen] = await Promise.all([
    sanity(),
    sanity("--sanity_check_error"),
    sanity("--sanity_check_error", "--vif_pool_min_max", "--vif_pool_min_batch"),
  ]);
  assert.match(told.out, /^vif_pool_max_batch +failed +ports_pool_max \(8\)/m);
  assert.deepEqual([told.status, failed.status, chosen.status], [0, 1, 0]);
  assert.doesNotMatch(chosen.out, /vif_pool_max_batch/);
});
