import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { adminCloud } from "../../dev/src/cloud/identity.ts";
import { topology } from "../../dev/src/cloud/topology.ts";
import { kuryrPort } from "../contract/kubernetes/samples.ts";
import { eventOf, eventsOf } from "../support/events.ts";
import {
  controllerIncarnation,
  controllerMetric,
  controllerModule,
  controllerReady,
  withControllerConfig,
} from "../support/kuryr.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  makeNamespace,
  nothingLeft,
  podApi,
  readyPods,
} from "../support/pods.ts";
import { bringBack, eventually, kill, kubectl } from "../support/stack.ts";

const namespace = "e2e-trouble";
const other = "e2e-trouble-other";

before(async () => {
  await makeNamespace(namespace);
  await makeNamespace(other);
});
after(async () => {
  await deleteNamespace(namespace);
  await deleteNamespace(other);
});

/** Deletes all pods, and waits until nothing is left of them. */
async function clear(): Promise<void> {
  for (const one of [namespace, other]) {
    await kubectl(["-n", one, "delete", "pods", "--all", "--grace-period=0", "--force"]);
    // A port that Neutron was making when its pod went belongs to nobody, and goes within two minutes.
    await nothingLeft(one, 150_000);
  }
}

afterEach(clear);

async function isPending(name: string): Promise<void> {
  assert.equal((await podApi.get({ namespace, name })).status?.phase, "Pending");
}

test("[row 171] a used-up quota of ports is a line of /ready, which stays 200; pods wait with an Event and start when it is raised", async () => {
  const quotas = adminCloud().network.quotas;
  const { project } = topology();
  const { port } = await quotas.details(project);
  assert.ok(port !== undefined);
  await quotas.update(project, { port: port.used });
  try {
    await apply(demoPod(namespace, "waits", "node1"));
    const event = await eventOf(namespace, "waits", "PortQuotaExceeded", 2);
    assert.match(event.message, /^OPENSTACK_QUOTA: .*quota of ports/);
    await isPending("waits");
    await readySays(/^degraded: quota of ports is used up/m);
    assert.equal(await controllerMetric("kuryr_quota_free_count", 'resource="ports"'), 0);
  } finally {
    await quotas.update(project, { port: -1 });
  }
  await readyPods(namespace, 1);
  await readySays(/^ok\nrole: leader\n$/);
});

test("[row 148] an object that fails for ever stops nobody else: a metric and an Event tell of it, nothing restarts", async () => {
  const policy = "e2e-poison";
  const matched = {
    apiGroups: ["openstack.org"],
    apiVersions: ["v1"],
    operations: ["CREATE"],
    resources: ["kuryrports"],
  };
  const admission = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: policy } };
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        ...admission,
        kind: "ValidatingAdmissionPolicy",
        spec: {
          failurePolicy: "Fail",
          matchConstraints: { resourceRules: [matched] },
          validations: [{ expression: 'object.metadata.name != "poison"', message: "denied by a test" }],
        },
      },
      {
        ...admission,
        kind: "ValidatingAdmissionPolicyBinding",
        spec: { policyName: policy, validationActions: ["Deny"] },
      },
    ],
  });
  try {
    const incarnation = await controllerIncarnation();
    await eventually("the denial to be in force", async () => {
      const probe = JSON.stringify(kuryrPort("poison", {}, { namespace }));
      return kubectl(["create", "--dry-run=server", "-f", "-"], probe).then(
        () => "taken",
        (error: unknown) => (String(error).includes("denied by a test") ? true : String(error)),
      );
    });
    await apply(demoPod(namespace, "poison", "node1"));
    const failures = (): Promise<number> => controllerMetric("kuryr_reconcile_failures_total", 'kind="Pod"');
    const event = await eventOf(namespace, "poison", "FailedToCreateKuryrPortCRD");
    assert.match(event.message, /denied by a test/);
    const before = await failures();
    assert.ok(before > 0);
    await apply({
      apiVersion: "v1",
      kind: "List",
      items: [0, 1, 2, 3].map((i) => demoPod(other, `well-${i}`, `node${(i % 2) + 1}`)),
    });
    await readyPods(other, 4);
    await eventually("the failures to be counted on", async () => ((await failures()) > before ? true : "no more yet"));
    assert.equal(await controllerIncarnation(), incarnation);
    assert.equal((await controllerReady()).status, 200);
  } finally {
    await kubectl([
      "delete",
      "validatingadmissionpolicybinding,validatingadmissionpolicy",
      policy,
      "--ignore-not-found",
    ]);
  }
  await readyPods(namespace, 1);
});

