/** Runs inside a node's namespaces: times CNI ADD of Kuryr, of the bridge plugin, and the floor under both. */
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

import { deleteLinks, openNetlink, openNetns, plumbPod } from "@kuryr/netlink";
import { connectOvsdb, openSwitch } from "@kuryr/ovsdb";

interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

interface Job {
  readonly rounds: number;
  readonly parallel: number;
  readonly pods: readonly PodRef[];
  /** Neutron ports bound to this node that nobody else uses. */
  readonly ports: readonly { readonly id: string; readonly mac: string; readonly ip: string }[];
  readonly gateway: string;
  readonly bridgeConfig: string;
  /** The compiled `time-plugin.c`. */
  readonly timer: string;
}

const job = JSON.parse(readFileSync(0, "utf8")) as Job;

interface Sandbox {
  readonly id: string;
  readonly path: string;
}

function makeSandbox(): Sandbox {
  const id = randomBytes(32).toString("hex");
  execFileSync("ip", ["netns", "add", `bench-${id.slice(0, 10)}`]);
  return { id, path: `/run/netns/bench-${id.slice(0, 10)}` };
}

function removeSandbox({ path }: Sandbox): void {
  execFileSync("ip", ["netns", "delete", path.slice("/run/netns/".length)]);
}

/** Calls a plugin as the runtime does and gives the milliseconds from its start to its end. */
function callPlugin(plugin: string, command: string, sandbox: Sandbox, config: string, pod: PodRef): Promise<number> {
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    CNI_COMMAND: command,
    CNI_CONTAINERID: sandbox.id,
    CNI_NETNS: sandbox.path,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin",
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name};K8S_POD_UID=${pod.uid}`,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(job.timer, [`/opt/cni/bin/${plugin}`], { env, stdio: ["pipe", "pipe", "inherit", "pipe"] });
    const texts = ["", ""];
    const collect = (index: number, stream: Readable | null): void => {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        texts[index] += text;
      });
    };
    const [input, output, , measured] = child.stdio;
    collect(0, output);
    collect(1, measured as Readable);
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Number(texts[1]) / 1000);
      else reject(new Error(`${plugin} ${command} ended with ${code}: ${texts[0]}`));
    });
    input?.on("error", () => undefined); // VERSION reads nothing.
    input?.end(config);
  });
}

/** Long enough for the daemon to tell several times how it was held up meanwhile. */
const aloneMs = 40_000;

const kuryrConfig = JSON.stringify({ cniVersion: "1.0.0", name: "kuryr", type: "kuryr-cni" });

/** One burst: as many sandboxes at once as there are pods; gives the time of each ADD. */
async function burst(plugin: string, config: string, pods: readonly PodRef[]): Promise<number[]> {
  const sandboxes = pods.map(() => makeSandbox());
  const call = (command: string): Promise<number[]> =>
    Promise.all(pods.map((pod, i) => callPlugin(plugin, command, sandboxes[i] ?? makeSandbox(), config, pod)));
  const times = await call("ADD");
  await call("DEL");
  for (const sandbox of sandboxes) removeSandbox(sandbox);
  return times;
}

const host = openNetlink();
const ovsdb = connectOvsdb({ target: "unix:/run/openvswitch/db.sock" });
const ovs = openSwitch(ovsdb);
await ovsdb.ready();

/** The floor: plumbing alone, and then, with the link in place, plugging until OVN's sign. */
async function raw(port: Job["ports"][number]): Promise<{ plumb: number; plug: number }> {
  const sandbox = makeSandbox();
  const netns = openNetns(sandbox.path);
  const hostName = `raw${port.id.slice(0, 11)}`;
  const start = performance.now();
  await plumbPod(
    {
      netns,
      hostName,
      ifName: "eth0",
      mac: port.mac,
      mtu: 1442,
      addresses: [`${port.ip}/16`],
      routes: [{ to: "default", via: job.gateway }],
      txChecksumOff: true,
    },
    { host },
  );
  const plumbed = performance.now();
  await ovs.addPort({
    bridge: "br-int",
    port: hostName,
    externalIds: { "iface-id": port.id, "attached-mac": port.mac },
  });
  await ovs.waitInstalled(hostName, { portId: port.id, signal: AbortSignal.timeout(10_000) });
  const installed = performance.now();
  await ovs.deletePort(hostName);
  await deleteLinks([hostName], { host });
  netns.close();
  removeSandbox(sandbox);
  return { plumb: plumbed - start, plug: installed - plumbed };
}

const single = {
  spawn: [] as number[],
  kuryr: [] as number[],
  bridge: [] as number[],
  plumb: [] as number[],
  plug: [] as number[],
};
const many = { kuryr: [] as number[], bridge: [] as number[], raw: [] as number[] };
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

for (let round = -3; round < job.rounds; round += 1) {
  const [kuryr] = await burst("kuryr-cni", kuryrConfig, [pick(job.pods, round + 3)]);
  const [bridge] = await burst("bridge", job.bridgeConfig, [pick(job.pods, round + 3)]);
  const floor = await raw(pick(job.ports, round + 3));
  // What starting the plugin costs by itself: VERSION asks nobody.
  const spawned = await callPlugin("kuryr-cni", "VERSION", { id: "", path: "" }, "", pick(job.pods, 0));
  if (round < 0) continue; // Warm-up.
  single.spawn.push(spawned);
  single.kuryr.push(kuryr ?? Number.NaN);
  single.bridge.push(bridge ?? Number.NaN);
  single.plumb.push(floor.plumb);
  single.plug.push(floor.plug);
}
const singleEnd = new Date().toISOString();
for (let round = -1; round * job.parallel < job.rounds; round += 1) {
  const pods = job.pods.slice(0, job.parallel);
  const kuryr = await burst("kuryr-cni", kuryrConfig, pods);
  const bridge = await burst("bridge", job.bridgeConfig, pods);
  const floors = await Promise.all(job.ports.slice(0, job.parallel).map((port) => raw(port)));
  if (round < 0) continue;
  many.raw.push(...floors.map(({ plumb, plug }) => plumb + plug));
  many.kuryr.push(...kuryr);
  many.bridge.push(...bridge);
}
// Kuryr alone, and beside it a process that does nothing: what holds that one up is the machine.
const aloneSince = new Date().toISOString();
const idle = spawn(process.execPath, [join(import.meta.dirname, "idle.ts")], { stdio: ["pipe", "pipe", "inherit"] });
const idleLag = text(idle.stdout);
while (Date.now() < Date.parse(aloneSince) + aloneMs) {
  await burst("kuryr-cni", kuryrConfig, job.pods.slice(0, job.parallel));
}
idle.stdin.end();
ovsdb.close();
host.close();
process.stdout.write(JSON.stringify({ single, many, singleEnd, aloneSince, idleLagMs: Number(await idleLag) }));
