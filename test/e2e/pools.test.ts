import assert from "node:assert/strict";
import { after, afterEach, before, suite, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import type { Port } from "@kuryr/openstack";

import { topology } from "../../dev/src/cloud/topology.ts";
import {
  controllerMetric,
  controllerMetrics,
  whileControllerDown,
  withControllerConfig,
  type ConfigChanges,
} from "../support/kuryr.ts";
import {
  apply,
  cloud,
  deleteNamespace,
  demoPod,
  execIn,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
  readyPods,
  type TestPod,
} from "../support/pods.ts";
import { poolsCommand } from "../support/pools.ts";
import { bringBack, eventually, kill, kubectl, whilePaused } from "../support/stack.ts";

const namespace = "e2e-pools";
const nodeNames = ["node1", "node2"] as const;
/** How long OpenStack is away. */
const outageMs = Number(process.env["KURYR_OUTAGE_SECONDS"] ?? 120) * 1000;

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));
/** A test that fails must not take the next one with it. */
afterEach((context) => (context.passed ? undefined : clear()));

async function clear(): Promise<void> {
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
  await nothingLeft(namespace, 120_000);
}

const isWaiting = ({ description }: Port): boolean => description.includes(":pool/");
const waiting = async (node?: string): Promise<Port[]> =>
  (await podPorts()).filter((port) => isWaiting(port) && (node === undefined || port["binding:host_id"] === node));

/** Waits until exactly so many ports wait on a node, and the controller knows it: Neutron shows them before it answers. */
const waitingOn = (node: string, count: number, timeoutMs = 90_000): Promise<void> =>
  eventually(
    `${count} ports that wait on ${node}`,
    async () => {
      const { length } = await waiting(node);
      const known = await controllerMetric("kuryr_vif_pool_idle_ports", `node="${node}"`);
      return length === count && known === count ? true : `${length} wait, the controller knows of ${known}`;
    },
    timeoutMs,
  );

/** Waits until so many ports or more wait on a node, and nothing is under way. */
const filledTo = (node: string, count: number): Promise<void> =>
  eventually(`${count} ports or more that wait on ${node}`, async () => {
    const known = await controllerMetric("kuryr_vif_pool_idle_ports", `node="${node}"`);
    const bulk = await controllerMetric("kuryr_vif_pool_bulk_requests");
    return known >= count && bulk === 0 ? true : `${known} wait, ${bulk} bulk requests`;
  });

/** Requests so far that change ports in Neutron, by operation. */
async function portWrites(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of (await controllerMetrics()).split("\n")) {
    const match =
      /^kuryr_openstack_requests_total\{service="network",operation="((?:POST|PUT|DELETE) ports[^"]*)".*\} (\d+)$/.exec(
        line,
      );
    const [, operation, count] = match ?? [];
    if (operation !== undefined) counts[operation] = (counts[operation] ?? 0) + Number(count);
  }
  return counts;
}

async function readyPod(name: string, node: string): Promise<TestPod> {
  await apply(demoPod(namespace, name, node));
  await kubectl(["-n", namespace, "wait", `pod/${name}`, "--for=condition=Ready", "--timeout=120s"]);
  return podApi.get({ namespace, name });
}

async function remove(...names: readonly string[]): Promise<void> {
  await kubectl(["-n", namespace, "delete", "pod", ...names, "--now"]);
  for (const name of names) {
    await eventually(`the KuryrPort of ${name} to go`, async () =>
      (await kuryrPortApi.find({ namespace, name })) === undefined ? true : "still there",
    );
  }
}

/** Waits until Neutron knows of a pod's port. */
const told = (pod: TestPod): Promise<void> =>
  eventually("Neutron to know whose the port is", async () => {
    const port = await cloud.network.ports.get(await portIdOf(pod.metadata.name));
    return port.device_id === pod.metadata.uid ? true : `device_id "${port.device_id}"`;
  });

const portIdOf = async (name: string): Promise<string> =>
  (await kuryrPortApi.get({ namespace, name })).spec.interfaces[0]?.portId ?? "";

const pooled = (pool: Readonly<Record<string, string | number>>, more: ConfigChanges = {}): ConfigChanges => ({
  ...more,
  kubernetes: { vif_pool_driver: "neutron", enable_manager: "True", ...more["kubernetes"] },
  vif_pool: Object.fromEntries(Object.entries(pool).map(([name, value]) => [name, String(value)])),
});

