import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { installation } from "@kuryr/kuryr";

import { mendControlPlane } from "../chaos/faults.ts";
import { askedBy } from "../support/audit.ts";
import {
  clusterStatus,
  controllers,
  killController,
  leadingController,
  roleOf,
  samplesOf,
  scaleControllers,
  usualControllers,
  type Controller,
} from "../support/controllers.ts";
import {
  apply,
  deleteNamespace,
  demoPod,
  execIn,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
  readyPods,
} from "../support/pods.ts";
import { bringBack, eventually, kill, kubectl } from "../support/stack.ts";

const namespace = "e2e-availability";
/** How long every controller is away. */
const awayMs = Number(process.env["KURYR_OUTAGE_SECONDS"] ?? 120) * 1000;
/** How long OpenStack is; two minutes of that are in the tests of the pools. */
const outageMs = 30_000;

before(() => makeNamespace(namespace));
after(async () => {
  await usualControllers();
  await deleteNamespace(namespace);
});
/** A test that fails must not take the next one with it. */
afterEach(async () => {
  for (const component of ["keystone", "neutron-api"]) await bringBack(component);
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--grace-period=0", "--force"]);
  await nothingLeft(namespace, 120_000);
});

const pods = (prefix: string, count: number): object[] =>
  Array.from({ length: count }, (_, i) => demoPod(namespace, `${prefix}${i}`, `node${(i % 2) + 1}`));
const make = (objects: readonly object[]): Promise<void> => apply({ apiVersion: "v1", kind: "List", items: objects });

/** Asserts that every pod has one port and one KuryrPort of its own, and that nothing else is there. */
async function assertNoneLeakedNorDoubled(count: number): Promise<void> {
  const uids = (await podApi.list({ namespace })).items.map(({ metadata }) => metadata.uid).sort();
  assert.equal(uids.length, count);
  const ours = (): Promise<string[]> =>
    podPorts().then((ports) =>
      ports.filter((port) => port.description?.includes(`:pod/${namespace}/`)).map((port) => port.device_id),
    );
  // A port whose maker died before it wrote that down is collected within two minutes.
  await eventually(
    "one port for each pod",
    async () => {
      const owners = (await ours()).sort();
      return JSON.stringify(owners) === JSON.stringify(uids) ? true : `${owners.length} ports of ${count} pods`;
    },
    150_000,
  );
  const { items } = await kuryrPortApi.list({ namespace });
  assert.deepEqual(items.map(({ spec }) => spec.podUid).sort(), uids);
}

test("[row 154] controllers elect their leader by a Lease, without a side-car", async () => {
  const lease = ["-n", installation.namespace, "get", "lease", "kuryr-controller", "-o"];
  const { pod } = await leadingController();
  assert.ok((await kubectl([...lease, "jsonpath={.spec.holderIdentity}"])).startsWith(`${pod}_`));
  const renewed = (): Promise<string> => kubectl([...lease, "jsonpath={.spec.renewTime}"]);
  const before = await renewed();
  await eventually("the Lease to be renewed", async () => ((await renewed()) === before ? "not yet" : true), 10_000);
  const containers = ["-n", installation.namespace, "get", "pod", pod, "-o", "jsonpath={.spec.containers[*].name}"];
  assert.equal(await kubectl(containers), "controller");
});

test("[row 153] scaled up and down there is always one leader, and pods start", async () => {
  const first = await leadingController();
  await scaleControllers(2);
  assert.equal((await leadingController()).pod, first.pod, "whoever comes later stands by");
  const standby = (await controllers()).find(({ pod }) => pod !== first.pod);
  assert.ok(standby !== undefined);
  assert.notEqual(standby.node, first.node);
  assert.equal(await roleOf(standby), `standby: ${first.pod} leads`);
  const { leader, standbys } = await clusterStatus();
  assert.deepEqual([leader, standbys], [first.pod, [standby.pod]]);
  assert.equal((await samplesOf(standby, "kuryr_leader")).get(""), 0);
  assert.equal((await samplesOf(first, "kuryr_leader")).get(""), 1);
  await make(pods("two", 2));
  await readyPods(namespace, 2);
  await scaleControllers(1);
  await make(pods("one", 2));
  await readyPods(namespace, 4);
});

