import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { run } from "../machine/exec.ts";
import { onNode, placeOf, ipBatch } from "../machine/namespaces.ts";
import { runOf, stateOf } from "../layout.ts";
import type { NodePlan } from "../network-plan.ts";
import { underlay } from "../network-plan.ts";
import { readRecord } from "../supervisor/record.ts";
import type { Service, Step } from "../supervisor/unit.ts";

export type OvnDatabase = "nb" | "sb";

/** Socket of an OVN database, reachable from every namespace. */
export function ovnSocket(database: OvnDatabase): string {
  return runOf("ovn", `ovn${database}_db.sock`);
}

/** Connection strings as ovn-nbctl, Neutron and Octavia take them. */
export const ovnConnection = (database: OvnDatabase): string => `unix:${ovnSocket(database)}`;

const schema = { nb: "/usr/share/ovn/ovn-nb.ovsschema", sb: "/usr/share/ovn/ovn-sb.ovsschema" } as const;

async function makeDatabase(file: string, schemaFile: string): Promise<void> {
  if (existsSync(file)) return;
  mkdirSync(join(file, ".."), { recursive: true });
  rmSync(`${file}.new`, { force: true });
  await run(["ovsdb-tool", "create", `${file}.new`, schemaFile]);
  await run(["mv", `${file}.new`, file]);
}

/** Asks a daemon of the OVS family over its control socket to answer. */
const answers = async (control: string, signal: AbortSignal): Promise<true> => {
  await run(["ovs-appctl", "-t", control, "version"], { signal, timeoutMs: 5000 });
  return true;
};

/** The northbound or the southbound database. */
export function ovnDatabaseService(database: OvnDatabase, needs: readonly string[]): Service {
  const control = runOf("ovn", `ovn${database}_db.ctl`);
  const file = stateOf("ovn", `ovn${database}_db.db`);
  return {
    kind: "service",
    name: `ovn-${database}`,
    area: "cloud",
    needs,
    timeoutMs: 20_000,
    stopMs: 5000,
    prepare: async () => {
      mkdirSync(runOf("ovn"), { recursive: true });
      rmSync(control, { force: true });
      rmSync(`${file}.~lock~`, { force: true });
      await makeDatabase(file, schema[database]);
    },
    command: () => ({
      elsewhere: true,
      argv: [
        "/usr/sbin/ovsdb-server",
        file,
        `--remote=punix:${ovnSocket(database)}`,
        `--unixctl=${control}`,
        "--no-chdir",
        "-vconsole:warn",
        "-vsyslog:off",
        "-vfile:off",
      ],
      env: { OVS_RUNDIR: runOf("ovn"), OVN_RUNDIR: runOf("ovn") },
    }),
    ready: ({ signal }) => answers(control, signal),
  };
}

/** Translates the northbound database into the southbound one. */
export function northdService(needs: readonly string[]): Service {
  const control = runOf("ovn", "ovn-northd.ctl");
  return {
    kind: "service",
    name: "ovn-northd",
    area: "cloud",
    needs,
    timeoutMs: 20_000,
    stopMs: 5000,
    prepare: async () => rmSync(control, { force: true }),
    command: () => ({
      elsewhere: true,
      argv: [
        "/usr/bin/ovn-northd",
        `--ovnnb-db=${ovnConnection("nb")}`,
        `--ovnsb-db=${ovnConnection("sb")}`,
        `--unixctl=${control}`,
        "--no-chdir",
        "-vconsole:info",
        "-vsyslog:off",
        "-vfile:off",
      ],
      env: { OVS_RUNDIR: runOf("ovn"), OVN_RUNDIR: runOf("ovn") },
    }),
    ready: async ({ signal }) => {
      const { stdout } = await run(["ovs-appctl", "-t", control, "status"], { signal, timeoutMs: 5000 });
      return /active/.test(stdout) ? true : stdout.trim();
    },
  };
}