/** Runs something with pools; afterwards there are none, and no port of theirs. */
async function withPools<T>(changes: ConfigChanges, during: () => Promise<T>): Promise<T> {
  try {
    return await withControllerConfig(changes, during);
  } finally {
    for (const { id } of await waiting()) await cloud.network.ports.delete(id);
  }
}

/** Tests that share a controller with pools. */
function poolSuite(name: string, changes: () => ConfigChanges, define: () => void): void {
  suite(name, () => {
    const over = Promise.withResolvers<void>();
    let running: Promise<void> | undefined;
    before(async () => {
      const begun = Promise.withResolvers<void>();
      running = withPools(changes(), () => {
        begun.resolve();
        return over.promise;
      });
      await Promise.race([begun.promise, running]);
    });
    after(async () => {
      over.resolve();
      await running;
    });
    define();
  });
}

const fewChanges = { ports_pool_min: 2, ports_pool_batch: 2, ports_pool_quarantine: 1, ports_pool_ttl: 0 };

poolSuite(
  "pools that hold two ports a node",
  () => pooled(fewChanges),
  () => {
    test("[row 36] a pod gets a port that waits: no write to Neutron until it is Ready, then one PUT tells whose the port is", async (t) => {
      for (const node of nodeNames) await waitingOn(node, 2);
      const { podSubnet } = topology();
      for (const port of await waiting()) assert.equal(port.fixed_ips[0]?.subnet_id, podSubnet);
      for (const name of ["first", "second"]) {
        // Pools are filled in the background, before: nothing of that falls into what is counted.
        for (const node of nodeNames) await filledTo(node, 2);
        const idle = new Set((await waiting("node1")).map((port) => port.id));
        const writes = await portWrites();
        const pod = await readyPod(name, "node1");
        const atReady = await portWrites();
        assert.equal(atReady["POST ports"], writes["POST ports"], "no port was made for the pod");
        assert.ok(idle.has(await portIdOf(name)), "the port waited before");
        await told(pod);
        await eventually("Neutron's answer", async () =>
          (await controllerMetric("kuryr_vif_pool_claims")) === 0 ? true : "not counted yet",
        );
        const after = await portWrites();
        t.diagnostic(`${name}: ${JSON.stringify({ writes, atReady, after })}`);
        assert.equal((after["PUT ports/{}"] ?? 0) - (writes["PUT ports/{}"] ?? 0), 1);
        assert.deepEqual(atReady, writes, "no write before the pod was Ready");
      }
      await remove("first", "second");
    });

    test("[row 41] a controller that is killed finds its ports again: none more, none less, and pods get them", async () => {
      await readyPod("stays", "node1");
      for (const node of nodeNames) await filledTo(node, 2);
      const before = new Set((await podPorts()).map((port) => port.id));
      await whileControllerDown(async () => undefined);
      assert.deepEqual(new Set((await podPorts()).map((port) => port.id)), before);
      const ours = (await podPorts()).filter(({ description }) => description.startsWith("kuryr:"));
      assert.equal(await controllerMetric("kuryr_ports"), ours.length);
      const writes = await portWrites();
      await readyPod("next", "node1");
      assert.ok(before.has(await portIdOf("next")), "a port of the pool of before");
      assert.equal((await portWrites())["POST ports"], writes["POST ports"]);
      await remove("stays", "next");
    });

    test("while Keystone and Neutron are away pods start from the pools and releases wait; Neutron is told of all once it is back", async (t) => {
      const early = ["early-1", "early-2"];
      for (const [index, name] of early.entries()) await told(await readyPod(name, nodeNames[index] ?? "node1"));
      for (const node of nodeNames) await filledTo(node, 2);
      for (const component of ["keystone", "neutron-api"]) await kill(component);
      const awaySince = Date.now();
      const names = ["away-1", "away-2", "away-3", "away-4"];
      try {
        const items = names.map((name, index) => demoPod(namespace, name, nodeNames[index % 2] ?? "node1"));
        await apply({ apiVersion: "v1", kind: "List", items });
        await readyPods(namespace, early.length + names.length);
        t.diagnostic(`4 pods Ready ${((Date.now() - awaySince) / 1000).toFixed(1)} s after Keystone and Neutron went`);
        await kubectl(["-n", namespace, "delete", "pod", ...early, "--now"]);
        // Longer than the pools' own patience with what they have to tell.
        await pause(Math.max(0, awaySince + outageMs - Date.now()));
        for (const name of early) {
          const { metadata } = await kuryrPortApi.get({ namespace, name });
          assert.notEqual(metadata.deletionTimestamp, undefined);
          assert.equal(metadata.finalizers?.length, 1);
        }
      } finally {
        for (const component of ["keystone", "neutron-api"]) await bringBack(component);
      }
      const backAt = Date.now();
      for (const name of early) {
        await eventually(`the KuryrPort of ${name} to go`, async () =>
          (await kuryrPortApi.find({ namespace, name })) === undefined ? true : "still there",
        );
      }
      for (const name of names) await told(await podApi.get({ namespace, name }));
      t.diagnostic(`drained and told ${((Date.now() - backAt) / 1000).toFixed(1)} s after they were back`);
      await remove(...names);
    });

    test("[row 45] people see the pools, fill and empty them by the controller's socket", async () => {
      const before = (await waiting("node1")).length;
      assert.deepEqual(await poolsCommand("populate", "node1", "--ports", "12"), { created: 12 });
      await waitingOn("node1", before + 12);
      const { pools } = (await poolsCommand("list")) as { pools: { pool: string; node: string; idle: number }[] };
      const ours = pools.find(({ node }) => node === "node1");
      assert.equal(ours?.idle, before + 12);
      const shown = (await poolsCommand("show", ours?.pool ?? "")) as {
        pools: { ports: { id: string; state: string }[] }[];
      };
      assert.deepEqual(
        new Set(shown.pools[0]?.ports.map(({ id }) => id)),
        new Set((await waiting("node1")).map(({ id }) => id)),
      );
      assert.deepEqual(await poolsCommand("free", "node1"), { deleted: before + 12 });
      await waitingOn("node1", 2);
      await assert.rejects(poolsCommand("populate", "nowhere"), /KURYR_POOL_NODE|no such node/);
    });

    test("[row 44] a port with a pool's mark that no pool can use goes; a port without our mark stays", async () => {
      const [like] = await waiting("node1");
      assert.ok(like !== undefined);
      const cluster = like.description.split(":")[1] ?? "";
      const make = (description: string, host: string): Promise<Port> =>
        cloud.network.ports.create({
          network_id: like.network_id,
          fixed_ips: [{ subnet_id: like.fixed_ips[0]?.subnet_id ?? "" }],
          device_owner: "compute:kuryr",
          "binding:host_id": host,
          description,
        });
      const strays = [
        await make(`kuryr:${cluster}:pool/0123456789abcdef/node1`, "node1"),
        await make(like.description, "node2"),
      ];
      const foreign = [
        await make("", "node1"),
        await make("kuryr:another-cluster:pool/0123456789abcdef/node1", "node1"),
      ];
      try {
        for (const { id } of strays) {
          await eventually(
            `the stray ${id} to go`,
            async () => ((await cloud.network.ports.find(id)) === undefined ? true : "still there"),
            200_000,
          );
        }
        for (const { id } of foreign) assert.notEqual(await cloud.network.ports.find(id), undefined);
      } finally {
        for (const { id } of foreign) await cloud.network.ports.delete(id);
      }
    });
  },
);

