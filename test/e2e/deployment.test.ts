import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { connect } from "@kuryr/kubernetes";
import { installation } from "@kuryr/kuryr";

import { daemonCapabilities, installedObjects, publishedImages } from "../../deploy/objects/index.ts";
import { authority } from "../../dev/src/kube/certificates.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { onNode } from "../../dev/src/machine/namespaces.ts";
import { api, type NodePlan } from "../../dev/src/network-plan.ts";
import { daemonProbe } from "../support/daemon.ts";
import { handMadePort, removeHandMade } from "../support/kuryr-ports.ts";
import { apply, deleteNamespace, demoPod, execIn, makeNamespace, readyPods } from "../support/pods.ts";
import { callCni, makeSandbox, removeSandbox } from "../support/sandbox.ts";
import { bringBack, eventually, kill, kubectl, nodeNamed, nodes, pidOf, whilePaused } from "../support/stack.ts";
import { componentReady, crash } from "../support/workloads.ts";

const namespace = "e2e-deployment";
const [node1, node2] = [nodeNamed("node1"), nodeNamed("node2")];
const daemonOf = (node: NodePlan): string => `${node.name}/kuryr-daemon`;
const deploy = join(import.meta.dirname, "../../deploy");
const conflistOf = (node: NodePlan): string => onNode(node, "/etc/cni/net.d/10-kuryr.conflist");

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

