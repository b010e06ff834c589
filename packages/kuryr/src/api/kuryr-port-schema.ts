import type { KuryrPortSpec, KuryrPortStatus } from "./kuryr-port.ts";
import {
  address,
  anything,
  explained,
  flag,
  integer,
  listOf,
  object,
  oneOf,
  optional,
  prefix,
  text,
  uuid,
  type Schema,
} from "./schema.ts";
import type { Vifs } from "./vifs.ts";

const podInterface = object({
  // The kernel's IFNAMSIZ less the terminating zero.
  name: explained("Name in the pod.", text({ min: 1, max: 15, pattern: "^[^/\\s:]+$" })),
  default: explained("Carries the pod's default route.", flag),
  driver: explained("VIF driver.", oneOf("neutron-vif")),
  portId: explained("Neutron port.", uuid),
  networkId: uuid,
  mac: text({ pattern: "^([0-9a-f]{2}:){5}[0-9a-f]{2}$" }),
  mtu: integer(68, 65_535),
  bridge: explained("Integration bridge on the node.", text({ min: 1, max: 15 })),
  addresses: listOf(
    object({
      subnetId: uuid,
      ip: address,
      prefixLength: integer(0, 128),
      gateway: optional(address),
    }),
    16,
  ),
  routes: listOf(object({ destination: prefix, nextHop: address }), 64),
  nameservers: listOf(address, 16),
  hybridPlug: optional(explained("Plugged through a Linux bridge, where Neutron filters with iptables.", flag)),
  readiness: explained(
    "What tells that the interface carries traffic: OVN on the node, or the status of the port.",
    oneOf("ovn-installed", "active"),
  ),
});

/** The schema of a KuryrPort's spec, which is the truth. */
export const kuryrPortSpec: Schema<KuryrPortSpec> = explained(
  "What the daemon of the node plugs. Written by the controller alone.",
  object({
    podUid: explained("UID of the pod.", text({ min: 1, max: 64 })),
    podNodeName: explained("Node of the pod.", text({ min: 1, max: 253 })),
    podStatic: optional(explained("The pod comes from a file on the node.", flag)),
    interfaces: listOf(podInterface, 32, 1),
  }),
);

/** The schema of a KuryrPort's status. */
export const kuryrPortStatus: Schema<KuryrPortStatus> = object({
  activeInterfaces: optional(explained("Ports that Neutron calls ACTIVE.", listOf(uuid, 32))),
  vifs: optional(explained("The interfaces in the form of Kuryr-Kubernetes. Never acted on.", anything<Vifs>())),
  attachment: optional(explained("The sandbox that has the interfaces.", object({ containerId: text(), at: text() }))),
  notInstalled: optional(
    explained(
      "Ports that OVN did not program on the node in the time of an ADD.",
      object({ portIds: listOf(uuid, 32), at: text() }),
    ),
  ),
  released: optional(explained("Nothing on the node uses the interfaces any more.", object({ at: text() }))),
});
