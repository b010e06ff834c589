import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";

import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { at, type Place } from "../../dev/src/machine/place.ts";
import { killDaemon, startDaemon, withSecondDaemon } from "../support/daemon.ts";
import { bringControllerBack, takeControllerAway, type HandMade } from "../support/kuryr-ports.ts";
import { deleteNamespace, makeNamespace } from "../support/pods.ts";
import {
  eightAtOnce,
  type Fixture,
  plugged as pluggedOn,
  withFixture as withSandboxes,
  resultOf,
} from "../support/sandbox-fixture.ts";
import { callCni, inSandbox, removeSandbox, type CniAnswer, type Sandbox } from "../support/sandbox.ts";
import { eventually, nodeNamed, onNodeRun, whilePaused } from "../support/stack.ts";

const namespace = "e2e-daemon-verbs";
const node = nodeNamed("node1");
const withFixture = (work: (fixture: Fixture) => Promise<void>): Promise<void> => withSandboxes(namespace, node, work);

const ok = (answer: CniAnswer): CniAnswer => {
  assert.equal(answer.exitCode, 0, JSON.stringify(answer.body));
  return answer;
};

const plugged = (): ReturnType<typeof pluggedOn> => pluggedOn(node);

const config = (more: object = {}): string =>
  JSON.stringify({ cniVersion: "1.1.0", name: "kuryr", type: "kuryr-cni", ...more });

before(async () => {
  await makeNamespace(namespace);
  await takeControllerAway();
});
after(async () => {
  await bringControllerBack();
  await deleteNamespace(namespace);
});

test("[row 128] CHECK passes after ADD and fails after an address, a route, the MTU or the switch's port is gone", () =>
  withFixture(async ({ port, sandbox }) => {
    const { pod, addresses, portId } = await port();
    const one = await sandbox();
    const prevResult = ok(await callCni(one, "ADD", pod, { cniVersion: "1.1.0" })).body;
    const check = (): Promise<CniAnswer> => callCni(one, "CHECK", pod, { input: config({ prevResult }) });
    const fails = async (pattern: RegExp): Promise<void> => {
      const { exitCode, body } = await check();
      assert.equal(exitCode, 1);
      assert.match(String(body?.["msg"]), pattern);
    };
    ok(await check());
    const address = `${addresses[0] ?? ""}/16`;
    await inSandbox(one, ["ip", "address", "delete", address, "dev", "eth0"]);
    await fails(new RegExp(`KURYR_CNI_CHECK: .*eth0 has not the address ${address}.*no route to 0.0.0.0/0`));
    await inSandbox(one, ["ip", "address", "add", address, "dev", "eth0"]);
    await inSandbox(one, ["ip", "route", "add", "default", "via", "10.10.0.1"]);
    ok(await check());
    await inSandbox(one, ["ip", "route", "delete", "default"]);
    await fails(/no route to 0.0.0.0\/0 by 10.10.0.1/);
    await inSandbox(one, ["ip", "route", "add", "default", "via", "10.10.0.1"]);
    await inSandbox(one, ["ip", "link", "set", "eth0", "mtu", "1400"]);
    await fails(/eth0 has MTU 1400 and not 1442/);
    await inSandbox(one, ["ip", "link", "set", "eth0", "mtu", "1442"]);
    ok(await check());
    const other = { ...prevResult, ips: [{ interface: 1, address: "10.10.9.9/16" }] };
    const { body } = await callCni(one, "CHECK", pod, { input: config({ prevResult: other }) });
    assert.match(String(body?.["msg"]), /prevResult has not the address/);
    const tap = `tap${portId.slice(0, 11)}`;
    await onNodeRun(node, ["ovs-vsctl", "del-port", "br-int", tap]);
    await fails(new RegExp(`the switch has no interface ${tap}`));
    await onNodeRun(node, ["ip", "link", "delete", tap]);
    await fails(/the pod has no interface eth0; the node has no link tap/);
  }));