// Trap: without these at every start, vswitchd's management sockets land elsewhere and cross-node geneve is dead.
const nodeEnv = { OVS_RUNDIR: "/run/openvswitch", OVN_RUNDIR: "/run/ovn", OVS_DBDIR: "/var/lib/openvswitch" };

/** `ovs-vsctl` on a node, as argv. */
export function vsctl(...words: string[]): string[] {
  return ["ovs-vsctl", "--timeout=15", ...words];
}

/** The switch database of a node. */
export function ovsdbService(node: NodePlan): Service {
  const file = onNode(node, "/var/lib/openvswitch/conf.db");
  const control = onNode(node, "/run/openvswitch/ovsdb-server.ctl");
  return {
    kind: "service",
    name: `${node.name}/ovsdb-server`,
    area: "cloud",
    needs: [`${node.name}/links`],
    timeoutMs: 20_000,
    stopMs: 5000,
    prepare: async () => {
      rmSync(control, { force: true });
      rmSync(`${file}.~lock~`, { force: true });
      await makeDatabase(file, "/usr/share/openvswitch/vswitch.ovsschema");
    },
    command: () => ({
      argv: [
        "/usr/sbin/ovsdb-server",
        "/var/lib/openvswitch/conf.db",
        "--remote=punix:/run/openvswitch/db.sock",
        "--remote=db:Open_vSwitch,Open_vSwitch,manager_options",
        "--unixctl=/run/openvswitch/ovsdb-server.ctl",
        "--no-chdir",
        "-vconsole:warn",
        "-vsyslog:off",
        "-vfile:off",
      ],
      env: nodeEnv,
      place: placeOf(node),
    }),
    ready: ({ signal }) => answers(control, signal),
  };
}

/** What the node's switch is told about itself: a chassis named as the node, in userspace, with both uplinks. */
export function chassisSettingsStep(node: NodePlan): Step {
  const settings: Readonly<Record<string, string>> = {
    "system-id": node.name,
    hostname: node.name,
    "ovn-remote": ovnConnection("sb"),
    "ovn-encap-type": "geneve",
    "ovn-encap-ip": node.encapAddress,
    "ovn-bridge": "br-int",
    "ovn-bridge-datapath-type": "netdev",
    "ovn-bridge-mappings": "physnet1:br-ex",
    "ovn-cms-options": "enable-chassis-as-gw",
    "ovn-monitor-all": "true",
  };
  const place = placeOf(node);
  return {
    kind: "step",
    name: `${node.name}/chassis-settings`,
    area: "cloud",
    needs: [`${node.name}/ovsdb-server`],
    timeoutMs: 20_000,
    isDone: async () => {
      const { stdout } = await run(vsctl("--no-wait", "get", "open_vswitch", ".", "external_ids"), { place });
      return Object.entries(settings).every(([key, value]) => new RegExp(`\\b${key}="?${value}"?[,}]`).test(stdout));
    },
    run: async ({ signal }) => {
      const words = Object.entries(settings).map(([key, value]) => `external_ids:${key}=${value}`);
      const bridge = (name: string, mode: string): string[] => [
        "--",
        "--may-exist",
        "add-br",
        name,
        "--",
        "set",
        "bridge",
        name,
        "datapath_type=netdev",
        `fail-mode=${mode}`,
      ];
      const uplink = (name: string, port: string): string[] => ["--", "--may-exist", "add-port", name, port];
      await run(
        vsctl(
          "--no-wait",
          "init",
          "--",
          "set",
          "open_vswitch",
          ".",
          ...words,
          ...bridge("br-int", "secure"),
          ...bridge("br-ex", "standalone"),
          ...bridge("br-phy", "standalone"),
          ...uplink("br-ex", "ext0"),
          ...uplink("br-phy", "phy0"),
        ),
        { place, signal },
      );
    },
  };
}

