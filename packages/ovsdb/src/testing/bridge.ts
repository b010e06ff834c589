import { named } from "../datum.ts";
import { BridgeTable, InterfaceTable, OpenVSwitchTable, PortTable } from "../open-vswitch-schema.ts";
import { insert, mutate, mutation, type Operation } from "../operations.ts";

/** Operations that make a bridge with one port and interface of its name, referred to by the switch. */
export function bridgeOf(name: string): Operation<unknown>[] {
  return [
    insert(InterfaceTable, { name }, named("i")),
    insert(PortTable, { name, interfaces: [named("i")] }, named("p")),
    insert(BridgeTable, { name, ports: [named("p")] }, named("b")),
    mutate(OpenVSwitchTable, [], [mutation(OpenVSwitchTable, "bridges", "insert", [named("b")])]),
  ];
}
