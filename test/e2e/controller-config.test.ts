import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { topology } from "../../dev/src/cloud/topology.ts";
import {
  controllerLog,
  controllerMetric,
  controllerMetrics,
  controllerModule,
  refusalOf,
  withControllerConfig,
} from "../support/kuryr.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podPorts,
  readyPods,
} from "../support/pods.ts";
import { eventually, kubectl } from "../support/stack.ts";

const namespace = "e2e-config";

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

/** A test that fails must not take the next one with it. */
afterEach((context) => (context.passed ? undefined : clear()));

const portsHere = async () => (await podPorts()).filter((port) => port.description?.includes(`:pod/${namespace}/`));

async function clear(): Promise<void> {
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
  await nothingLeft(namespace, 60_000);
}

test("[row 35] with the pool driver noop a pod costs one port create, and no port is without pod", async () => {
  // Where Neutron is slow some are made by one request.
  const creates = (): Promise<number> => controllerMetric("kuryr_openstack_requests_total", 'operation="POST ports');
  const before = await creates();
  const names = [0, 1, 2, 3, 4, 5];
  const pods = names.map((i) => demoPod(namespace, `one-${i}`, `node${(i % 2) + 1}`));
  await apply({ apiVersion: "v1", kind: "List", items: pods });
  const ready = await readyPods(namespace, names.length);
  const made = (await creates()) - before;
  assert.ok(made >= 1 && made <= names.length, `${made} requests`);
  const uids = new Set(ready.map((pod) => pod.metadata.uid));
  const ports = await portsHere();
  assert.equal(ports.length, names.length);
  for (const port of ports) assert.ok(uids.has(port.device_id), `port ${port.id} is idle`);
});

test("[row 19] every port has the tags of resource_tags, and a name only with port_debug", async () => {
  for (const port of await portsHere()) {
    assert.ok(port.tags.includes("kuryr-dev"), `port ${port.id} has the tags ${port.tags.join(" ")}`);
    assert.equal(port.name, "");
  }
  await clear();
  const changes = { kubernetes: { port_debug: "True" }, neutron_defaults: { resource_tags: "one,two" } };
  await withControllerConfig(changes, async () => {
    await apply(demoPod(namespace, "named", "node1"));
    await readyPods(namespace, 1);
    const [port] = await portsHere();
    assert.equal(port?.name, `${namespace}/named`);
    assert.deepEqual([...(port?.tags ?? [])].sort(), ["one", "two"]);
    await clear();
  });
});

