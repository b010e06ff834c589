import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";

import { topology } from "../../dev/src/cloud/topology.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { placeOf } from "../../dev/src/machine/namespaces.ts";
import { at } from "../../dev/src/machine/place.ts";
import { withSecondDaemon } from "../support/daemon.ts";
import { bringControllerBack, takeControllerAway, type HandMadeOptions } from "../support/kuryr-ports.ts";
import { cloud, deleteNamespace, kuryrPortApi, makeNamespace } from "../support/pods.ts";
import { plugged, resultOf, withFixture } from "../support/sandbox-fixture.ts";
import { callCni, inSandbox, type CniAnswer, type Sandbox } from "../support/sandbox.ts";
import { eventually, kubectl, nodeNamed, onNodeRun } from "../support/stack.ts";

const namespace = "e2e-daemon-network";
const node = nodeNamed("node1");
const made: { network?: string; subnets: string[] } = { subnets: [] };

interface Route {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev: string;
}

const ok = (answer: CniAnswer): CniAnswer => {
  assert.equal(answer.exitCode, 0, JSON.stringify(answer.body));
  return answer;
};

async function routes(sandbox: Sandbox, family: "-4" | "-6"): Promise<Route[]> {
  return JSON.parse((await inSandbox(sandbox, ["ip", "-json", family, "route", "show"])).stdout) as Route[];
}

const hostRoutes = [{ destination: "192.0.2.0/24", nextHop: "10.77.0.99" }];
const nameservers = ["10.77.0.53", "fd77::53"];

/** The two subnets of the test's own network, as a KuryrPort tells of them. */
const v4 = () => ({
  id: made.subnets[0] ?? "",
  prefixLength: 24,
  gateway: "10.77.0.1",
  routes: hostRoutes,
  nameservers: nameservers.slice(0, 1),
});
const v6 = () => ({
  id: made.subnets[1] ?? "",
  prefixLength: 64,
  gateway: "fd77::1",
  nameservers: nameservers.slice(1),
});
const on = (...subnets: NonNullable<HandMadeOptions["subnets"]>): HandMadeOptions => ({
  network: made.network ?? "",
  subnets,
});

before(async () => {
  await makeNamespace(namespace);
  await takeControllerAway();
  const { router } = topology();
  const network = await cloud.network.networks.create({ name: namespace });
  made.network = network.id;
  const four = await cloud.network.subnets.create({
    network_id: network.id,
    ip_version: 4,
    cidr: "10.77.0.0/24",
    gateway_ip: "10.77.0.1",
    enable_dhcp: false,
    host_routes: hostRoutes.map(({ destination, nextHop }) => ({ destination, nexthop: nextHop })),
    dns_nameservers: nameservers.slice(0, 1),
  });
  const six = await cloud.network.subnets.create({
    network_id: network.id,
    ip_version: 6,
    cidr: "fd77::/64",
    gateway_ip: "fd77::1",
    enable_dhcp: false,
    dns_nameservers: nameservers.slice(1),
  });
  made.subnets.push(four.id, six.id);
  for (const subnet_id of made.subnets) await cloud.network.routers.addInterface(router, { subnet_id });
});

after(async () => {
  await bringControllerBack();
  const { router } = topology();
  for (const subnet_id of made.subnets) await cloud.network.routers.removeInterface(router, { subnet_id });
  if (made.network !== undefined) await cloud.network.networks.delete(made.network);
  await deleteNamespace(namespace);
});

test("[row 16] a subnet's host routes, gateway and DNS servers are in the pod and in the result", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const { pod } = await port(on(v4()));
    const one = await sandbox();
    const result = resultOf(await callCni(one, "ADD", pod));
    const there = await routes(one, "-4");
    const has = (dst: string, gateway: string): void =>
      assert.ok(
        there.some((route) => route.dst === dst && route.gateway === gateway && route.dev === "eth0"),
        JSON.stringify(there),
      );
    has("default", "10.77.0.1");
    has("192.0.2.0/24", "10.77.0.99");
    assert.deepEqual(result.routes, [
      { dst: "0.0.0.0/0", gw: "10.77.0.1" },
      { dst: "192.0.2.0/24", gw: "10.77.0.99" },
    ]);
    assert.deepEqual(result.dns, { nameservers: ["10.77.0.53"] });
    await inSandbox(one, ["ping", "-q", "-c", "1", "-W", "5", "10.77.0.1"]);
    ok(await callCni(one, "CHECK", pod));
  }));

