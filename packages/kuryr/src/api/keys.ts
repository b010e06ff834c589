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
/** Holds a KuryrNetwork, and so its namespace, until the network is gone. */
export const kuryrNetworkFinalizer = "kuryrnetwork.finalizers.kuryr.openstack.org";
/** Holds a KuryrLoadBalancer until the load balancer is gone. */
export const kuryrLoadBalancerFinalizer = "kuryr.openstack.org/kuryrloadbalancer-finalizers";
/** Holds a NetworkPolicy and its KuryrNetworkPolicy until the security group is gone. */
export const networkPolicyFinalizer = "kuryr.openstack.org/networkpolicy-finalizer";
/** Held a Service in Kuryr-Kubernetes; taken off from objects that still have it. */
export const serviceFinalizer = "kuryr.openstack.org/service-finalizer";
/** Held a Pod in Kuryr-Kubernetes; taken off from objects that still have it. */
export const podFinalizer = "kuryr.openstack.org/pod-finalizer";

/** Annotations that users and other programs write. */
export const annotations = {
  /** On a Namespace: the project that owns what its objects have in the cloud. */
  project: "openstack.org/kuryr-project",
  /** On a NetworkAttachmentDefinition: JSON `{subnetId, driverType}`. */
  networkConfig: "openstack.org/kuryr-config",
  /** On a Service: milliseconds. */
  timeoutClientData: "openstack.org/kuryr-timeout-client-data",
  timeoutMemberData: "openstack.org/kuryr-timeout-member-data",
  /** On a Pod: additional interfaces, of the Network Plumbing Working Group. */
  networks: "k8s.v1.cni.cncf.io/networks",
  /** On a Namespace or KuryrPort: any change makes the controller look again. */
  trigger: "KuryrTrigger",
  /** On a KuryrNetworkPolicy: its NetworkPolicy. */
  networkPolicyLink: "networkPolicyLink",
} as const;

/** `device_owner` of the Neutron ports of pods. */
export const podDeviceOwner = "compute:kuryr";
/** Where a static pod's definition comes from; anything but `api` makes it a mirror pod. */
export const configSourceAnnotation = "kubernetes.io/config.source";
/** A mirror pod carries the hash of its static pod, which is what the runtime calls its UID. */
export const configHashAnnotation = "kubernetes.io/config.hash";

/** Bits per second that a pod may receive and send, as quantities such as `10M`. */
export const bandwidthAnnotations = {
  ingress: "kubernetes.io/ingress-bandwidth",
  egress: "kubernetes.io/egress-bandwidth",
} as const;

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
