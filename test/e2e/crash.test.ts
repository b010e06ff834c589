import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  apply,
  deleteNamespace,
  demoPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
  readyPods,
} from "../support/pods.ts";
import { bringBack, eventually, kubectl, kill } from "../support/stack.ts";

const namespace = "e2e-crash";
const denial = "e2e-no-kuryrports";

/** Keeps the API server from taking KuryrPorts of the namespace: a controller is then always between port and KuryrPort. */
async function denyKuryrPorts(): Promise<void> {
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: denial },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { apiGroups: ["openstack.org"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["kuryrports"] },
        ],
      },
      validations: [{ expression: `request.namespace != "${namespace}"`, message: "denied by a test" }],
    },
  };
  const binding = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: denial },
    spec: { policyName: denial, validationActions: ["Deny"] },
  };
  await apply({ apiVersion: "v1", kind: "List", items: [policy, binding] });
  await eventually("the denial to be in force", async () => {
    const probe = {
      metadata: { name: "probe", namespace },
      spec: { podUid: "u", podNodeName: "n", interfaces: [anInterface] },
    };
    const answer = await kuryrPortApi.create(probe, { dryRun: true }).then(
      () => "taken",
      (error: unknown) => String(error),
    );
    return answer.includes("denied by a test") ? true : answer;
  });
}

/** Passes the schema, which the API server looks at before any policy. */
const anInterface = {
  name: "eth0",
  default: true,
  driver: "neutron-vif",
  portId: "00000000-0000-0000-0000-000000000000",
  networkId: "00000000-0000-0000-0000-000000000000",
  mac: "fa:16:3e:00:00:00",
  mtu: 1442,
  bridge: "br-int",
  addresses: [],
  routes: [],
  nameservers: [],
  readiness: "ovn-installed",
};

async function allowKuryrPorts(): Promise<void> {
  await kubectl(["delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", denial, "--ignore-not-found"]);
}

const portsOf = async (uid: string): Promise<string[]> =>
  (await podPorts()).filter((port) => port.device_id === uid).map((port) => port.id);

async function podWithPortButNoKuryrPort(name: string): Promise<string> {
  await apply(demoPod(namespace, name, "node1"));
  const { metadata } = await podApi.get({ namespace, name });
  await eventually(`a port for ${name}`, async () => ((await portsOf(metadata.uid)).length === 1 ? true : "none yet"));
  return metadata.uid;
}

before(() => makeNamespace(namespace));
after(async () => {
  await allowKuryrPorts();
  await bringBack("kuryr-controller");
  await deleteNamespace(namespace);
});

test("a controller killed between port and KuryrPort leaks nothing: the port of a pod that is gone is found by its mark", async () => {
  await denyKuryrPorts();
  const uid = await podWithPortButNoKuryrPort("gone");
  await kill("kuryr-controller");
  await kubectl(["-n", namespace, "delete", "pod", "gone", "--force", "--grace-period=0"]);
  await allowKuryrPorts();
  assert.equal((await portsOf(uid)).length, 1, "the port outlived its controller");
  await bringBack("kuryr-controller");
  await nothingLeft(namespace, 120_000);
});

test("a controller killed between port and KuryrPort makes no second port: the pod that waits gets the first one", async () => {
  await denyKuryrPorts();
  const uid = await podWithPortButNoKuryrPort("waiting");
  const [first] = await portsOf(uid);
  await kill("kuryr-controller");
  await allowKuryrPorts();
  await bringBack("kuryr-controller");
  await readyPods(namespace, 1);
  assert.deepEqual(await portsOf(uid), [first]);
  const kuryrPort = await kuryrPortApi.get({ namespace, name: "waiting" });
  assert.equal(kuryrPort.spec.interfaces[0]?.portId, first);
  await kubectl(["-n", namespace, "delete", "pod", "waiting", "--now"]);
  await nothingLeft(namespace);
});

test("pods deleted while the controller is down leave nothing once it is back", async () => {
  await apply(demoPod(namespace, "down", "node1"));
  await readyPods(namespace, 1);
  await kill("kuryr-controller");
  await kubectl(["-n", namespace, "delete", "pod", "down", "--now"]);
  assert.notEqual(await kuryrPortApi.find({ namespace, name: "down" }), undefined);
  await bringBack("kuryr-controller");
  await nothingLeft(namespace);
});