test("[row 179] with enabled_handlers=vif pods are served and no load balancer is ever asked for", async () => {
  await withControllerConfig({ kubernetes: { enabled_handlers: "vif" } }, async () => {
    await apply(demoPod(namespace, "pod", "node1"));
    const service = { selector: { app: "demo" }, ports: [{ port: 80, targetPort: 8080 }] };
    await apply({ apiVersion: "v1", kind: "Service", metadata: { name: "service", namespace }, spec: service });
    await readyPods(namespace, 1);
    const metrics = await controllerMetrics();
    assert.match(metrics, /kuryr_openstack_requests_total\{service="network"/);
    assert.doesNotMatch(metrics, /service="load-balancer"/);
    const balancers = await cloud.loadBalancer.loadBalancers.list();
    assert.deepEqual(
      balancers.filter((one) => one.description.includes(namespace)),
      [],
    );
    await kubectl(["-n", namespace, "delete", "service", "service"]);
    await clear();
  });
});

test("[row 180] a driver and a handler of one's own are chosen by kuryr.conf", async () => {
  const group = await cloud.network.securityGroups.create({ name: "e2e-own-driver" });
  try {
    const driver = controllerModule(
      "groups.mjs",
      `export const createDriver = () => ({ groupsOf: async () => ["${group.id}"] });`,
    );
    const handler = controllerModule(
      "handler.mjs",
      `export const createHandler = ({ log, cluster }) => ({
        watch: async (signal, { onSynced, onReady }) => {
          onSynced();
          onReady();
        },
        work: (signal) => new Promise((resolve) => {
          log.info("a handler of one's own works", { cluster });
          signal.addEventListener("abort", resolve, { once: true });
        }),
      });`,
    );
    const changes = {
      kubernetes: { pod_security_groups_driver: `module:${driver}`, enabled_handlers: `vif,module:${handler}` },
    };
    await withControllerConfig(changes, async () => {
      assert.match(await controllerLog(), /a handler of one's own works/);
      await apply(demoPod(namespace, "own", "node1"));
      await readyPods(namespace, 1);
      const [port] = await portsHere();
      assert.deepEqual(port?.security_groups, [group.id]);
      await clear();
    });
  } finally {
    await cloud.network.securityGroups.delete(group.id);
  }
});

test("[row 180] an unknown name ends the controller with a message that lists the names", async () => {
  const handler = await refusalOf({ kubernetes: { enabled_handlers: "vif,viff" } });
  assert.match(handler, /KURYR_CONFIG_NAME/);
  assert.match(handler, /enabled_handlers: \\"viff\\" is unknown; known are vif, kuryrport/);
  const driver = await refusalOf({ kubernetes: { pod_vif_driver: "neutron" } });
  assert.match(driver, /pod_vif_driver: \\"neutron\\" is unknown; known are neutron-vif/);
  const module = await refusalOf({ kubernetes: { vif_pool_driver: "module:/nowhere/pool.mjs" } });
  assert.match(module, /KURYR_CONFIG_MODULE.*cannot be imported|cannot be imported.*KURYR_CONFIG_MODULE/);
});

test("[row 24] with ovs_hybrid_plug every KuryrPort asks for the plug through a bridge of the pod's own", async () => {
  await withControllerConfig({ neutron_defaults: { ovs_hybrid_plug: "True" } }, async () => {
    await apply(demoPod(namespace, "hybrid", "node1"));
    await eventually("the KuryrPort", async () => {
      const kuryrPort = await kuryrPortApi.find({ namespace, name: "hybrid" });
      const [spec] = (kuryrPort?.spec.interfaces ?? []) as { hybridPlug?: boolean }[];
      return spec?.hybridPlug === true ? true : JSON.stringify(spec);
    });
    await clear();
  });
});

test("with port_readiness=active the controller writes which ports are ACTIVE, and the pod becomes Ready", async () => {
  await withControllerConfig({ neutron_defaults: { port_readiness: "active" } }, async () => {
    await apply(demoPod(namespace, "active", "node2"));
    await readyPods(namespace, 1);
    const [port] = await portsHere();
    assert.equal(port?.status, "ACTIVE");
    const lists = await controllerMetric("kuryr_openstack_requests_total", 'operation="GET ports"');
    assert.ok(lists < 20, `${lists} lists`);
    await clear();
  });
});

test("[row 21] bandwidth annotations make a QoS policy of the port, one for pods that ask for the same, and none is left behind", async () => {
  const annotations = { "kubernetes.io/egress-bandwidth": "10M", "kubernetes.io/ingress-bandwidth": "20M" };
  const pods = ["a", "b"].map((name, i) => {
    const pod = demoPod(namespace, name, `node${i + 1}`) as { metadata: object };
    return { ...pod, metadata: { ...pod.metadata, annotations } };
  });
  await apply({ apiVersion: "v1", kind: "List", items: [...pods, demoPod(namespace, "free", "node1")] });
  await readyPods(namespace, 3);
  const ports = await portsHere();
  const policies = new Set(ports.map((port) => port.qos_policy_id ?? "").filter((id) => id !== ""));
  assert.equal(policies.size, 1, "one policy");
  assert.equal(ports.filter((port) => (port.qos_policy_id ?? "") !== "").length, 2);
  const [id = ""] = policies;
  const rules = await cloud.network.qosPolicies.bandwidthLimitRules(id).list();
  assert.deepEqual(Object.fromEntries(rules.map(({ direction, max_kbps }) => [direction, max_kbps])), {
    egress: 10_000,
    ingress: 20_000,
  });
  const policy = await cloud.network.qosPolicies.get(id);
  assert.match(policy.description, /^kuryr:[^:]+:bandwidth\/20000\/10000$/);
  assert.equal(policy.project_id, topology().project);
  await clear();
  await eventually(
    "the policy to go",
    async () => ((await cloud.network.qosPolicies.find(id)) === undefined ? true : "still there"),
    150_000,
  );
});