test("[row 17] a pod of an IPv6 subnet alone has a global address and a default route, and reaches its gateway and others", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const [first, second] = [await port(on(v6())), await port(on(v6()))];
    const [one, other] = [await sandbox(), await sandbox()];
    // Container runtimes switch IPv6 off in sandboxes that they make.
    await inSandbox(one, ["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"]);
    const result = resultOf(await callCni(one, "ADD", first.pod));
    ok(await callCni(other, "ADD", second.pod));
    const { stdout } = await inSandbox(one, ["ip", "-json", "-6", "address", "show", "dev", "eth0", "scope", "global"]);
    const [link] = JSON.parse(stdout) as { addr_info: { local?: string; tentative?: boolean }[] }[];
    assert.deepEqual(
      // ip leaves empty objects for what it filtered out.
      link?.addr_info.filter(({ local }) => local !== undefined).map(({ local, tentative }) => ({ local, tentative })),
      [{ local: first.addresses[0], tentative: undefined }],
    );
    assert.ok((await routes(one, "-6")).some(({ dst, gateway }) => dst === "default" && gateway === "fd77::1"));
    assert.deepEqual(result.routes, [{ dst: "::/0", gw: "fd77::1" }]);
    assert.deepEqual(result.dns, { nameservers: ["fd77::53"] });
    assert.equal((await routes(one, "-4")).length, 0);
    for (const address of ["fd77::1", second.addresses[0] ?? ""])
      await inSandbox(one, ["ping", "-q", "-c", "1", "-W", "5", address]);
    ok(await callCni(one, "CHECK", first.pod));
  }));

/** What a sandbox has in mind of an earlier pod with an address: it does not ask again for a while. */
const rememberAnother = (sandbox: Sandbox, address: string) =>
  inSandbox(sandbox, `ip neighbour replace ${address} lladdr 02:00:00:00:00:99 dev eth0 nud reachable`.split(" "));

test("[row 139] the first packet after ADD is not lost over IPv4 nor IPv6, loopback is up, and neighbours see the MAC", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const [peerPort, ...ports] = [await port(on(v4(), v6())), await port(on(v4(), v6())), await port(on(v4(), v6()))];
    const peer = await sandbox();
    ok(await callCni(peer, "ADD", peerPort.pod));
    for (const one of ports) {
      const fresh = await sandbox();
      ok(await callCni(fresh, "ADD", one.pod));
      // One packet each, at once: no duplicate address detection holds the address back, no neighbour is unknown.
      for (const address of peerPort.addresses)
        await inSandbox(fresh, ["ping", "-q", "-c", "1", "-W", "5", address]).catch((error: unknown) => {
          throw new Error(`the first packet to ${address} was lost`, { cause: error });
        });
      const loopback = await inSandbox(fresh, ["ip", "-json", "link", "show", "dev", "lo"]);
      assert.ok((JSON.parse(loopback.stdout) as { flags: string[] }[])[0]?.flags.includes("UP"));
      for (const address of one.addresses) {
        await inSandbox(peer, ["ping", "-q", "-c", "1", "-W", "5", address]);
        const { stdout } = await inSandbox(peer, ["ip", "neighbour", "show", address]);
        assert.match(stdout, new RegExp(`lladdr ${one.mac} `));
      }
    }
  }));

const activate = (name: string, ...portIds: string[]): Promise<string> =>
  kubectl([
    "-n",
    namespace,
    "patch",
    "kuryrport",
    name,
    "--subresource=status",
    "--type=merge",
    "-p",
    JSON.stringify({ status: { activeInterfaces: portIds } }),
  ]);

test("[row 139] where the backend does not answer for addresses, ADD waits for the port to be ACTIVE and announces the MAC to neighbours", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const [peerPort, moved] = [
      await port(on(v4(), v6())),
      await port({ ...on(v4(), v6()), interface: { readiness: "active" } }),
    ];
    const [peer, fresh] = [await sandbox(), await sandbox()];
    ok(await callCni(peer, "ADD", peerPort.pod));
    for (const address of moved.addresses) await rememberAnother(peer, address);
    let answered = false;
    const adding = callCni(fresh, "ADD", moved.pod).finally(() => {
      answered = true;
    });
    await eventually("the port to be ACTIVE in Neutron", async () => {
      const { status } = await cloud.network.ports.get(moved.portId);
      return status === "ACTIVE" ? true : status;
    });
    assert.equal(answered, false, "ADD returned before the KuryrPort said that the port is ACTIVE");
    await activate(moved.pod.name, moved.portId);
    ok(await adding);
    for (const address of moved.addresses) {
      await eventually(`the peer to learn the MAC of ${address}`, async () => {
        const { stdout } = await inSandbox(peer, ["ip", "neighbour", "show", address]);
        return stdout.includes(moved.mac) ? true : stdout;
      });
    }
    ok(await callCni(fresh, "DEL", moved.pod));
    // What the controller has said stays when the daemon writes its part.
    ok(await callCni(fresh, "ADD", moved.pod));
    const { status } = await kuryrPortApi.get(moved.pod);
    await eventually("the daemon's status beside the controller's", async () => {
      const now = (await kuryrPortApi.get(moved.pod)).status as Record<string, unknown> | undefined;
      return now?.["attachment"] !== undefined &&
        JSON.stringify(now["activeInterfaces"]) === JSON.stringify([moved.portId])
        ? true
        : JSON.stringify(now ?? status);
    });
  }));

