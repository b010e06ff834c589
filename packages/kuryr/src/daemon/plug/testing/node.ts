import { openNetlink } from "@kuryr/netlink";
import { lacksRoot, type ScratchNetns, scratchNetns } from "@kuryr/netlink/testing";
import { connectOvsdb, OPEN_VSWITCH, InterfaceTable, mutate, mutation, openSwitch, where } from "@kuryr/ovsdb";
import { type DatabaseServer, noServer, Signals, startDatabaseServer } from "@kuryr/ovsdb/testing";

import type { PodInterface } from "../../../api/kuryr-port.ts";
import { neutronVif } from "../neutron-vif.ts";
import type { Plugger } from "../plugger.ts";

/** Why tests that plug cannot run here; false when they can. */
export const cannotPlug: string | false = lacksRoot() || noServer;

/** A node to plug pods on: a network namespace, and a real database of Open vSwitch without a switch behind it. */
export interface TestNode extends AsyncDisposable {
  readonly netns: ScratchNetns;
  readonly server: DatabaseServer;
  readonly plugger: Plugger;
  /** Names of the rows as they come; the plugger's own copy shows them by then. */
  readonly rows: Signals<string>;
  /** What goes wrong with the plugger's connection to the database. */
  readonly connectionErrors: Signals<unknown>;
  /** Says of rows that their ports are installed, in one transaction, as ovn-controller does. */
  install(rows: readonly string[]): Promise<void>;
  /** Ports of the bridge, by the server's word. */
  ports(): readonly string[];
  /** Names of the node's links. */
  links(): readonly string[];
}

/** Makes a node with the bridge `br-int`. */
export async function testNode(): Promise<TestNode> {
  const server = await startDatabaseServer();
  server.vsctl("add-br", "br-int");
  const netns = scratchNetns();
  const [host, deleting] = [openNetlink({ netns: netns.netns }), openNetlink({ netns: netns.netns })];
  const connectionErrors = new Signals<unknown>();
  const options = { target: server.target, backoffMs: { first: 5, longest: 20 } };
  const client = connectOvsdb({ ...options, onError: connectionErrors.push });
  const ovn = connectOvsdb(options);
  const ovs = openSwitch(client);
  const rows = new Signals<string>();
  ovs.onInterfaceChange((change) => {
    if (change.type === "insert") rows.push(change.row.name);
  });
  await client.ready(AbortSignal.timeout(10_000));
  return {
    netns,
    server,
    rows,
    connectionErrors,
    plugger: neutronVif({
      host,
      deleting,
      ovs,
      txChecksumOff: () => false,
      procDirectory: "/proc",
      onNotAnnounced: (error) => {
        throw error;
      },
    }),
    async install(names) {
      const sign = new Map([["ovn-installed", "true"]]);
      await ovn.transact(
        OPEN_VSWITCH,
        names.map((name) =>
          mutate(
            InterfaceTable,
            [where(InterfaceTable, "name", "==", name)],
            [mutation(InterfaceTable, "external_ids", "insert", sign)],
          ),
        ),
      );
    },
    ports: () => server.vsctl("list-ports", "br-int").split("\n").filter(Boolean),
    links: () =>
      netns
        .ip("link")
        .map((link) => String(link["ifname"]))
        .filter((name) => name !== "lo"),
    async [Symbol.asyncDispose]() {
      client.close();
      ovn.close();
      host.close();
      deleting.close();
      netns[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** An interface of pod number `n`. */
export function interfaceOf(n: number, more: Partial<PodInterface> = {}): PodInterface {
  const hex = n.toString(16).padStart(2, "0");
  return {
    name: "eth0",
    default: true,
    driver: "neutron-vif",
    portId: `${hex}90f1ee-6c54-4b01-90e6-d701748f0851`,
    networkId: "n",
    mac: `fa:16:3e:00:00:${hex}`,
    mtu: 1442,
    bridge: "br-int",
    addresses: [{ subnetId: "s", ip: `10.0.0.${n}`, prefixLength: 16, gateway: "10.0.255.1" }],
    routes: [],
    nameservers: [],
    readiness: "ovn-installed",
    ...more,
  };
}