test("[row 153] a leader killed in the middle of a burst of 60 pods has a successor within 20 s; every pod is Ready, no port is leaked or doubled", async (t) => {
  await scaleControllers(2);
  const leader = await leadingController();
  await make(pods("burst", 60));
  await eventually("some of them to have ports", async () => {
    const { length } = (await kuryrPortApi.list({ namespace })).items;
    return length >= 10 ? true : `${length}`;
  });
  const killedAt = performance.now();
  await killController(leader);
  const next = await leadingController(leader.pod);
  const took = (performance.now() - killedAt) / 1000;
  t.diagnostic(`successor ${next.pod} after ${took.toFixed(1)} s`);
  assert.ok(took < 20, `${took} s`);
  await readyPods(namespace, 60, 240_000);
  await assertNoneLeakedNorDoubled(60);
});

test("[row 153] a leader that is asked to go hands over within 5 s", async (t) => {
  await scaleControllers(2);
  const leader = await leadingController();
  await make(pods("handed", 10));
  const askedAt = performance.now();
  await kubectl(["-n", installation.namespace, "delete", "pod", leader.pod, "--wait=false"]);
  await leadingController(leader.pod);
  const took = (performance.now() - askedAt) / 1000;
  t.diagnostic(`after ${took.toFixed(1)} s`);
  assert.ok(took < 5, `${took} s`);
  await readyPods(namespace, 10);
  await scaleControllers(2);
  await assertNoneLeakedNorDoubled(10);
});

const isWrite = (labels: string): boolean =>
  /operation="(POST|PUT|PATCH|DELETE) (?!v3\/auth)/.test(labels) ||
  (/verb="(create|update|patch|delete)"/.test(labels) &&
    !/resource="(leases\.coordination\.k8s\.io|events)"/.test(labels));

/** Writes that a controller has been answered, by its own accounts; tokens, the Lease and Events aside. */
async function writesOf(controller: Controller): Promise<number> {
  let sum = 0;
  for (const name of ["kuryr_openstack_requests_total", "kuryr_kubernetes_requests_total"])
    for (const [labels, count] of await samplesOf(controller, name)) if (isWrite(labels)) sum += count;
  return sum;
}

test("[row 155] a leader paused for longer than its Lease starts no write when it goes on, and stands by", async (t) => {
  await scaleControllers(2);
  const leader = await leadingController();
  await make(pods("before", 4));
  await readyPods(namespace, 4);
  // Idle, so that the accounts are complete.
  const before = await writesOf(leader);
  assert.ok(before > 0);
  process.kill(leader.pid, "SIGSTOP");
  let resumedAt = "";
  try {
    await make(pods("meanwhile", 10));
    await kubectl(["-n", namespace, "delete", "pod", "before0", "before1", "--now"]);
    await leadingController(leader.pod);
    // What the leader will find to do when it goes on.
    await make(pods("more", 6));
  } finally {
    resumedAt = new Date().toISOString();
    process.kill(leader.pid, "SIGCONT");
  }
  await eventually("the old leader to stand by", async () => {
    const role = await roleOf(leader);
    return role.startsWith("standby: kuryr-controller-") ? true : role;
  });
  await readyPods(namespace, 18);
  assert.equal(await writesOf(leader), before);
  const refused = await samplesOf(leader, "kuryr_fenced_requests_total");
  t.diagnostic(`writes refused: ${[...refused].map(([labels, count]) => `${labels} ${count}`).join(", ")}`);
  const account = `system:serviceaccount:${installation.namespace}:${installation.controller}`;
  const written = askedBy(account, installation.controller).filter(
    ({ verb, user, objectRef, requestReceivedTimestamp }) =>
      user.extra?.["authentication.kubernetes.io/pod-name"]?.[0] === leader.pod &&
      requestReceivedTimestamp > resumedAt &&
      !["get", "list", "watch"].includes(verb) &&
      objectRef?.resource !== "leases",
  );
  assert.deepEqual(
    written.map(({ verb, requestURI }) => `${verb} ${requestURI}`),
    [],
  );
  await assertNoneLeakedNorDoubled(18);
});

test("an API server that is away for longer than the Lease costs no controller its process; pods start when it is back", async () => {
  await scaleControllers(2);
  const restarts = (): Promise<string> =>
    kubectl([
      "-n",
      installation.namespace,
      "get",
      "pods",
      "-l",
      `name=${installation.controller}`,
      "-o",
      "jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].restartCount}{'\\n'}{end}",
    ]);
  const before = await restarts();
  const running = await controllers();
  await kill("kube-apiserver");
  try {
    await eventually("both controllers to stand by", async () => {
      const roles = await Promise.all(running.map(roleOf));
      return roles.every((role) => role.startsWith("standby")) ? true : roles.join("; ");
    });
  } finally {
    await bringBack("kube-apiserver");
    await mendControlPlane();
  }
  await leadingController();
  await make(pods("back", 4));
  await readyPods(namespace, 4);
  assert.equal(await restarts(), before);
});