test("[row 24] with hybrid plug the pod is in a bridge of its own, qbr, which a pair qvb and qvo joins to br-int; security groups hold", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    const before_ = await plugged(node);
    const { baseIngressGroup, baseEgressGroup } = topology();
    const hybrid = await port({ interface: { hybridPlug: true } });
    const native = await port();
    const [one, peer] = [await sandbox(), await sandbox()];
    const result = resultOf(await callCni(one, "ADD", hybrid.pod));
    ok(await callCni(peer, "ADD", native.pod));
    const short = hybrid.portId.slice(0, 11);
    assert.equal(result.interfaces[0]?.name, `tap${short}`);
    const masters = JSON.parse(
      (await onNodeRun(node, ["ip", "-json", "link", "show", "master", `qbr${short}`])).stdout,
    ) as {
      ifname: string;
      mtu: number;
    }[];
    assert.deepEqual(
      masters.map(({ ifname, mtu }) => ({ ifname, mtu })).sort((a, b) => (a.ifname < b.ifname ? -1 : 1)),
      [
        { ifname: `qvb${short}`, mtu: 1442 },
        { ifname: `tap${short}`, mtu: 1442 },
      ],
    );
    const bridge = await onNodeRun(node, ["ovs-vsctl", "iface-to-br", `qvo${short}`]);
    assert.equal(bridge.stdout.trim(), "br-int");
    const id = await onNodeRun(node, ["ovs-vsctl", "get", "interface", `qvo${short}`, "external_ids:iface-id"]);
    assert.equal(JSON.parse(id.stdout), hybrid.portId);
    const reach = (): Promise<boolean> =>
      inSandbox(peer, ["ping", "-q", "-c", "1", "-W", "2", hybrid.addresses[0] ?? ""], [0, 1]).then(
        ({ code }) => code === 0,
      );
    await inSandbox(one, ["ping", "-q", "-c", "1", "-W", "5", native.addresses[0] ?? ""]);
    assert.equal(await reach(), true);
    await cloud.network.ports.update(hybrid.portId, { security_groups: [baseEgressGroup] });
    await eventually("the group to be gone", async () => ((await reach()) ? "it still answers" : true));
    await cloud.network.ports.update(hybrid.portId, { security_groups: [baseIngressGroup, baseEgressGroup] });
    await eventually("the group to be back", async () => ((await reach()) ? true : "no answer"));
    ok(await callCni(one, "CHECK", hybrid.pod));
    ok(await callCni(one, "DEL", hybrid.pod));
    ok(await callCni(peer, "DEL", native.pod));
    assert.deepEqual(await plugged(node), before_);
  }));

test("hostPort works with the portmap plugin chained after Kuryr's; the daemon writes the configuration that chains it", () =>
  withFixture(namespace, node, async ({ port, sandbox }) => {
    await withSecondDaemon(node, { config: { cni_daemon: { chained_plugins: "portmap" } } }, async (second) => {
      let text = "";
      await eventually("the configuration", async () => {
        text = await second.run(["sh", "-c", "cat /etc/cni/net.d/10-kuryr.conflist || true"]);
        return text === "" ? "not written yet" : true;
      });
      const { plugins } = JSON.parse(text) as { plugins: { type: string; capabilities?: object }[] };
      assert.deepEqual(
        plugins.map(({ type }) => type),
        ["kuryr-cni", "portmap"],
      );
      assert.deepEqual(plugins[1]?.capabilities, { portMappings: true });
      const { pod } = await port();
      const one = await sandbox();
      const prevResult = ok(await callCni(one, "ADD", pod)).body;
      const portMappings = [{ hostPort: 18_080, containerPort: 8080, protocol: "tcp" }];
      const portmap = (command: string) =>
        run(["/usr/lib/cni/portmap"], {
          place: placeOf(node),
          env: {
            CNI_COMMAND: command,
            CNI_CONTAINERID: one.id,
            CNI_NETNS: one.netns,
            CNI_IFNAME: "eth0",
            CNI_PATH: "/usr/lib/cni",
          },
          input: JSON.stringify({
            cniVersion: "1.0.0",
            name: "kuryr",
            ...plugins[1],
            runtimeConfig: { portMappings },
            prevResult,
          }),
        });
      await portmap("ADD");
      const script = 'require("node:http").createServer((_, answer) => answer.end("from the pod\\n")).listen(8080)';
      const [program = "", ...argv] = at(placeOf(node), [
        "nsenter",
        `--net=${one.netns}`,
        "--",
        process.execPath,
        "-e",
        script,
      ]);
      const server = spawn(program, argv, { stdio: "ignore" });
      try {
        await eventually("the node's port to lead to the pod", async () => {
          const url = `http://${node.podNetworkAddress}:18080/`;
          const { stdout } = await onNodeRun(node, ["curl", "-s", "--max-time", "2", url], [0, 7, 28]);
          return stdout === "from the pod\n" ? true : stdout || "no answer";
        });
      } finally {
        server.kill("SIGKILL");
        await portmap("DEL");
      }
    });
  }));
