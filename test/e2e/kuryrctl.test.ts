import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { credentialsConf, kuryrConf } from "../../dev/src/kuryr/configuration.ts";
import { kubeconfig } from "../../dev/src/kube/certificates.ts";
import { run, type RunResult } from "../../dev/src/machine/exec.ts";
import { whileControllerDown, withControllerConfig } from "../support/kuryr.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  readyPods,
} from "../support/pods.ts";
import { eventually, kubectl, nodes } from "../support/stack.ts";

const namespace = "e2e-kuryrctl";
const node = nodes[0]?.name;
const main = join(import.meta.dirname, "../../packages/kuryr/src/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "kuryrctl-"));
/** The two files of an installation: the ConfigMap's and the Secret's. */
const files = { "kuryr.conf": kuryrConf, "credentials.conf": credentialsConf };

/** kuryrctl as the administrator of the cluster, and as Kuryr's user in OpenStack unless told. */
function kuryrctl(words: readonly string[], withOpenStack = true): Promise<RunResult> {
  const openstack = withOpenStack ? Object.keys(files).map((name) => `--config-file=${join(folder, name)}`) : [];
  const argv = [process.execPath, "-C", "kuryr-source", main, ...words, `--kubeconfig=${kubeconfig("admin")}`];
  return run([...argv, ...openstack], { accept: [0, 1, 2], timeoutMs: 60_000 });
}

interface Explained {
  readonly verdict: string;
  readonly summary: string;
  readonly next?: string;
  readonly steps: readonly {
    readonly name: string;
    readonly outcome: string;
    readonly text: string;
    readonly at?: string;
  }[];
}

async function why(pod: string, withOpenStack = true): Promise<Explained & { readonly code: number }> {
  const { code, stdout, stderr } = await kuryrctl(
    ["why", "pod", `${namespace}/${pod}`, "--output=json"],
    withOpenStack,
  );
  assert.notEqual(code, 2, stderr);
  return { ...(JSON.parse(stdout) as Explained), code };
}

const outcomes = ({ steps }: Explained): Map<string, string> => new Map(steps.map((step) => [step.name, step.outcome]));

before(async () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text(), { mode: 0o600 });
  await makeNamespace(namespace);
  await apply(demoPod(namespace, "works", node));
  await readyPods(namespace, 1);
  await eventually("the daemon to tell of it", async () => {
    const { status } = await kuryrPortApi.get({ namespace, name: "works" });
    return status === undefined ? "not yet" : true;
  });
});

after(async () => {
  await deleteNamespace(namespace);
  rmSync(folder, { recursive: true });
});

test("why of a Running pod: every step is done, with its time, from Kubernetes, Neutron and the node", async () => {
  const explained = await why("works");
  assert.equal(explained.code, 0, explained.summary);
  assert.equal(explained.verdict, "networked");
  assert.deepEqual(
    [...outcomes(explained)],
    ["scheduled", "controller", "Neutron port", "KuryrPort", "daemon", "plugged", "active", "addressed"].map((name) => [
      name,
      "done",
    ]),
  );
  const timed = explained.steps.filter(({ at }) => at !== undefined).map(({ name }) => name);
  for (const name of ["Neutron port", "KuryrPort", "plugged", "addressed"]) assert.ok(timed.includes(name), name);
  const { spec } = await kuryrPortApi.get({ namespace, name: "works" });
  assert.match(
    explained.steps.find(({ name }) => name === "Neutron port")?.text ?? "",
    new RegExp(spec.interfaces[0]?.portId ?? "none"),
  );
});

test("without OpenStack credentials the same pod is explained, and what was not looked at is said", async () => {
  const explained = await why("works", false);
  assert.equal(explained.code, 0);
  assert.equal(outcomes(explained).get("Neutron port"), "not-looked");
  assert.equal(outcomes(explained).get("plugged"), "done");
});

