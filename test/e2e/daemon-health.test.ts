import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import {
  daemonLog,
  daemonMetrics,
  daemonPid,
  daemonProbe,
  sample,
  withSecondDaemon,
  type Answer,
} from "../support/daemon.ts";
import {
  bringControllerBack,
  handMadePort,
  removeHandMade,
  takeControllerAway,
  type HandMade,
} from "../support/kuryr-ports.ts";
import { deleteNamespace, makeNamespace } from "../support/pods.ts";
import { callCni, makeSandbox, removeSandbox, type Sandbox } from "../support/sandbox.ts";
import { eventually, nodeNamed, pidOf, whilePaused } from "../support/stack.ts";

const namespace = "e2e-daemon-health";
const node = nodeNamed("node1");

/** Waits for an answer of a probe; the checks behind it run every few seconds. */
function answers(what: string, probe: () => Promise<Answer>, status: number, pattern: RegExp): Promise<void> {
  return eventually(
    what,
    async () => {
      const answer = await probe();
      return answer.status === status && pattern.test(answer.body) ? true : `${answer.status} ${answer.body}`;
    },
    30_000,
  );
}

/** Waits until the daemon has looked at everything once more: then it takes what its process has used. */
async function looked(): Promise<void> {
  const used = async (): Promise<number> => sample(await daemonMetrics(node), "process_cpu_seconds_total");
  const before = await used();
  await eventually("another look", async () => ((await used()) > before ? true : "none yet"), 30_000);
}

before(async () => {
  await makeNamespace(namespace);
  await takeControllerAway();
});
after(async () => {
  await bringControllerBack();
  await deleteNamespace(namespace);
});

test("[row 141] a daemon that works answers 200 on /ready and /alive", async () => {
  await answers("/ready", () => daemonProbe(node, "/ready"), 200, /^ok$/m);
  await answers("/alive", () => daemonProbe(node, "/alive"), 200, /^ok$/m);
  assert.equal((await daemonProbe(node, "/other")).status, 404);
});

test("[row 142] a daemon without NET_ADMIN or SYS_ADMIN is not ready and says which it lacks; STATUS is 50", async () => {
  for (const [capability, name] of [
    ["net_admin", "NET_ADMIN"],
    ["sys_admin", "SYS_ADMIN"],
  ] as const) {
    await withSecondDaemon(node, { without: [capability] }, async (second) => {
      await answers(`no ${name}`, () => second.probe("/ready"), 500, new RegExp(`^KURYR_CAPABILITY: .*${name}`));
      const { exitCode, body } = await second.call("STATUS", { cniVersion: "1.1.0", name: "kuryr", type: "kuryr-cni" });
      assert.equal(exitCode, 1);
      assert.equal(body?.["code"], 50, JSON.stringify(body));
      assert.match(String(body["msg"]), new RegExp(name));
    });
  }
});

test("[row 143] a daemon that cannot reach the pods' network namespaces is not alive; a file that was left over is no reason", async () => {
  // What a mount of /run/netns without propagation looks like; beside it something that was left over.
  const sandbox = await makeSandbox(node);
  try {
    // Process 1 of this machine is none of the node's.
    const nodeProcess = `/proc/${pidOf(`${node.name}/containerd`)}`;
    const proc = "/run/kuryr/proc";
    const mounts = [
      `mkdir -p ${proc}/1`,
      ...["ns", "mountinfo"].map((file) => `ln -s ${nodeProcess}/${file} ${proc}/1/${file}`),
      "mount -t tmpfs second /run/netns",
      `touch ${sandbox.netns} /run/netns/cni-left-over`,
    ];
    const config = { cni_daemon: { docker_mode: "true", netns_proc_dir: proc } };
    await withSecondDaemon(node, { mounts, config }, async (second) => {
      const alive = (): Promise<Answer> => second.probe("/alive");
      await answers("plain files", alive, 500, /^KURYR_NETNS_ACCESS: .*plain files/m);
      await second.run(["rm", sandbox.netns]);
      await answers("what is left over alone", alive, 200, /^ok$/m);
    });
  } finally {
    await removeSandbox(sandbox);
  }
  await withSecondDaemon(node, { without: ["sys_admin"] }, (second) =>
    answers("no entering", () => second.probe("/alive"), 500, /^KURYR_NETNS_ACCESS: no network namespace can be/m),
  );
  const elsewhere = { cni_daemon: { docker_mode: "true", netns_proc_dir: "/host_proc" } };
  await withSecondDaemon(node, { config: elsewhere }, (second) =>
    answers("no /proc", () => second.probe("/alive"), 500, /^KURYR_NETNS_ACCESS: .*\/host_proc/m),
  );
});