/** A field of /proc/PID/status. */
const statusField = (pid: number, name: string): string =>
  new RegExp(`^${name}:\\s+(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";

test("[row 182] the generated manifests and the example pass a dry run by the API server", async (t) => {
  const generated = await mkdtemp(join(tmpdir(), "kuryr-manifests-"));
  t.after(() => rm(generated, { recursive: true }));
  await run([process.execPath, "-C", "kuryr-source", join(deploy, "generate.ts"), generated]);
  for (const directory of [generated, join(deploy, "kubernetes/base"), join(deploy, "kubernetes/example")]) {
    const words = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-k"];
    const said = await kubectl([...words, directory]);
    for (const name of ["deployment.apps/kuryr-controller", "daemonset.apps/kuryr-cni"]) assert.ok(said.includes(name));
  }
});

test("the controller runs as nobody in particular, without capabilities, on a root that cannot be written", () => {
  const pid = pidOf("kuryr-controller");
  assert.match(statusField(pid, "Uid"), /^65532\s+65532/);
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
    assert.equal(BigInt(`0x${statusField(pid, set)}`), 0n, set);
  assert.equal(statusField(pid, "NoNewPrivs"), "1");
  assert.equal(statusField(pid, "Seccomp"), "2");
  assert.match(readFileSync(`/proc/${pid}/mounts`, "utf8"), /^overlay \/ overlay ro,/m);
});

test("the daemon has the documented capabilities and no more, on a root that cannot be written", () => {
  const bits: Readonly<Record<(typeof daemonCapabilities)[number], bigint>> = {
    NET_ADMIN: 12n,
    NET_RAW: 13n,
    SYS_ADMIN: 21n,
  };
  const wanted = daemonCapabilities.reduce((sum, name) => sum | (1n << bits[name]), 0n);
  for (const node of nodes) {
    const pid = pidOf(daemonOf(node));
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) assert.equal(BigInt(`0x${statusField(pid, set)}`), wanted, set);
    assert.equal(statusField(pid, "NoNewPrivs"), "1");
    assert.equal(statusField(pid, "Seccomp"), "2");
    assert.match(readFileSync(`/proc/${pid}/mounts`, "utf8"), /^overlay \/ overlay ro,/m);
  }
});

interface PodTemplate {
  readonly spec: {
    readonly affinity?: object;
    readonly containers: readonly { readonly securityContext: object; readonly name: string }[];
  };
}

/** The pod of the running DaemonSet with fewer capabilities, on one node. */
async function daemonPod(name: string, node: NodePlan, capabilities: readonly string[]): Promise<object> {
  const words = [
    "-n",
    installation.namespace,
    "get",
    "daemonset",
    installation.daemon,
    "-o",
    "jsonpath={.spec.template}",
  ];
  // The DaemonSet keeps off the node meanwhile; this pod is for it.
  const { affinity: _, ...spec } = (JSON.parse(await kubectl(words)) as PodTemplate).spec;
  const containers = spec.containers.map((one) => ({
    ...one,
    securityContext: { ...one.securityContext, capabilities: { drop: ["ALL"], add: capabilities } },
  }));
  const metadata = { name, namespace: installation.namespace };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...spec, containers, nodeName: node.name } };
}

test("without NET_ADMIN or SYS_ADMIN the daemon can plug no pod; without NET_RAW it can, and says what is not done", async () => {
  // It would clean up what the test makes by hand.
  try {
    await kill("kuryr-controller");
    await kill(daemonOf(node2));
    for (const missing of [undefined, ...daemonCapabilities]) {
      const name = `without-${(missing ?? "none").toLowerCase().replace("_", "-")}`;
      const made = await handMadePort(namespace, name, node2);
      const sandbox = await makeSandbox(node2);
      const capabilities = daemonCapabilities.filter((one) => one !== missing);
      await apply(await daemonPod(name, node2, capabilities));
      try {
        const can = missing === undefined || missing === "NET_RAW";
        const expected = can ? /^ok/ : new RegExp(`KURYR_CAPABILITY: .*${missing}`);
        await eventually(`/ready of the daemon without ${missing ?? "none"}`, async () => {
          const { body } = await daemonProbe(node2, "/ready");
          return expected.test(body) ? true : body;
        });
        const { exitCode, body } = await callCni(sandbox, "ADD", made.pod);
        assert.equal(exitCode === 0, can, JSON.stringify(body));
        if (can) assert.equal((await callCni(sandbox, "DEL", made.pod)).exitCode, 0);
        const log = await kubectl(["-n", installation.namespace, "logs", name]);
        assert.equal(log.includes("neighbours are not told"), missing === "NET_RAW", log);
      } finally {
        await kubectl(["-n", installation.namespace, "delete", "pod", name, "--now"]);
        await removeSandbox(sandbox);
        await removeHandMade(made);
      }
    }
  } finally {
    await bringBack(daemonOf(node2));
    await bringBack("kuryr-controller");
  }
});

test("[row 130] a process on the host's network that is not root cannot call the daemon", async () => {
  const socket = statSync(onNode(node1, "/run/kuryr/cni.sock"));
  assert.equal(socket.mode & 0o777, 0o600);
  const volumes = [{ name: "run", hostPath: { path: "/run/kuryr" } }];
  await apply(
    demoPod(namespace, "nobody", node1.name, {
      hostNetwork: true,
      securityContext: { runAsUser: 65534, runAsGroup: 65534 },
      containers: [
        {
          name: "demo",
          image: "kuryr/demo:1",
          imagePullPolicy: "Never",
          command: ["sleep", "600"],
          volumeMounts: [{ name: "run", mountPath: "/run/kuryr" }],
        },
      ],
      volumes,
    }),
  );
  const [pod] = await readyPods(namespace, 1);
  assert.ok(pod !== undefined);
  await assert.rejects(execIn(pod, ["nc", "-U", "/run/kuryr/cni.sock"]), /Permission denied/);
  await kubectl(["-n", namespace, "delete", "pod", "nobody", "--now"]);
});

test("[row 163] the token file is replaced and the old token revoked while requests go on: none fails", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "kuryr-token-"));
  t.after(() => rm(directory, { recursive: true }));
  const tokenFile = join(directory, "token");
  /** A token that is worth something as long as its Secret is there. */
  const give = async (name: string): Promise<void> => {
    await apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: installation.namespace } });
    const words = ["-n", installation.namespace, "create", "token", installation.controller, "--duration=10m"];
    const token = await kubectl([...words, "--bound-object-kind=Secret", `--bound-object-name=${name}`]);
    await writeFile(`${tokenFile}.new`, token.trim(), { mode: 0o600 });
    // As the kubelet does it: at once.
    await rename(`${tokenFile}.new`, tokenFile);
  };
  const revoke = (name: string): Promise<string> =>
    kubectl(["-n", installation.namespace, "delete", "secret", name, "--ignore-not-found"]);
  t.after(async () => {
    for (const name of ["token-one", "token-two"]) await revoke(name);
  });
  await give("token-one");
  const old = await readFile(tokenFile, "utf8");
  const connection = connect({ server: api.url, ca: readFileSync(authority().certificate), tokenFile });
  const resource = { group: "openstack.org", version: "v1", plural: "kuryrports", kind: "KuryrPort", namespaced: true };
  const ports = connection.resource(resource);
  await ports.list({ namespace });
  let asked = 0;
  const askWhile = async (condition: () => Promise<true | string>): Promise<void> =>
    eventually("the old token to be worth nothing", async () => {
      await ports.list({ namespace });
      asked += 1;
      return condition();
    });
  const isRevoked = async (): Promise<true | string> => {
    const headers = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority().certificate, "-H", "@-"];
    const { stdout } = await run(["curl", ...headers, `${api.url}/apis/openstack.org/v1/kuryrports`], {
      input: `Authorization: Bearer ${old}\n`,
    });
    return stdout === "401" ? true : `it is answered ${stdout}`;
  };
  await give("token-two");
  await revoke("token-one");
  await askWhile(isRevoked);
  await ports.list({ namespace });
  assert.ok(asked >= 1);
  await assert.rejects(
    connect({ server: api.url, tokenFile }).resource(resource).list({ namespace }),
    "a server whose certificate nobody vouches for is not talked to",
  );
});

const bare = (object: object): object => {
  const { metadata, spec, ...rest } = object as { metadata: Record<string, unknown>; spec: object };
  const { name, labels } = metadata;
  return { ...rest, metadata: { name, labels, namespace: metadata["namespace"] }, spec, status: undefined };
};

test("[row 132] the CNI configuration comes when the daemon is ready, stays when it restarts, and goes when it is uninstalled", async () => {
  // Kuryr's is the only network of this node for a while.
  const bridge = onNode(node2, "/etc/cni/net.d/99-bridge.conflist");
  const aside = onNode(node2, "/etc/cni/net.d/99-bridge.aside");
  const inode = (): number => statSync(conflistOf(node2)).ino;
  const nodeIs = (status: "True" | "False"): Promise<void> =>
    eventually(`node2 to be Ready=${status}`, async () => {
      const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
      const now = await kubectl(["get", "node", node2.name, "-o", path]);
      return now === status ? true : now;
    });
  const words = ["-n", installation.namespace, "get", "daemonset", installation.daemon, "-o", "json"];
  const daemonSet = bare(JSON.parse(await kubectl(words)) as object);
  renameSync(bridge, aside);
  try {
    const before_ = inode();
    await crash(daemonOf(node2));
    await kubectl(["-n", installation.namespace, "rollout", "restart", `daemonset/${installation.daemon}`]);
    await kubectl([
      "-n",
      installation.namespace,
      "rollout",
      "status",
      `daemonset/${installation.daemon}`,
      "--timeout=90s",
    ]);
    assert.equal(inode(), before_, "nothing took it away in between");

    await kubectl(["-n", installation.namespace, "delete", "daemonset", installation.daemon, "--timeout=60s"]);
    await eventually("the configuration to be gone from every node", async () =>
      nodes.every((node) => !existsSync(conflistOf(node))) ? true : "still there",
    );
    await nodeIs("False");
    await whilePaused(`${node2.name}/ovsdb-server`, async () => {
      await apply(daemonSet);
      await componentReady(daemonOf(node1));
      await eventually("a daemon on node2", async () => {
        try {
          return pidOf(daemonOf(node2)) > 0 ? true : "none";
        } catch {
          return "none";
        }
      });
      assert.equal(existsSync(conflistOf(node2)), false);
    });
    await componentReady(daemonOf(node2));
    assert.ok(existsSync(conflistOf(node2)));
    await nodeIs("True");
  } finally {
    renameSync(aside, bridge);
    await apply(daemonSet);
    for (const node of nodes) await componentReady(daemonOf(node));
  }
});

test("what is installed is what the base says, but for images and configuration", async () => {
  for (const object of Object.values(installedObjects(publishedImages)).flat()) {
    const { kind, metadata } = object as { kind: string; metadata: { name: string; namespace?: string } };
    const where = metadata.namespace === undefined ? [] : ["-n", metadata.namespace];
    assert.match(await kubectl([...where, "get", kind.toLowerCase(), metadata.name, "-o", "name"]), /\//);
  }
});