/** Asserts that two pods reach each other all the while. */
async function talking(work: () => Promise<void>): Promise<number> {
  const [from, to] = await Promise.all(["talks0", "talks1"].map((name) => podApi.get({ namespace, name })));
  assert.ok(from !== undefined && to !== undefined);
  const over = new AbortController();
  let answers = 0;
  const talk = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      // Longer than a switch needs that died of its own conntrack.
      await execIn(from, ["curl", "-sf", "--max-time", "20", `http://${to.status?.podIP ?? ""}:8080/`]);
      answers += 1;
      await pause(500);
    }
  })();
  talk.catch(() => undefined);
  try {
    await work();
  } finally {
    over.abort();
    await talk;
  }
  return answers;
}

test("while every controller is down traffic flows and pods can be deleted; those that wait are Ready within 30 s of the return", async (t) => {
  await scaleControllers(2);
  await make([...pods("talks", 2), ...pods("goes", 4)]);
  await readyPods(namespace, 6);
  let returnedAt = 0;
  const answers = await talking(async () => {
    const running = await controllers();
    for (const { pid } of running) process.kill(pid, "SIGSTOP");
    await kubectl(["-n", installation.namespace, "scale", `deployment/${installation.controller}`, "--replicas=0"]);
    for (const one of running) await killController(one);
    const downSince = Date.now();
    await kubectl(["-n", namespace, "delete", "pod", "goes0", "goes1", "goes2", "goes3", "--timeout=30s"]);
    await make(pods("waits", 4));
    assert.equal((await kuryrPortApi.list({ namespace })).items.length, 6);
    await pause(Math.max(0, downSince + awayMs - Date.now()));
    returnedAt = performance.now();
    await kubectl(["-n", installation.namespace, "scale", `deployment/${installation.controller}`, "--replicas=2"]);
    await readyPods(namespace, 6);
  });
  const took = (performance.now() - returnedAt) / 1000;
  t.diagnostic(`Ready after ${took.toFixed(1)} s; ${answers} answers meanwhile`);
  assert.ok(took < 30, `${took} s`);
  assert.ok(answers > awayMs / 5000);
  await scaleControllers(2);
  await assertNoneLeakedNorDoubled(6);
});

test("while Keystone and Neutron are away releases wait, through the death of the controller too, and drain when they are back", async (t) => {
  await scaleControllers(2);
  await make(pods("goes", 20));
  await readyPods(namespace, 20, 180_000);
  for (const component of ["keystone", "neutron-api"]) await kill(component);
  const awaySince = Date.now();
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--timeout=60s"]);
  const journal = async (): Promise<number> =>
    (await kuryrPortApi.list({ namespace })).items.filter(({ metadata }) => (metadata.finalizers ?? []).length > 0)
      .length;
  assert.equal(await journal(), 20);
  await make(pods("waits", 4));
  const leader = await leadingController();
  await eventually("the releases to be counted", async () => {
    const count = (await samplesOf(leader, "kuryr_releases_waiting")).get("");
    return (count ?? 0) >= 20 ? true : String(count);
  });
  await eventually("kuryrctl to say so", async () => {
    const { releasesWaiting } = (await clusterStatus()).counts;
    return releasesWaiting >= 20 ? true : String(releasesWaiting);
  });
  await killController(leader);
  const next = await leadingController(leader.pod);
  assert.ok(((await samplesOf(next, "kuryr_releases_waiting")).get("") ?? 0) >= 20);
  await pause(Math.max(0, awaySince + outageMs - Date.now()));
  const backAt = performance.now();
  for (const component of ["keystone", "neutron-api"]) await bringBack(component);
  await eventually("the releases to drain", async () => {
    const left = (await kuryrPortApi.list({ namespace })).items.filter(({ metadata }) =>
      metadata.name.startsWith("goes"),
    );
    return left.length === 0 ? true : `${left.length} left`;
  });
  await readyPods(namespace, 4);
  t.diagnostic(`drained, and Ready, after ${((performance.now() - backAt) / 1000).toFixed(1)} s`);
  await scaleControllers(2);
  await assertNoneLeakedNorDoubled(4);
});
