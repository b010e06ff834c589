import { connectOvsdb, OPEN_VSWITCH, openSwitch, PortTable, select, where } from "@kuryr/ovsdb";

using client = connectOvsdb({
  target: process.env["OVS_DB"] ?? "unix:/run/openvswitch/db.sock",
  onError: (error) => console.error(String(error)),
});
const ovs = openSwitch(client);
await client.ready(AbortSignal.timeout(10_000));

// Plug: one transaction, and again is fine. Then wait until OVN has installed the port's flows.
const signal = AbortSignal.timeout(30_000);
await ovs.addPort({ bridge: "br-int", port: "tap0", externalIds: { "iface-id": "the-port" } }, signal);
const installed = await ovs.waitInstalled("tap0", { portId: "the-port", signal });
console.log(`${installed.name} is installed`);

// Anything else is a transaction of your own, with typed rows.
const [ports] = await client.transact(OPEN_VSWITCH, [select(PortTable, [where(PortTable, "name", "==", "tap0")])]);
console.log(`${ports.length} port, ${ports[0]?.interfaces.length ?? 0} interface`);

await ovs.deletePorts(["tap0"], signal);
