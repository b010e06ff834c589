import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { installed } from "../cloud/ports.ts";
import { vsctl } from "../cloud/ovn.ts";
import type { Cloud } from "@kuryr/openstack";
import { topology } from "../cloud/topology.ts";
import { compileStatic } from "../images/compile.ts";
import { layout, runOf } from "../layout.ts";
import { cleanEnv, run, succeeds } from "../machine/exec.ts";
import { ipBatch, placeOf } from "../machine/namespaces.ts";
import { at, type Place } from "../machine/place.ts";
import { pods, type NodePlan } from "../network-plan.ts";

/** A Neutron port with an interface in a network namespace of its own, as a pod would have it. */
export interface PluggedPort {
  readonly id: string;
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  readonly node: NodePlan;
  /** Where commands see the interface, as `eth0`. */
  readonly place: Place;
  /** Takes away the interface, the namespace and the Neutron port; safe to repeat. */
  readonly remove: () => Promise<void>;
}

const directory = (): string => runOf("test");

/** Plugs a port that Neutron knows into its node's switch: a veth whose peer lies in a namespace of its own. */
async function plug(node: NodePlan, link: string, file: string, port: { id: string; mac: string; address: string }) {
  const place: Place = { net: file };
  mkdirSync(directory(), { recursive: true });
  writeFileSync(file, "");
  await run(["unshare", `--net=${file}`, "true"]);
  const nodeNet: Place = { net: placeOf(node).net ?? "" };
  await ipBatch(
    [
      `link add ${link} mtu ${pods.mtu} type veth peer name eth0 address ${port.mac} mtu ${pods.mtu} netns ${file}`,
      `link set ${link} up`,
    ],
    nodeNet,
  );
  // The userspace switch gets packets as they are: nobody would fill in a checksum left for the hardware.
  await run(["ethtool", "-K", "eth0", "tx", "off"], { place });
  await ipBatch(
    [
      "link set lo up",
      `address add ${port.address}/${pods.prefix} dev eth0`,
      "link set eth0 up",
      `route add default via ${pods.gateway}`,
    ],
    place,
  );
  const settings = [`external_ids:iface-id=${port.id}`, `external_ids:attached-mac="${port.mac}"`];
  await run(vsctl("--may-exist", "add-port", "br-int", link, "--", "set", "interface", link, ...settings), {
    place: placeOf(node),
  });
  await installed(node, link, AbortSignal.timeout(30_000));
}

async function unplug(node: NodePlan, link: string, file: string): Promise<void> {
  await run(vsctl("--if-exists", "del-port", "br-int", link), { place: placeOf(node) });
  const nodeNet: Place = { net: placeOf(node).net ?? "" };
  if (await succeeds(["ip", "link", "show", "dev", link], { place: nodeNet }))
    await run(["ip", "link", "delete", link], { place: nodeNet });
  if (existsSync(file)) {
    await succeeds(["umount", file]);
    rmSync(file, { force: true });
  }
}

/**
 * Makes a port in the pod network, bound to a node, and plugs it by hand.
 * @param name unique among the test's ports, at most 11 characters: it names the link too
 */
export async function plugPort(
  cloud: Cloud,
  node: NodePlan,
  name: string,
  securityGroups: readonly string[],
): Promise<PluggedPort> {
  const { podNetwork, podSubnet } = topology();
  const link = `kt-${name}`;
  const file = join(directory(), `${name}.net`);
  const made = await cloud.request("network", "POST", "/v2.0/ports", {
    body: {
      port: {
        name: `kuryr-test-${name}`,
        network_id: podNetwork,
        fixed_ips: [{ subnet_id: podSubnet }],
        security_groups: securityGroups,
        "binding:host_id": node.name,
        device_owner: "compute:kuryr",
      },
    },
  });
  const { port } = made.body as {
    port: { id: string; mac_address: string; fixed_ips: { ip_address: string }[]; "binding:vif_type": string };
  };
  const plain = { id: port.id, mac: port.mac_address, address: port.fixed_ips[0]?.ip_address ?? "" };
  let removed = false;
  const remove = async (): Promise<void> => {
    if (removed) return;
    await unplug(node, link, file);
    await cloud.request("network", "DELETE", `/v2.0/ports/${port.id}`);
    removed = true;
  };
  try {
    if (port["binding:vif_type"] !== "ovs")
      throw new Error(`${name}: the port is bound as ${port["binding:vif_type"]}, not as ovs`);
    await plug(node, link, file, plain);
  } catch (error) {
    await remove();
    throw error;
  }
  return { ...plain, name, node, place: { net: file }, remove };
}

/** The server of the demo image, running at a plugged port: HTTP on 8080, UDP on 9090, under a host name of its own. */
export async function serveAt(port: PluggedPort): Promise<{ readonly stop: () => Promise<void> }> {
  const source = join(import.meta.dirname, "..", "..", "images", "demo", "demo-server.c");
  const compiled = join(layout.cache, "images", "compiled");
  const program = await compileStatic("demo-server", source, compiled, AbortSignal.timeout(60_000));
  const script = 'hostname "$1" && exec "$2"';
  const argv = at(port.place, ["unshare", "--uts", "sh", "-c", script, "sh", port.name, program]);
  const child: ChildProcess = spawn(argv[0] ?? "", argv.slice(1), { env: cleanEnv, stdio: "ignore" });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    stop: async () => {
      kill();
      process.removeListener("exit", kill);
      await ended;
    },
  };
}