test("[row 60] a full subnet is told by an Event of the pod that waits; pods of another namespace start, and it does too once there is room", async () => {
  const network = await cloud.network.networks.create({ name: "e2e-small" });
  try {
    const subnet = await cloud.network.subnets.create({
      name: "e2e-small",
      network_id: network.id,
      ip_version: 4,
      cidr: "10.77.0.0/29",
      enable_dhcp: false,
      allocation_pools: [{ start: "10.77.0.2", end: "10.77.0.3" }],
    });
    const module = controllerModule(
      "small-subnet.mjs",
      `export function createDriver({ config, subnets }) {
        return {
          async subnetsOf(pod, signal) {
            const id = pod.namespace === "${namespace}" ? "${subnet.id}" : config.neutron_defaults.pod_subnet[0];
            const { network_id: networkId } = await subnets.get(id, signal);
            return { networkId, subnetIds: [id] };
          },
        };
      }`,
    );
    await withControllerConfig({ kubernetes: { pod_subnets_driver: `module:${module}` } }, async () => {
      await apply({
        apiVersion: "v1",
        kind: "List",
        items: ["a", "b"].map((name) => demoPod(namespace, name, "node1")),
      });
      const two = await readyPods(namespace, 2);
      for (const pod of two) assert.match(pod.status?.podIP ?? "", /^10\.77\.0\.[23]$/);
      await apply(demoPod(namespace, "third", "node1"));
      const event = await eventOf(namespace, "third", "SubnetExhausted", 2);
      assert.match(event.message, /no free address/);
      await apply(demoPod(other, "elsewhere", "node1"));
      await readyPods(other, 1);
      await isPending("third");
      await kubectl(["-n", namespace, "delete", "pod", "a", "--now"]);
      await readyPods(namespace, 2);
      await clear();
    });
  } finally {
    await cloud.network.networks.delete(network.id);
  }
});

const nobody = "00000000-0000-0000-0000-000000000000";

for (const [what, changes, reason] of [
  ["a security group that does not exist", { pod_security_groups: nobody }, "SecurityGroupNotFound"],
  ["a subnet that does not exist", { pod_subnet: nobody }, "NoPodSubnetFound"],
] as const) {
  test(`[row 152] ${what} is told by an Event whose count grows, and the pod starts once it is mended`, async () => {
    await withControllerConfig({ neutron_defaults: changes }, async () => {
      await apply(demoPod(namespace, "waits", "node1"));
      const event = await eventOf(namespace, "waits", reason, 3);
      assert.match(event.message, new RegExp(`^OPENSTACK_\\w*NOT_FOUND: .*${nobody}`));
      await isPending("waits");
      const same = (await eventsOf(namespace, "waits")).filter((one) => one.reason === reason);
      assert.equal(same.length, 1, "one Event, counted");
    });
    await readyPods(namespace, 1);
  });
}

test("[row 152] with use_events off there are none", async () => {
  const changes = { kubernetes: { use_events: "False" }, neutron_defaults: { pod_security_groups: nobody } };
  await withControllerConfig(changes, async () => {
    await apply(demoPod(namespace, "silent", "node1"));
    await eventually("the controller to have failed", async () => {
      const failures = await controllerMetric("kuryr_reconcile_failures_total", 'reason="SecurityGroupNotFound"');
      return failures >= 2 ? true : `${failures} failures`;
    });
    assert.deepEqual(await eventsOf(namespace, "silent"), []);
  });
  await readyPods(namespace, 1);
});

/** Waits until /ready, which stays 200, says this. */
const readySays = (what: RegExp): Promise<void> =>
  eventually(`/ready to say ${what}`, async () => {
    const { status, body } = await controllerReady();
    assert.equal(status, 200);
    return what.test(body) ? true : body;
  });

test("[row 152] without Neutron pods wait with an Event, /ready stays 200 and names it, and all heals when it is back", async () => {
  await kill("neutron-api");
  try {
    await apply(demoPod(namespace, "no-neutron", "node1"));
    const event = await eventOf(namespace, "no-neutron", "OpenStackUnavailable");
    assert.match(event.message, /^OPENSTACK_\w+: OpenStack's Neutron gives no usable answer/);
    await isPending("no-neutron");
    await readySays(/^degraded: Neutron: OPENSTACK_/m);
  } finally {
    await bringBack("neutron-api");
  }
  await readyPods(namespace, 1);
  await readySays(/^ok\nrole: leader\n$/);
});

test("without Keystone /ready stays 200 and names it, and a pod that could not start does when it is back", async () => {
  await kill("keystone");
  try {
    await apply(demoPod(namespace, "no-keystone", "node1"));
    await readySays(/^degraded: Keystone: OPENSTACK_/m);
  } finally {
    await bringBack("keystone");
  }
  await readyPods(namespace, 1);
  await readySays(/^ok\nrole: leader\n$/);
});