test("status of a healthy cluster: status 0, every node with its daemon, ports on both sides", async () => {
  let last: RunResult | undefined;
  await eventually("a healthy status", async () => {
    last = await kuryrctl(["status", "--output=json"]);
    if (last.code === 0) return true;
    // A pod that is older than Kuryr here has the network of what was there before, and is told to be made anew.
    const [, key] = /another network than Kuryr's: (kube-system\/[\w-]+)/.exec(last.stdout) ?? [];
    if (key !== undefined) await kubectl(["-n", "kube-system", "delete", "pod", key.replace("kube-system/", "")]);
    return last.stdout + last.stderr;
  });
  const {
    nodes: rows,
    counts,
    controllers,
  } = JSON.parse(last?.stdout ?? "{}") as {
    nodes: { node: string; daemon: string }[];
    counts: { kuryrPorts: number; attached: number; neutronPorts: number };
    controllers: { ready: boolean }[];
  };
  assert.deepEqual(
    rows.map(({ node: name, daemon }) => [name, daemon]),
    nodes.map(({ name }) => [name, "ready"]),
  );
  assert.deepEqual(
    controllers.map(({ ready }) => ready),
    [true],
  );
  assert.ok(counts.attached >= 1 && counts.kuryrPorts >= counts.attached && counts.neutronPorts >= counts.attached);
  const text = await kuryrctl(["status"]);
  assert.match(text.stdout, /^NODE +STATE +DAEMON/m);
  assert.match(text.stdout, /healthy/);
});

test("a pod whose KuryrPort is missing because no controller works is explained so, and the status is degraded", async () => {
  await whileControllerDown(async () => {
    await apply(demoPod(namespace, "no-kuryrport", node));
    await eventually("the explanation", async () => {
      const explained = await why("no-kuryrport");
      const seen = outcomes(explained);
      const told =
        explained.code === 1 &&
        seen.get("KuryrPort") !== "done" &&
        seen.get("controller") !== "done" &&
        explained.next !== undefined;
      return told || JSON.stringify(explained);
    });
    const status = await kuryrctl(["status"]);
    assert.equal(status.code, 1, status.stdout);
    assert.match(status.stdout, /degraded: (no controller|controller )/);
    assert.match(status.stdout, /next: kubectl/);
    // What has its network keeps it, and is told so.
    assert.equal((await why("works")).verdict, "networked");
  });
  await readyPods(namespace, 2);
});

test("a pod whose subnet is full is explained by the subnet", async () => {
  const network = await cloud.network.networks.create({ name: "e2e-kuryrctl" });
  try {
    const subnet = await cloud.network.subnets.create({
      name: "e2e-kuryrctl",
      network_id: network.id,
      ip_version: 4,
      cidr: "10.78.0.0/29",
      enable_dhcp: false,
      allocation_pools: [{ start: "10.78.0.2", end: "10.78.0.2" }],
    });
    await withControllerConfig({ neutron_defaults: { pod_subnet: subnet.id } }, async () => {
      await apply(demoPod(namespace, "last-address", node));
      await readyPods(namespace, 3);
      await apply(demoPod(namespace, "no-address", node));
      await eventually("the explanation", async () => {
        const explained = await why("no-address");
        return (explained.code === 1 && /no free address/.test(explained.summary)) || JSON.stringify(explained);
      });
      const text = await kuryrctl(["why", "pod", `${namespace}/no-address`]);
      assert.equal(text.code, 1);
      assert.match(text.stdout, /Neutron port +failed/);
      assert.match(text.stdout, /SubnetExhausted/);
      await deleteNamespace(namespace);
      await nothingLeft(namespace);
    });
  } finally {
    await cloud.network.networks.delete(network.id);
  }
});

test("a pod that does not exist, and an API that cannot be reached, end with status 2 and a code", async () => {
  const absent = await kuryrctl(["why", "pod", `${namespace}/nobody`]);
  assert.equal(absent.code, 2);
  assert.match(absent.stderr, /KURYR_NO_POD/);
});
