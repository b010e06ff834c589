/** Who may write what of a KuryrPort: roles and the admission policy together. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { authority } from "../../dev/src/kube/certificates.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { api, type NodePlan } from "../../dev/src/network-plan.ts";
import { daemonPid } from "../support/daemon.ts";
import { apply, deleteNamespace, demoPod, makeNamespace, readyPods } from "../support/pods.ts";
import { kubectl, nodeNamed } from "../support/stack.ts";

const namespace = "e2e-admission";
const [node1, node2] = [nodeNamed("node1"), nodeNamed("node2")];

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

/** `/var/run` is a link in the image, which would lead out of it here. */
const tokenPath = "/run/secrets/kubernetes.io/serviceaccount/token";

/** The token that a daemon has in its pod. */
const tokenOf = (node: NodePlan): Promise<string> => readFile(`/proc/${daemonPid(node)}/root${tokenPath}`, "utf8");

/** A request in the name of a daemon; resolves to its status and what the API server said. */
async function asDaemon(
  node: NodePlan,
  method: string,
  path: string,
  body?: object,
): Promise<{ code: number; said: string }> {
  const marks = ["-s", "-w", "\n%{http_code}", "--cacert", authority().certificate, "-X", method];
  const type = ["-H", "Content-Type: application/merge-patch+json", "-H", "@-"];
  const data = body === undefined ? [] : ["-d", JSON.stringify(body)];
  const { stdout } = await run(["curl", ...marks, ...type, ...data, `${api.url}${path}`], {
    // Not among the arguments, which everybody sees.
    input: `Authorization: Bearer ${await tokenOf(node)}\n`,
  });
  const end = stdout.lastIndexOf("\n");
  return { code: Number(stdout.slice(end + 1)), said: stdout.slice(0, end) };
}

test("[row 138] a daemon writes the status of its own node's KuryrPorts: another node's, and any spec, are refused to it", async () => {
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: [demoPod(namespace, "here", node1.name), demoPod(namespace, "there", node2.name)],
  });
  await readyPods(namespace, 2);
  const path = (name: string): string => `/apis/openstack.org/v1/namespaces/${namespace}/kuryrports/${name}`;
  const status = { status: { released: { at: new Date().toISOString() } } };
  const foreign = await asDaemon(node1, "PATCH", `${path("there")}/status`, status);
  assert.equal(foreign.code, 403, foreign.said);
  assert.match(foreign.said, /KURYR_FOREIGN_NODE: .*node1/);
  const own = await asDaemon(node1, "PATCH", `${path("here")}/status`, { status: {} });
  assert.equal(own.code, 200, own.said);
  for (const [method, of, body] of [
    ["PATCH", "here", { spec: { podNodeName: "node2" } }],
    ["PATCH", "here", { metadata: { finalizers: null } }],
    ["DELETE", "there", undefined],
  ] as const)
    assert.equal((await asDaemon(node1, method, path(of), body)).code, 403, method);
  for (const secret of ["/api/v1/secrets", "/api/v1/namespaces/kube-system/secrets/kuryr-credentials", "/api/v1/pods"])
    assert.equal((await asDaemon(node1, "GET", secret)).code, 403, secret);
  await kubectl(["-n", namespace, "delete", "pod", "here", "there", "--now"]);
});

test("nobody but the controller makes a KuryrPort or changes its spec, whatever his role", async (t) => {
  const objects = [
    { kind: "ServiceAccount", apiVersion: "v1", metadata: { name: "tenant", namespace } },
    {
      kind: "Role",
      apiVersion: "rbac.authorization.k8s.io/v1",
      metadata: { name: "tenant", namespace },
      rules: [{ apiGroups: ["openstack.org"], resources: ["*"], verbs: ["*"] }],
    },
    {
      kind: "RoleBinding",
      apiVersion: "rbac.authorization.k8s.io/v1",
      metadata: { name: "tenant", namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "tenant" },
      subjects: [{ kind: "ServiceAccount", name: "tenant", namespace }],
    },
    demoPod(namespace, "mine", node1.name),
  ];
  await apply({ apiVersion: "v1", kind: "List", items: objects });
  t.after(() => kubectl(["-n", namespace, "delete", "pod", "mine", "--now"]));
  await readyPods(namespace, 1);
  const as = ["-n", namespace, "--as", `system:serviceaccount:${namespace}:tenant`];
  const patch = (body: object): Promise<string> =>
    kubectl([...as, "patch", "kuryrport", "mine", "--type=merge", "-p", JSON.stringify(body)]);
  await assert.rejects(patch({ spec: { podNodeName: "node2" } }), /KURYR_SPEC_OWNER/);
  await patch({ metadata: { annotations: { note: "mine" } } });
  const made = JSON.parse(await kubectl(["-n", namespace, "get", "kuryrport", "mine", "-o", "json"])) as {
    spec: object;
  };
  const copy = {
    apiVersion: "openstack.org/v1",
    kind: "KuryrPort",
    metadata: { name: "copy", namespace },
    spec: made.spec,
  };
  await assert.rejects(kubectl([...as, "create", "-f", "-"], JSON.stringify(copy)), /KURYR_SPEC_OWNER/);
});