test("[row 129] GC takes away the attachments that are not listed, and leaves the listed ones", () =>
  withFixture(async ({ port, sandbox }) => {
    const before_ = await plugged();
    const [kept, forgotten] = [await port(), await port()];
    const [first, second] = [await sandbox(), await sandbox()];
    ok(await callCni(first, "ADD", kept.pod));
    ok(await callCni(second, "ADD", forgotten.pod));
    const others = (await onNodeRun(node, ["sh", "-c", "cat /run/kuryr/attachments/*.json"])).stdout
      .split("}{")
      .map((text) => /"containerId":"([^"]+)","ifName":"([^"]+)"/.exec(text))
      .filter((match) => match !== null)
      .map(([, containerID, ifname]) => ({ containerID, ifname }))
      .filter(({ containerID }) => containerID !== second.id);
    const anyone = { node, id: "", netns: "" };
    ok(await callCni(anyone, "GC", undefined, { input: config({ "cni.dev/valid-attachments": others }) }));
    const left = await plugged();
    assert.ok(left.ports.includes(`tap${kept.portId.slice(0, 11)}`));
    assert.ok(!left.ports.includes(`tap${forgotten.portId.slice(0, 11)}`));
    assert.ok(!left.links.includes(`tap${forgotten.portId.slice(0, 11)}`));
    await inSandbox(first, ["ping", "-q", "-c", "1", "-W", "5", "10.10.0.1"]);
    const refused = await callCni(anyone, "GC", undefined, { input: config() });
    assert.equal(refused.body?.["code"], 7, "without a list nothing is collected");
    ok(await callCni(first, "DEL", kept.pod));
    assert.deepEqual(await plugged(), before_);
  }));

test("[row 129] STATUS fails until the daemon is ready: while it is away, while it waits for the API, while Open vSwitch is down", async () => {
  const anyone = { node, id: "", netns: "" };
  const status = async (): Promise<{ code: unknown; text: string }> => {
    const { exitCode, body } = await callCni(anyone, "STATUS", undefined, { input: config() });
    return { code: exitCode === 0 ? 0 : body?.["code"], text: `${String(body?.["msg"])} ${String(body?.["details"])}` };
  };
  assert.equal((await status()).code, 0);
  await killDaemon(node);
  assert.equal((await status()).code, 50, "no daemon");
  await startDaemon(node);
  assert.equal((await status()).code, 0);
  const unreachable = { config: { kubernetes: { api_root: "https://127.0.0.1:1" } } };
  await withSecondDaemon(node, unreachable, async (second) => {
    const { exitCode, body } = await second.call("STATUS", JSON.parse(config()) as object);
    assert.equal(exitCode, 1);
    assert.equal(body?.["code"], 50);
    assert.match(
      String(body["msg"]),
      /^KURYR_NOT_AVAILABLE: .*KURYR_NOT_STARTED: the KuryrPorts of this node are not seen/,
    );
  });
  await whilePaused(`${node.name}/ovsdb-server`, () =>
    eventually("the daemon to notice that the switch is gone", async () => {
      const { code, text } = await status();
      return code === 51 && text.includes("Open vSwitch does not answer") ? true : `${String(code)} ${text}`;
    }),
  );
  await eventually("the daemon to notice that the switch is back", async () => {
    const { code, text } = await status();
    return code === 0 ? true : text;
  });
});

test("every version of the specification from 0.3.0 to 1.1.0 is answered in its own shape", () =>
  withFixture(async ({ port, sandbox }) => {
    const { pod, mac, addresses } = await port();
    for (const cniVersion of ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]) {
      const one = await sandbox();
      const result = resultOf(await callCni(one, "ADD", pod, { cniVersion }));
      const version = cniVersion.startsWith("0.") ? { version: "4" } : {};
      const mtu = cniVersion === "1.1.0" ? { mtu: 1442 } : {};
      assert.equal(result.cniVersion, cniVersion);
      assert.deepEqual(result.ips, [
        { ...version, interface: 1, address: `${addresses[0] ?? ""}/16`, gateway: "10.10.0.1" },
      ]);
      assert.deepEqual(result.interfaces[1], { name: "eth0", mac, ...mtu, sandbox: one.netns });
      ok(await callCni(one, "DEL", pod, { cniVersion }));
    }
  }));