test("[row 144] while the Kubernetes API is blocked the daemon is not ready, and alive; then it is ready again", async () => {
  const pid = daemonPid(node);
  await whilePaused("kube-apiserver", async () => {
    await answers("/ready", () => daemonProbe(node, "/ready"), 500, /^KURYR_KUBERNETES_UNREACHABLE: /m);
    assert.equal((await daemonProbe(node, "/alive")).status, 200);
  });
  await answers("/ready again", () => daemonProbe(node, "/ready"), 200, /^ok$/m);
  assert.equal(daemonPid(node), pid, "the daemon was not started anew");
});

test("[row 145] three ADDs that fail in a row make the daemon not alive unless one pod alone fails; one that succeeds makes it so again", async () => {
  const made: HandMade[] = [];
  const sandboxes: Sandbox[] = [];
  try {
    const noBridge = { interface: { bridge: "br-missing" } };
    const broken = await handMadePort(namespace, "broken", node, noBridge);
    const other = await handMadePort(namespace, "broken-too", node, noBridge);
    const good = await handMadePort(namespace, "good", node);
    made.push(broken, other, good);
    const add = async (one: HandMade): Promise<unknown> => {
      const sandbox = await makeSandbox(node);
      sandboxes.push(sandbox);
      const { exitCode, body } = await callCni(sandbox, "ADD", one.pod);
      await callCni(sandbox, "DEL", one.pod);
      return exitCode === 0 ? "added" : String(body?.["msg"]).split(":")[0];
    };
    const [added, refused] = ["added", "OVSDB_NO_BRIDGE"];
    const alive = (status: number): Promise<void> =>
      answers(
        "/alive",
        () => daemonProbe(node, "/alive"),
        status,
        status === 200 ? /^ok$/m : /^KURYR_ADD_FAILURES: 3 ADDs/m,
      );
    assert.deepEqual([await add(broken), await add(other), await add(good)], [refused, refused, added]);
    assert.deepEqual([await add(broken), await add(other)], [refused, refused]);
    assert.equal((await daemonProbe(node, "/alive")).status, 200, "a success in between begins anew");
    assert.equal(await add(broken), refused);
    await alive(500);
    assert.equal(await add(good), added);
    await alive(200);
    for (let times = 0; times < 4; times += 1) assert.equal(await add(broken), refused);
    await looked();
    await looked();
    assert.equal((await daemonProbe(node, "/alive")).status, 200, "one pod alone is no reason");
    assert.equal(await add(good), added);
  } finally {
    for (const one of sandboxes) await removeSandbox(one);
    for (const one of made) await removeHandMade(one);
  }
});

test("[row 146] a daemon over its memory limit is not alive, and says what it uses", async () => {
  const limited = (max_memory_usage: number) => ({ config: { cni_health_server: { max_memory_usage } } });
  await withSecondDaemon(node, limited(1), (second) =>
    answers("over", () => second.probe("/alive"), 500, /^KURYR_MEMORY: \d+ MiB are used .* is 1 MiB$/m),
  );
  await withSecondDaemon(node, limited(1_000_000), (second) =>
    answers("within", () => second.probe("/alive"), 200, /^ok$/m),
  );
});

test("the daemon's metrics tell of each call, of the phases of an ADD and of the process; its log keeps no secret", async () => {
  const counted = 'kuryr_cni_request_duration_seconds_count{command="ADD",error="false"}';
  const failed = 'kuryr_cni_request_duration_seconds_count{command="ADD",error="true"}';
  const earlier = await daemonMetrics(node);
  {
    const made = await handMadePort(namespace, "counted", node);
    const sandbox = await makeSandbox(node);
    try {
      assert.equal((await callCni(sandbox, "ADD", made.pod)).exitCode, 0);
      await callCni(sandbox, "DEL", made.pod);
      assert.equal((await callCni(sandbox, "ADD", undefined)).exitCode, 1);
    } finally {
      await removeSandbox(sandbox);
      await removeHandMade(made);
    }
  }
  const later = await daemonMetrics(node);
  assert.equal(sample(later, counted), sample(earlier, counted) + 1);
  assert.equal(sample(later, failed), sample(earlier, failed) + 1);
  for (const phase of ["wait", "netns", "ovsdb", "installed", "total"])
    assert.ok(sample(later, `kuryr_cni_add_phase_seconds_count{phase="${phase}"}`) >= 1, phase);
  assert.ok(sample(later, "process_resident_memory_bytes") > 10_000_000);
  assert.match(later, /^kuryr_kubernetes_request_duration_seconds_count\{verb="watch",resource="kuryrports/m);
  assert.match(later, /^kuryr_event_loop_lag_seconds\{percentile="99"\} [\d.]+$/m);
  // A bearer token is three parts of base64url, and the second of a service account begins so.
  assert.doesNotMatch(daemonLog(node), /eyJ[\w-]+\.eyJ[\w-]+\./);
});
