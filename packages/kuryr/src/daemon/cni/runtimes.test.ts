import assert from "node:assert/strict";
import { test } from "node:test";

import { netnsCandidates } from "../netns-path.ts";
import { parseCall, podOf, type CniCall } from "./call.ts";

/**
 * Calls in the shape in which container runtimes make them, written down from their sources and not recorded from a run:
 * what CRI-O's ocicni (`buildCNIRuntimeConf`) and containerd's CRI plugin hand to libcni, and libcni to the plugin
 * (`CNI_*` variables; `prevResult` from its cache).
 */
interface Recorded {
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: object;
}

const id = "4f2d1c0b9a8e7f6d5c4b3a2918273645546372819a0b1c2d3e4f5a6b7c8d9e0f";
const uid = "6dd3a1f2-0d5e-4f44-a5a1-9a0f5b1a7c11";
const kuryr = { name: "kuryr", type: "kuryr-cni", kuryr_conf: "/etc/kuryr/kuryr.conf" };
const prevResult = {
  cniVersion: "1.0.0",
  interfaces: [{ name: "eth0", mac: "fa:16:3e:00:00:01", sandbox: "/var/run/netns/x" }],
  ips: [{ interface: 0, address: "10.10.1.5/16", gateway: "10.10.0.1" }],
  dns: {},
};

const crioArgs = `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=${id};K8S_POD_UID=${uid}`;
const crio = (command: string, more: object = {}): Recorded => ({
  runtime: `CRI-O, ${command}`,
  environment: {
    CNI_COMMAND: command,
    CNI_CONTAINERID: id,
    CNI_NETNS: "/var/run/netns/5d0f0a36-0d3a-4b9a-9d57-0d7c9a1f5e21",
    CNI_ARGS: crioArgs,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin:/usr/libexec/cni",
  },
  config: { cniVersion: "1.0.0", ...kuryr, ...more },
});

const containerd = (version: string, cniVersion: string, netns: string): Recorded => ({
  runtime: `containerd ${version}`,
  environment: {
    CNI_COMMAND: "ADD",
    CNI_CONTAINERID: id,
    CNI_NETNS: netns,
    // containerd 1.x puts the pod's arguments in another order than CRI-O.
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0;K8S_POD_INFRA_CONTAINER_ID=${id};K8S_POD_UID=${uid}`,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin",
  },
  config: { cniVersion, ...kuryr },
});

const recorded: readonly Recorded[] = [
  crio("ADD"),
  crio("CHECK", { prevResult }),
  crio("DEL", { prevResult }),
  // CRI-O with `manage_ns_lifecycle = false`, and Docker: namespaces by the infra container's process.
  { ...crio("ADD"), environment: { ...crio("ADD").environment, CNI_NETNS: "/proc/48211/ns/net" } },
  // Static addresses of a pod's annotation, and variables of whoever started CRI-O.
  { ...crio("ADD"), environment: { ...crio("ADD").environment, CNI_ARGS: `${crioArgs};FOO=bar;IP=10.10.7.7` } },
  containerd("1.6", "1.0.0", "/var/run/netns/cni-1b8d6a8a-5c61-8f6c-3a4b-4e2f9b2f6a11"),
  containerd("1.7", "1.0.0", "/var/run/netns/cni-1b8d6a8a-5c61-8f6c-3a4b-4e2f9b2f6a11"),
  containerd("2.1", "1.1.0", "/var/run/netns/cni-1b8d6a8a-5c61-8f6c-3a4b-4e2f9b2f6a11"),
];

/** The frame that the shim makes of a call. */
function frameOf({ environment, config }: Recorded): Buffer {
  const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  return Buffer.from(`${entries.join("")}\0${JSON.stringify(config)}`);
}

test("[row 136] calls of CRI-O and of containerd 1.6, 1.7 and 2.x name their pod, sandbox and namespace", () => {
  for (const one of recorded) {
    const call = parseCall(frameOf(one));
    assert.equal(call.containerId, id, one.runtime);
    assert.equal(call.ifName, "eth0", one.runtime);
    assert.deepEqual(podOf(call), { namespace: "shop", name: "web-0", uid }, one.runtime);
    const [first, second] = netnsCandidates(call.netns, { procDirectory: "/proc" });
    assert.equal(first, one.environment["CNI_NETNS"], one.runtime);
    if (call.netns.startsWith("/var/run/")) assert.equal(`/var${second ?? ""}`, call.netns, one.runtime);
  }
});

test("[row 136] a runtime's DEL may come without namespace, and its GC and STATUS without sandbox", () => {
  const bare = (command: string, more: Readonly<Record<string, string>>, config: object): CniCall =>
    parseCall(
      frameOf({
        runtime: "",
        environment: { CNI_COMMAND: command, CNI_PATH: "/opt/cni/bin", ...more },
        config: { cniVersion: "1.1.0", ...kuryr, ...config },
      }),
    );
  // A sandbox that was stopped before: containerd and CRI-O both pass what is left of the path, which is nothing.
  assert.equal(bare("DEL", { CNI_CONTAINERID: id, CNI_IFNAME: "eth0", CNI_NETNS: "" }, {}).netns, "");
  assert.equal(bare("STATUS", {}, {}).command, "STATUS");
  const listed = [{ containerID: id, ifname: "eth0" }];
  const gc = bare("GC", {}, { "cni.dev/valid-attachments": listed, "cni.dev/attachments": listed });
  assert.deepEqual(gc.config["cni.dev/valid-attachments"], listed);
});