test("[row 133] ADD repeated answers as before; a late DEL of an older sandbox is ignored, also by a daemon that was started since", () =>
  withFixture(async ({ port, sandbox }) => {
    const { pod } = await port();
    const [older, newer] = [await sandbox(), await sandbox()];
    const first = ok(await callCni(older, "ADD", pod));
    assert.deepEqual(await callCni(older, "ADD", pod), first);
    ok(await callCni(newer, "ADD", pod));
    const withNewer = await plugged();
    await killDaemon(node);
    await startDaemon(node);
    ok(await callCni(older, "DEL", pod));
    assert.deepEqual(await plugged(), withNewer);
    await inSandbox(newer, ["ping", "-q", "-c", "1", "-W", "5", "10.10.0.1"]);
    ok(await callCni(newer, "CHECK", pod));
  }));

test("[row 136] a namespace is found by whatever path the runtime has for it: /run, /var/run, /proc/PID", () =>
  withFixture(async ({ port, sandbox }) => {
    const { pod } = await port();
    const one = await sandbox();
    const [program = "", ...argv] = at(placeOf(node), ["nsenter", `--net=${one.netns}`, "--", "sleep", "600"]);
    const inside = spawn(program, argv, { stdio: "ignore" });
    try {
      const readlink = ["readlink", `/proc/${inside.pid ?? 0}/ns/net`];
      const wanted = (await inSandbox(one, ["readlink", "/proc/self/ns/net"])).stdout;
      await eventually("the process to be in the sandbox", async () =>
        (await onNodeRun(node, readlink, [0, 1])).stdout === wanted ? true : "not yet",
      );
      const roundTrip = async (netns: string, place?: Place): Promise<void> => {
        const options = place === undefined ? { netns } : { netns, place };
        const result = resultOf(await callCni(one, "ADD", pod, options));
        assert.equal(result.interfaces[1]?.sandbox, netns);
        ok(await callCni(one, "CHECK", pod, options));
        ok(await callCni(one, "DEL", pod, options));
        assert.equal((await inSandbox(one, ["ip", "link", "show", "dev", "eth0"], [0, 1])).stdout, "");
      };
      await roundTrip(one.netns);
      await roundTrip(`/var${one.netns}`);
      // By process: that wants SYS_PTRACE, which the manifests do not give.
      await withSecondDaemon(node, {}, (second) => roundTrip(`/proc/${inside.pid ?? 0}/ns/net`, second.place));
    } finally {
      inside.kill("SIGKILL");
    }
  }));

test("[row 137] after a restart of the node the switch has no ports of the sandboxes that were, nor the node their links", () =>
  withFixture(async ({ port, sandbox }) => {
    const before_ = await plugged();
    const [native, hybrid] = [await port(), await port({ interface: { hybridPlug: true } })];
    const [first, second] = [await sandbox(), await sandbox()];
    ok(await callCni(first, "ADD", native.pod));
    ok(await callCni(second, "ADD", hybrid.pod));
    assert.equal((await plugged()).ports.length, before_.ports.length + 2);
    // What a restart takes: the namespaces of sandboxes, and /run. The database of the switch stays on disk.
    await killDaemon(node);
    await removeSandbox(first);
    await removeSandbox(second);
    await onNodeRun(node, [
      "sh",
      "-c",
      `rm -f /run/kuryr/attachments/${first.id}-* /run/kuryr/attachments/${second.id}-*`,
    ]);
    assert.equal((await plugged()).ports.length, before_.ports.length + 2);
    await startDaemon(node);
    assert.deepEqual(await plugged(), before_);
  }));

