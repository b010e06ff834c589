import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { controllerLog, controllerNode, whileControllerDown } from "../support/kuryr.ts";
import {
  apply,
  deleteNamespace,
  demoPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podPorts,
  readyPods,
} from "../support/pods.ts";
import { bringBack, eventually, kill, kubectl, nodes } from "../support/stack.ts";

const namespace = "e2e-nodes";
/** The node that goes: not the controller's. */
let node = "";
let other = "";

before(async () => {
  other = controllerNode();
  node = nodes.find(({ name }) => name !== other)?.name ?? "";
  await makeNamespace(namespace);
});
after(async () => {
  await bringBack(`${node}/kubelet`);
  await kubectl(["wait", "--for=condition=Ready", `node/${node}`, "--timeout=60s"]);
  await deleteNamespace(namespace);
});

const boundToNode = async (): Promise<string[]> =>
  (await podPorts())
    .filter((port) => port["binding:host_id"] === node && port.description?.includes(`:pod/${namespace}/`))
    .map((port) => port.id);

/** Brings the node back as a new machine of the same name would come. */
async function nodeReturns(): Promise<void> {
  await bringBack(`${node}/kubelet`);
  await kubectl(["wait", "--for=create", `node/${node}`, "--timeout=60s"]);
  await kubectl(["wait", "--for=condition=Ready", `node/${node}`, "--timeout=60s"]);
}

test("[row 13] after a node is removed no port of its pods is left", async () => {
  const pods = [0, 1, 2].map((i) => demoPod(namespace, `gone-${i}`, node));
  await apply({ apiVersion: "v1", kind: "List", items: [...pods, demoPod(namespace, "stays", other)] });
  await readyPods(namespace, 4);
  assert.equal((await boundToNode()).length, 3);
  await kill(`${node}/kubelet`);
  try {
    await kubectl(["delete", "node", node]);
    // Kubernetes itself deletes the pods of a node that is gone, a minute later.
    await eventually(
      `the ports bound to ${node} to go`,
      async () => {
        const ports = await boundToNode();
        return ports.length === 0 ? true : `${ports.length} ports`;
      },
      180_000,
    );
    const { items } = await kuryrPortApi.list({ namespace });
    assert.deepEqual(
      items.map((one) => one.metadata.name),
      ["stays"],
    );
  } finally {
    await nodeReturns();
  }
  await kubectl(["-n", namespace, "delete", "pod", "stays", "--now"]);
  await nothingLeft(namespace);
});

test("[row 12] the KuryrPort of a pod that went while the controller was down, its node too, is removed without a loop of errors", async () => {
  // Logs may have earlier runs in them.
  const orphan = `orphan-${Date.now().toString(36)}`;
  await apply(demoPod(namespace, orphan, node));
  await readyPods(namespace, 1);
  try {
    await whileControllerDown(async () => {
      await kill(`${node}/kubelet`);
      await kubectl(["-n", namespace, "delete", "pod", orphan, "--force", "--grace-period=0"]);
      await kubectl(["delete", "node", node]);
      assert.notEqual(await kuryrPortApi.find({ namespace, name: orphan }), undefined);
    });
    await nothingLeft(namespace);
    const errors = (await controllerLog())
      .split("\n")
      .filter((line) => line.includes(orphan) && /"warn|"error/.test(line));
    assert.deepEqual(errors, []);
  } finally {
    await nodeReturns();
  }
});
