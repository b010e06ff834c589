import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { eventOf } from "../support/events.ts";
import {
  controllerLog,
  controllerReady,
  refusalOf,
  withControllerConfig,
  withCrippledController,
} from "../support/kuryr.ts";
import {
  apply,
  deleteNamespace,
  demoPod,
  execIn,
  heldPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  readyPods,
  type TestPod,
} from "../support/pods.ts";
import { callCni, makeSandbox, removeSandbox } from "../support/sandbox.ts";
import { eventually, kubectl, nodeNamed } from "../support/stack.ts";

const namespace = "e2e-bad-input";
const unknownId = "00000000-0000-4000-8000-000000000000";
/** Run throughout, and must not notice anything. */
let running: TestPod[] = [];

before(async () => {
  await makeNamespace(namespace);
  const names = ["one", "two"];
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: names.map((name, i) => demoPod(namespace, name, `node${i + 1}`)),
  });
  running = await readyPods(namespace, names.length);
});
after(() => deleteNamespace(namespace));
afterEach(async () => {
  await kubectl(["-n", namespace, "delete", "pod", "new", "--now", "--ignore-not-found"]);
});

async function runningPodsTalk(): Promise<void> {
  const [one, two] = running;
  assert.ok(one !== undefined && two !== undefined);
  await execIn(one, ["curl", "-sf", "--max-time", "10", `http://${two.status?.podIP ?? ""}:8080/`]);
}

/** A new pod waits with an Event, the running ones talk; and once all is mended the new one starts. */
async function told(reason: string, message: RegExp): Promise<void> {
  await apply(demoPod(namespace, "new", "node1"));
  const event = await eventOf(namespace, "new", reason);
  assert.match(event.message, message);
  assert.equal((await podApi.get({ namespace, name: "new" })).status?.phase, "Pending");
  await runningPodsTalk();
}

const healed = (): Promise<unknown> => readyPods(namespace, running.length + 1);

test("a password that Keystone refuses is told by /ready, the log and the pod, without the password", async () => {
  await withCrippledController({ neutron: { password: "not-the-password" } }, async () => {
    await eventually("the controller to say what it waits for", async () => {
      const { status, body } = await controllerReady();
      return status === 500 && body !== "" ? true : `${status} ${body}`;
    });
    await told("OpenStackRefused", /OPENSTACK_CREDENTIALS_REFUSED/);
    const log = await controllerLog();
    assert.match(log, /OPENSTACK_CREDENTIALS_REFUSED/);
    assert.doesNotMatch(log, /not-the-password/);
  });
  await healed();
});

test("a subnet that is not there is told by the pod", async () => {
  await withControllerConfig({ neutron_defaults: { pod_subnet: unknownId } }, () =>
    told("NoPodSubnetFound", new RegExp(unknownId)),
  );
  await healed();
});

test("a security group that is not there is told by the pod", async () => {
  await withControllerConfig({ neutron_defaults: { pod_security_groups: unknownId } }, () =>
    told("SecurityGroupNotFound", new RegExp(unknownId)),
  );
  await healed();
});

test("a hostPort that nothing serves is told by an Event of the pod, which runs", async () => {
  const ports = [{ containerPort: 8080, hostPort: 18_080 }];
  const containers = [{ name: "demo", image: "kuryr/demo:1", imagePullPolicy: "Never", ports }];
  await apply(demoPod(namespace, "new", "node1", { containers }));
  const event = await eventOf(namespace, "new", "HostPortNotSupported");
  assert.match(event.message, /^KURYR_HOST_PORT: nothing answers at host port 18080/);
  await healed();
  await runningPodsTalk();
});

test("a kuryr.conf that makes no sense ends the controller with a code, the option and a hint", async () => {
  const wrong = await refusalOf({ neutron_defaults: { network_device_mtu: "plenty" } });
  assert.match(wrong, /KURYR_CONFIG_VALUE/);
  assert.match(wrong, /\[neutron_defaults\]network_device_mtu/);
  assert.match(await refusalOf({ neutron: { auth_url: "" } }), /\[neutron\]auth_url is missing.*KURYR_CONFIG_REQUIRED/);
});

test("nonsense to the plugin is an error of the specification; unknown containers and lost namespaces harm nobody", async () => {
  const node = nodeNamed("node1");
  await apply(heldPod(namespace, "held", node.name));
  const { metadata } = await podApi.get({ namespace, name: "held" });
  await eventually("its KuryrPort", async () =>
    (await kuryrPortApi.find({ namespace, name: "held" })) === undefined ? "not yet" : true,
  );
  const pod = { namespace, name: "held", uid: metadata.uid };
  const sandbox = await makeSandbox(node);
  try {
    const code = async (input: string): Promise<unknown> =>
      (await callCni(sandbox, "ADD", pod, { input })).body?.["code"];
    assert.equal(await code("this is no JSON"), 6);
    assert.equal(await code(`{"cniVersion":"1.0.0","name":"${"x".repeat(10 << 20)}"}`), 6);
    const lost = await callCni(sandbox, "ADD", pod, { netns: "/run/netns/there-is-none" });
    assert.match(String(lost.body?.["msg"]), /^KURYR_NETNS_GONE/);
    assert.equal((await callCni({ ...sandbox, id: "f".repeat(64) }, "DEL", pod)).exitCode, 0);
    assert.equal((await callCni(sandbox, "DEL", pod, { netns: "" })).exitCode, 0);
    // And the pod is none the worse for it.
    assert.equal((await callCni(sandbox, "ADD", pod)).exitCode, 0);
    assert.equal((await callCni(sandbox, "DEL", pod)).exitCode, 0);
  } finally {
    await removeSandbox(sandbox);
  }
  await kubectl(["-n", namespace, "delete", "pod", "held", "--now"]);
  await runningPodsTalk();
});

test("a KuryrPort edited by hand, by the one who may, costs neither pod nor port", async () => {
  const patch = [
    { op: "replace", path: "/spec/interfaces/0/addresses/0/ip", value: "10.10.255.250" },
    { op: "remove", path: "/metadata/labels" },
  ];
  await kubectl(["-n", namespace, "patch", "kp", "one", "--type=json", "-p", JSON.stringify(patch)]);
  await runningPodsTalk();
  const invalid = [{ op: "replace", path: "/spec/interfaces/0/mac", value: "nonsense" }];
  await assert.rejects(
    kubectl(["-n", namespace, "patch", "kp", "two", "--type=json", "-p", JSON.stringify(invalid)]),
    /spec.interfaces\[0\].mac/,
  );
  await kubectl(["-n", namespace, "delete", "pod", "one", "two", "--now"]);
  await nothingLeft(namespace, 90_000);
});