test("[row 137] sandboxes that went while no daemon ran are forgotten at its start, and an ADD that was cut off is undone", () =>
  withFixture(async ({ port, sandbox }) => {
    const before_ = await plugged();
    const [gone, cut] = [await port(), await port()];
    const [first, second] = [await sandbox(), await sandbox()];
    ok(await callCni(first, "ADD", gone.pod));
    await whilePaused(`${node.name}/ovn-controller`, async () => {
      const unanswered = callCni(second, "ADD", cut.pod);
      const row = `tap${cut.portId.slice(0, 11)}`;
      await eventually("the port to be plugged", async () =>
        (await plugged()).ports.includes(row) ? true : "not yet",
      );
      await killDaemon(node);
      assert.equal((await unanswered).body?.["code"], 11);
    });
    await removeSandbox(first);
    await startDaemon(node);
    assert.deepEqual(await plugged(), before_);
    const kept = await onNodeRun(
      node,
      ["sh", "-c", `ls /run/kuryr/attachments | grep -E "${first.id}|${second.id}"`],
      [0, 1],
    );
    assert.equal(kept.stdout, "");
  }));

test("[row 140] 100 parallel ADDs give every sandbox its own port and no other's", () =>
  withFixture(async ({ port, sandbox }) => {
    const before_ = await plugged();
    const ports: HandMade[] = [];
    const sandboxes: Sandbox[] = [];
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    await eightAtOnce(numbers, async () => void ports.push(await port()));
    for (const _ of ports) sandboxes.push(await sandbox());
    const pairs = ports.map((one, i) => ({ ...one, sandbox: sandboxes[i] as Sandbox }));
    const answers = await Promise.all(pairs.map(({ sandbox: one, pod }) => callCni(one, "ADD", pod)));
    for (const [i, answer] of answers.entries()) {
      const { sandbox: one, mac, addresses } = pairs[i] as (typeof pairs)[number];
      const result = resultOf(answer);
      assert.deepEqual(result.interfaces[1], { name: "eth0", mac, sandbox: one.netns });
      assert.deepEqual(
        result.ips.map(({ address }) => address),
        [`${addresses[0] ?? ""}/16`],
      );
      const { stdout } = await inSandbox(one, ["ip", "-json", "-4", "address", "show", "dev", "eth0"]);
      const links = JSON.parse(stdout) as { address?: string; addr_info: { local: string }[] }[];
      assert.deepEqual(
        links.flatMap((link) => link.addr_info.map(({ local }) => local)),
        addresses,
      );
      ok(await callCni(one, "CHECK", pairs[i]?.pod));
    }
    await Promise.all(
      pairs.map(({ sandbox: one }) => inSandbox(one, ["ping", "-q", "-c", "2", "-W", "5", "10.10.0.1"])),
    );
    assert.equal((await plugged()).ports.length, before_.ports.length + 100);
    await Promise.all(pairs.map(async ({ sandbox: one, pod }) => ok(await callCni(one, "DEL", pod))));
    assert.deepEqual(await plugged(), before_);
  }));

test("[row 140] sandboxes of one pod that are added at once get its port one after the other, and the last one has it", () =>
  withFixture(async ({ port, sandbox }) => {
    const { pod, mac } = await port();
    const sandboxes: Sandbox[] = [];
    for (let i = 0; i < 5; i += 1) sandboxes.push(await sandbox());
    await Promise.all(sandboxes.map(async (one) => ok(await callCni(one, "ADD", pod))));
    const having: Sandbox[] = [];
    for (const one of sandboxes) {
      const { stdout } = await inSandbox(one, ["ip", "link", "show", "dev", "eth0"], [0, 1]);
      if (stdout.includes(mac)) having.push(one);
    }
    assert.equal(having.length, 1);
    ok(await callCni(having[0] as Sandbox, "CHECK", pod));
  }));