test("[row 38] ports follow ports_pool_min, _max and _batch exactly, through creation and deletion", async () => {
  const sizes = { ports_pool_min: 1, ports_pool_max: 2, ports_pool_batch: 2, ports_pool_quarantine: 0 };
  await withPools(pooled({ ...sizes, ports_pool_ttl: 0 }), async () => {
    for (const node of nodeNames) await waitingOn(node, 1);
    await told(await readyPod("one", "node1"));
    await waitingOn("node1", 2);
    await told(await readyPod("two", "node1"));
    await pause(3000);
    assert.equal((await waiting("node1")).length, 1);
    await told(await readyPod("three", "node1"));
    await waitingOn("node1", 2);
    await remove("one", "two", "three");
    await waitingOn("node1", 2);
    assert.equal((await waiting("node2")).length, 1);
    const left = (await podPorts()).filter(({ description }) => description.includes(`:pod/${namespace}/`));
    assert.deepEqual(left, []);
  });
});

test("[row 39] in a burst of 60 pods all become Ready, and at most 20 bulk requests are under way", async (t) => {
  await withPools(pooled({ ports_pool_min: 5, ports_pool_batch: 10 }), async () => {
    for (const node of nodeNames) await waitingOn(node, 5);
    const pods = Array.from({ length: 60 }, (_, i) => demoPod(namespace, `burst-${i}`, nodeNames[i % 2]));
    const done = new AbortController();
    let most = 0;
    const watched = (async () => {
      while (!done.signal.aborted) {
        most = Math.max(most, await controllerMetric("kuryr_vif_pool_bulk_requests"));
        await pause(200);
      }
    })();
    await apply({ apiVersion: "v1", kind: "List", items: pods });
    const ready = await readyPods(namespace, 60, 300_000);
    for (const node of nodeNames) await filledTo(node, 5);
    done.abort();
    await watched;
    const writes = await portWrites();
    t.diagnostic(`at most ${most} bulk requests at once; ${JSON.stringify(writes)}`);
    assert.ok(most <= 20, `${most} bulk requests`);
    assert.ok((writes["POST ports bulk"] ?? 0) > 0);
    const owners = new Map((await podPorts()).map((port) => [port.fixed_ips[0]?.ip_address, port]));
    assert.equal(new Set(ready.map((pod) => pod.status?.podIP)).size, 60);
    for (const pod of ready) assert.ok(owners.has(pod.status?.podIP));
    await clear();
  });
});

