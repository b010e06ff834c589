/**
 * Names that users and other programs see. They are the original's: changing one breaks somebody.
 * Source: `kuryr_kubernetes/constants.py` of Kuryr-Kubernetes 10.0.
 */

/** API group and version of every Kuryr resource. */
export const group = "openstack.org";
export const version = "v1";

/** On KuryrPorts: the node whose daemon acts on them. */
export const nodeNameLabel = "kuryr.openstack.org/nodeName";
/** Holds a KuryrPort until its Neutron ports are gone. */
export const kuryrPortFinalizer = "kuryr.openstack.org/kuryrport-finalizer";
/** `device_owner` of the Neutron ports of pods. */
export const podDeviceOwner = "compute:kuryr";
/** Where a static pod's definition comes from; anything but `api` makes it a mirror pod. */
export const configSourceAnnotation = "kubernetes.io/config.source";
/** A mirror pod carries the hash of its static pod, which is what the runtime calls its UID. */
export const configHashAnnotation = "kubernetes.io/config.hash";

/** `external_ids` of the Open vSwitch interfaces that the daemon makes. */
export const interfaceIds = {
  port: "iface-id",
  mac: "attached-mac",
  status: "iface-status",
  /** The original wrote `kuryr` here; it says whose interface this is. */
  owner: "vm-uuid",
  /** The sandbox that the interface belongs to: a late DEL of another sandbox must not remove it. */
  container: "kuryr-container",
} as const;

/** Value of {@link interfaceIds.owner}. */
export const interfaceOwner = "kuryr";