/** The node's userspace switch. */
export function vswitchdService(node: NodePlan): Service {
  const control = onNode(node, "/run/openvswitch/ovs-vswitchd.ctl");
  return {
    kind: "service",
    name: `${node.name}/ovs-vswitchd`,
    area: "cloud",
    needs: [`${node.name}/chassis-settings`],
    timeoutMs: 30_000,
    stopMs: 10_000,
    causes: [
      [/\/dev\/net\/tun/, "the userspace datapath needs /dev/net/tun"],
      [/assertion/, "ovs-vswitchd hit an assertion of its own and ended; `up` starts it again"],
    ],
    prepare: async () => rmSync(control, { force: true }),
    command: () => ({
      argv: [
        "/usr/sbin/ovs-vswitchd",
        "unix:/run/openvswitch/db.sock",
        // As distributions run it: OVS 3.1's userspace conntrack now and then fails an assertion of its own
        // (conn_update_state), and the monitor starts it anew within a second.
        "--monitor",
        "--unixctl=/run/openvswitch/ovs-vswitchd.ctl",
        "--no-chdir",
        "-vconsole:info",
        "-vsyslog:off",
        "-vfile:off",
      ],
      env: nodeEnv,
      place: placeOf(node),
    }),
    ready: async ({ signal }) => {
      // From the switch itself: what the database says of ports may be left from before.
      const { stdout } = await run(["ovs-appctl", "-t", control, "dpif/show"], { signal, timeoutMs: 5000 });
      const missing = ["br-int", "br-ex", "br-phy"].filter((bridge) => !stdout.includes(`${bridge}:`));
      return missing.length === 0 ? true : `no bridge ${missing.join(", ")} yet`;
    },
    // Without --cleanup the taps of a userspace bridge outlive the switch.
    stop: async ({ signal }) => {
      await run(["ovs-appctl", "-t", control, "exit", "--cleanup"], { signal, timeoutMs: 5000 });
    },
  };
}

/** The tunnel endpoint's address, on a tap that is new whenever the switch was started. */
export function encapAddressStep(node: NodePlan): Step {
  const place = placeOf(node);
  return {
    kind: "step",
    name: `${node.name}/encap-address`,
    area: "cloud",
    needs: [`${node.name}/ovs-vswitchd`],
    timeoutMs: 10_000,
    isDone: async () => {
      const { stdout } = await run(["ip", "-o", "address", "show", "dev", "br-phy", "up"], { place, accept: [0, 1] });
      return stdout.includes(`${node.encapAddress}/`);
    },
    run: ({ signal }) =>
      ipBatch(
        [`address replace ${node.encapAddress}/${underlay.prefix} dev br-phy`, "link set br-phy up"],
        place,
        signal,
      ),
  };
}

/** Makes the node an OVN chassis. */
export function ovnControllerService(node: NodePlan): Service {
  const name = `${node.name}/ovn-controller`;
  return {
    kind: "service",
    name,
    area: "cloud",
    needs: [`${node.name}/encap-address`, "ovn-sb"],
    timeoutMs: 30_000,
    stopMs: 5000,
    prepare: async () => {
      const directory = onNode(node, "/run/ovn");
      for (const file of readdirSync(directory)) if (file.startsWith("ovn-controller.")) rmSync(join(directory, file));
    },
    command: () => ({
      argv: [
        "/usr/bin/ovn-controller",
        "unix:/run/openvswitch/db.sock",
        "--pidfile=/run/ovn/ovn-controller.pid",
        "--no-chdir",
        "-vconsole:info",
        "-vsyslog:off",
        "-vfile:off",
      ],
      env: nodeEnv,
      place: placeOf(node),
    }),
    ready: async ({ signal }) => {
      // It takes no --unixctl: the control socket is named after the pid, in OVN_RUNDIR.
      const control = onNode(node, `/run/ovn/ovn-controller.${readRecord(name)?.pid ?? 0}.ctl`);
      const { stdout } = await run(["ovs-appctl", "-t", control, "connection-status"], { signal, timeoutMs: 5000 });
      return stdout.trim() === "connected" ? true : `southbound database: ${stdout.trim()}`;
    },
  };
}
