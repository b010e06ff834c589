import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import {
  apply,
  deleteNamespace,
  demoPod,
  execIn,
  makeNamespace,
  podApi,
  podPorts,
  readyPods,
  type TestPod,
} from "../support/pods.ts";
import { eventually, kubectl, nodeNamed, onNodeRun, switchDeaths, whilePaused } from "../support/stack.ts";

const namespace = "e2e-continuity";

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));
afterEach(async () => {
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
});

const isReady = (pod: TestPod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;

interface Pinged {
  readonly sent: number;
  readonly lost: number;
  /** Most packets lost one after the other. */
  readonly gap: number;
}

/** Answers of a ping that sends ten packets a second until it is told to stop. */
async function pingWhile(from: string, ip: string, work: () => Promise<void>): Promise<Pinged> {
  const { metadata } = await podApi.get({ namespace, name: from });
  const pod = await podApi.get({ namespace, name: from });
  // SIGINT makes ping print its summary; its process id is the shell's.
  const running = execIn(pod, ["sh", "-c", `echo $$ > /tmp/ping.pid; exec ping -i 0.1 -W 2 ${ip}`]);
  running.catch(() => undefined);
  await eventually(`ping from ${metadata.name} to run`, () =>
    execIn(pod, ["sh", "-c", "test -s /tmp/ping.pid"]).then(
      () => true as const,
      () => "not yet",
    ),
  );
  try {
    await work();
  } finally {
    await execIn(pod, ["sh", "-c", "kill -INT $(cat /tmp/ping.pid)"]);
  }
  const text = await running;
  const sent = Number(/(\d+) packets transmitted/.exec(text)?.[1]);
  const answered = [...text.matchAll(/ (?:icmp_)?seq=(\d+) /g)].map((match) => Number(match[1])).sort((x, y) => x - y);
  assert.ok(sent > 0 && answered.length > 0, text.slice(-300));
  // What was sent after the last answer may still have been on its way.
  const last = answered.at(-1) ?? 0;
  const first = answered[0] ?? 0;
  const gaps = answered.slice(1).map((seq, i) => seq - (answered[i] ?? seq) - 1);
  return { sent, lost: last - first + 1 - new Set(answered).size, gap: Math.max(0, ...gaps) };
}

test("a pod with a preStop of 20 s keeps talking to its peer until its last container has ended", async () => {
  const peer = demoPod(namespace, "peer", "node2");
  // It ends when it is told, 20 s at the earliest: how long the calls of this test take decides nothing.
  const preStop = ["sh", "-c", "sleep 20; until [ -e /tmp/said-goodbye ]; do sleep 0.1; done"];
  const leaving = demoPod(namespace, "leaving", "node1", {
    terminationGracePeriodSeconds: 120,
    containers: [
      {
        name: "demo",
        image: "kuryr/demo:1",
        imagePullPolicy: "Never",
        lifecycle: { preStop: { exec: { command: preStop } } },
      },
    ],
  });
  await apply({ apiVersion: "v1", kind: "List", items: [peer, leaving] });
  const pods = await readyPods(namespace, 2);
  const [from, to] = ["leaving", "peer"].map((name) => pods.find((pod) => pod.metadata.name === name));
  assert.ok(from !== undefined && to !== undefined);
  const start = Date.now();
  await kubectl(["-n", namespace, "delete", "pod", "leaving", "--wait=false"]);
  let answers = 0;
  while (Date.now() - start < 21_000) {
    await execIn(from, ["curl", "-sf", "--max-time", "20", `http://${to.status?.podIP ?? ""}:8080/`]);
    await execIn(to, ["curl", "-sf", "--max-time", "20", `http://${from.status?.podIP ?? ""}:8080/`]);
    answers += 1;
  }
  assert.ok(answers > 3, `${answers} answers`);
  await execIn(from, ["touch", "/tmp/said-goodbye"]);
  await eventually("the pod to be gone", async () =>
    (await podApi.find({ namespace, name: "leaving" })) === undefined ? true : "still there",
  );
});

test("while northd does not program OVN an ADD waits, and no packet passes; then the pod is Ready", async () => {
  await apply(demoPod(namespace, "early", "node1"));
  await readyPods(namespace, 1);
  const node = nodeNamed("node1");
  await whilePaused("ovn-northd", async () => {
    await apply(demoPod(namespace, "waiting", "node1"));
    const { metadata } = await podApi.get({ namespace, name: "waiting" });
    // The row is in the switch, and OVN has not signed it.
    let iface = "";
    await eventually("the interface of the pod in the switch", async () => {
      const [port] = (await podPorts()).filter((one) => one.device_id === metadata.uid);
      if (port === undefined) return "no port yet";
      const { stdout } = await onNodeRun(node, [
        "ovs-vsctl",
        "--bare",
        "--columns=name",
        "find",
        "interface",
        `external_ids:iface-id=${port.id}`,
      ]);
      iface = stdout.trim();
      return iface === "" ? "not there yet" : true;
    });
    const signed = await onNodeRun(node, ["ovs-vsctl", "--if-exists", "get", "interface", iface, "external_ids"]);
    assert.doesNotMatch(signed.stdout, /ovn-installed="?true/);
    const [port] = (await podPorts()).filter((one) => one.device_id === metadata.uid);
    const [early] = await podApi.list({ namespace }).then(({ items }) => items.filter(isReady));
    assert.ok(early !== undefined && port !== undefined);
    await assert.rejects(execIn(early, ["ping", "-c", "3", "-W", "1", port.fixed_ips[0]?.ip_address ?? ""]));
    // Inside the sandbox, since the node's own kernel talks IPv6 on its end of the pair.
    const { stdout } = await onNodeRun(node, ["sh", "-c", `cat $(grep -l ${metadata.uid} /run/kuryr/attachments/*)`]);
    const { netns } = JSON.parse(stdout) as { netns: string };
    const snmp = (await onNodeRun(node, ["nsenter", `--net=${netns}`, "cat", "/proc/net/snmp"])).stdout;
    const [names = "", values = ""] = snmp.split("\n").filter((line) => line.startsWith("Ip:"));
    const received = values.split(" ")[names.split(" ").indexOf("InReceives")];
    assert.equal(received, "0", "IPv4 packets that have reached the pod");
    const pod = await podApi.get({ namespace, name: "waiting" });
    assert.equal(pod.status?.podIP, undefined);
    assert.equal(isReady(pod), false);
  });
  await readyPods(namespace, 2);
});

/** Restarts the daemons and then the controller, each as `kubectl rollout restart` does. */
async function rollOut(): Promise<void> {
  for (const object of ["daemonset/kuryr-cni", "deployment/kuryr-controller"]) {
    await kubectl(["-n", "kube-system", "rollout", "restart", object]);
    await kubectl(["-n", "kube-system", "rollout", "status", object, "--timeout=120s"]);
  }
}

test("daemon and controller rolled out anew while 50 pods come and go: no flow is disturbed, every pod is Ready", async (t) => {
  await apply({
    apiVersion: "v1",
    kind: "List",
    items: [
      demoPod(namespace, "caller", "node2"),
      demoPod(namespace, "callee", "node2"),
      demoPod(namespace, "across", "node1"),
    ],
  });
  const pods = await readyPods(namespace, 3);
  const addressOf = (name: string): string =>
    pods.find((pod) => pod.metadata.name === name)?.status?.podIP ?? `${name} has no address`;
  const measure = async (): Promise<{ within: Pinged; across: Pinged | undefined; deaths: number }> => {
    const before = switchDeaths();
    let across: Pinged | undefined;
    const within = await pingWhile("caller", addressOf("callee"), async () => {
      across = await pingWhile("across", addressOf("callee"), async () => {
        const rollout = rollOut();
        const names = Array.from({ length: 50 }, (_, i) => `r${i}`);
        for (let i = 0; i < names.length; i += 10) {
          const some = names.slice(i, i + 10);
          await apply({ apiVersion: "v1", kind: "List", items: some.map((name) => demoPod(namespace, name, "node1")) });
          await readyPods(namespace, 3 + 10, 180_000);
          await kubectl(["-n", namespace, "delete", "pod", ...some, "--now"]);
        }
        await rollout;
      });
    });
    return { within, across, deaths: switchDeaths() - before };
  };
  let measured = await measure();
  if (measured.deaths > 0) {
    t.diagnostic("a switch died of its own conntrack, with all flows: what was lost then says nothing of Kuryr");
    measured = await measure();
  }
  const { within, across } = measured;
  assert.ok(across !== undefined);
  t.diagnostic(`on the node whose daemon alone restarts: ${within.sent} packets sent, ${within.lost} lost`);
  t.diagnostic(
    `from the node where pods come and go: ${across.sent} packets sent, ${across.lost} lost, at most ${across.gap} in a row`,
  );
  assert.ok(within.sent > 50 && across.sent > 50);
  assert.equal(within.lost, 0, "packets of a flow on a switch whose ports stay");
  // The userspace switch itself drops packets while ports come and go: without any restart 4 of 351 and 3 of 360 in
  // this churn. A flow that a restart disturbs would lose them in a row, for as long as the process is away.
  assert.ok(across.gap <= 5, `${across.gap} packets in a row`);
  assert.ok(across.lost <= across.sent / 30, `${across.lost} of ${across.sent}`);
});