test("[row 40] with other groups a pod gets a fresh port, and not one forbidden packet passes while OVN is behind", async () => {
  const sizes = { ports_pool_min: 2, ports_pool_batch: 2, ports_pool_quarantine: 0 };
  const closed = await cloud.network.securityGroups.create({ name: "e2e-pools-closed" });
  try {
    await withPools(pooled(sizes), async () => {
      for (const node of nodeNames) await waitingOn(node, 2);
      const open = await readyPod("open", "node2");
      const peer = await readyPod("peer", "node1");
      await execIn(peer, ["ping", "-c", "1", "-W", "5", open.status?.podIP ?? ""]);
      const before = new Set((await podPorts()).map((port) => port.id));
      const groups = { neutron_defaults: { pod_security_groups: closed.id } };
      await withControllerConfig(pooled({ ...sizes, ports_pool_min: 0 }, groups), async () => {
        const answers = await whilePaused("ovn-northd", async () => {
          await apply(demoPod(namespace, "closed", "node2"));
          await eventually("its KuryrPort", async () =>
            (await kuryrPortApi.find({ namespace, name: "closed" })) === undefined ? "not yet" : true,
          );
          const { spec } = await kuryrPortApi.get({ namespace, name: "closed" });
          const [eth0] = spec.interfaces as { portId: string; addresses?: { ip: string }[] }[];
          assert.ok(!before.has(eth0?.portId ?? ""), "not a port that was made with the other groups");
          const port = await cloud.network.ports.get(eth0?.portId ?? "");
          assert.deepEqual(port.security_groups, [closed.id]);
          const target = eth0?.addresses?.[0]?.ip ?? "";
          // Goes on while OVN catches up and the pod starts.
          const pinging = execIn(peer, ["sh", "-c", `ping -i 0.2 -c 150 -W 1 ${target} || true`]);
          await pause(5000);
          const [pod] = (await podApi.list({ namespace })).items.filter(({ metadata }) => metadata.name === "closed");
          const isReady = pod?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
          assert.notEqual(isReady, true, "OVN has not programmed the port");
          return { pinging };
        });
        await kubectl(["-n", namespace, "wait", "pod/closed", "--for=condition=Ready", "--timeout=120s"]);
        assert.match(await answers.pinging, /\b0 (packets )?received/);
        await clear();
      });
    });
  } finally {
    await eventually("no port to have the group", async () => {
      const left = (await podPorts()).filter((port) => port.security_groups.includes(closed.id));
      for (const { id } of left.filter(isWaiting)) await cloud.network.ports.delete(id);
      return left.length === 0 ? true : `${left.length} have it`;
    });
    await cloud.network.securityGroups.delete(closed.id);
  }
});

test("[row 46] idle ports shrink to the minimum after their time, and the address of a pod rests", async () => {
  const sizes = { ports_pool_min: 1, ports_pool_batch: 4, ports_pool_ttl: 15, ports_pool_quarantine: 30 };
  await withPools(pooled(sizes), async () => {
    await waitingOn("node1", 1);
    const starting = readyPod("gone", "node1");
    await filledTo("node1", 4);
    const { status } = await starting;
    const address = status?.podIP;
    await remove("gone");
    const released = performance.now();
    await eventually("its address to rest", async () => {
      const resting = await controllerMetric("kuryr_vif_pool_ports", 'state="quarantined"');
      return resting === 1 ? true : `${resting} rest`;
    });
    const next: string[] = [];
    for (let i = 0; performance.now() - released < 20_000; i += 1) {
      const pod = await readyPod(`next-${i}`, "node1");
      assert.notEqual(pod.status?.podIP, address, `after ${(performance.now() - released) / 1000} s`);
      next.push(pod.metadata.name);
      if (next.length === 5) break;
    }
    await remove(...next);
    await waitingOn("node1", 1, 200_000);
  });
});
