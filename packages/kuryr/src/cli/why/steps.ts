import { conditionOf, type Event } from "../kinds.ts";
import { isAboutVolumes, sandboxReasons, type Observed } from "./observed.ts";

/** How a step went. `later` steps wait for one before them. */
export type Outcome = "done" | "waiting" | "failed" | "not-looked" | "later";

/** One step of a pod's way to its network. */
export interface Step {
  readonly name: string;
  readonly outcome: Outcome;
  readonly text: string;
  /** RFC 3339, when it is known. */
  readonly at?: string;
  /** What to look at next, when this step is what is missing. */
  readonly next?: string;
}

const systemNamespace = "kube-system";
const patience = 60_000;

const kuryrComponent = ({ reportingComponent, source }: Event): boolean =>
  [reportingComponent, source?.component].some((component) => component?.startsWith("kuryr") === true);

const lastOf = (events: readonly Event[], fits: (event: Event) => boolean): Event | undefined =>
  events.filter((event) => event.type === "Warning" && fits(event)).at(-1);

/** A node was chosen. */
export function scheduled({ pod, now }: Observed): Step {
  const name = "scheduled";
  const condition = conditionOf(pod, "PodScheduled");
  const at = condition?.lastTransitionTime;
  if (pod.spec.nodeName !== undefined)
    return { name, outcome: "done", text: `to node ${pod.spec.nodeName}`, ...(at === undefined ? {} : { at }) };
  const waited = now - Date.parse(pod.metadata.creationTimestamp ?? "");
  return {
    name,
    outcome: condition?.status === "False" || waited > patience ? "failed" : "waiting",
    text: condition?.message ?? "the scheduler has not chosen a node yet",
    next: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}`,
  };
}

/** Somebody is there to make the port. */
export function controllerWorks({ controllers }: Observed): Step {
  const name = "controller";
  const ready = controllers.filter((one) => one.ready);
  if (ready.length > 0) return { name, outcome: "done", text: `${ready.map(({ pod }) => pod).join(", ")} is ready` };
  const [first] = controllers;
  const look = `kubectl -n ${systemNamespace} logs deployment/kuryr-controller`;
  if (first === undefined)
    return {
      name,
      outcome: "not-looked",
      text: `no pod with the label name=kuryr-controller in ${systemNamespace}`,
      next: `kubectl -n ${systemNamespace} get deployment kuryr-controller`,
    };
  return {
    name,
    outcome: "failed",
    text: `${first.pod} is not ready: ${first.reason ?? "it does not say why"}`,
    next: look,
  };
}

/** The node has been told what to plug. */
export function kuryrPort({ kuryrPort: port, pod, events, controllers, now }: Observed): Step {
  const name = "KuryrPort";
  const { namespace, name: podName } = pod.metadata;
  if (port === undefined) {
    const said = lastOf(events, kuryrComponent);
    const down = controllers.length > 0 && !controllers.some((one) => one.ready);
    const since = Date.parse(conditionOf(pod, "PodScheduled")?.lastTransitionTime ?? "");
    const late = !Number.isNaN(since) && now - since > patience;
    return {
      name,
      outcome: said !== undefined || down || late ? "failed" : "waiting",
      text: said?.message ?? (down ? "there is none: the controller is not ready" : "there is none yet"),
      next:
        said === undefined
          ? `kubectl -n ${systemNamespace} logs deployment/kuryr-controller | grep ${namespace}/${podName}`
          : `look up the code in the message: docs/troubleshoot.md`,
    };
  }
  const at = port.metadata.creationTimestamp;
  const made = at === undefined ? {} : { at };
  const look = `kubectl -n ${namespace} get kp ${podName} -o yaml`;
  if (port.spec.podUid !== pod.metadata.uid)
    return {
      name,
      outcome: "failed",
      ...made,
      text: `belongs to an earlier pod of this name (UID ${port.spec.podUid}), which must be gone first`,
      next: port.status?.released === undefined ? `${look}: its node has not acknowledged the release` : look,
    };
  if (port.metadata.deletionTimestamp !== undefined)
    return { name, outcome: "waiting", ...made, text: "is being deleted", next: look };
  const addresses = port.spec.interfaces.flatMap((one) => one.addresses.map(({ ip }) => ip));
  return { name, outcome: "done", ...made, text: `${addresses.join(", ")} for node ${port.spec.podNodeName}` };
}

/** Neutron has a port for the pod, bound to its node. */
export function neutronPort({ cloud, kuryrPort: kp, pod, events }: Observed): Step {
  const name = "Neutron port";
  if (!cloud.looked) {
    const known = kp?.spec.interfaces.map(({ portId }) => portId) ?? [];
    return { name, outcome: "not-looked", text: known.length === 0 ? cloud.why : `${known.join(", ")}; ${cloud.why}` };
  }
  const wanted = kp?.spec.interfaces.map(({ portId }) => portId) ?? [];
  const missing = wanted.filter((id) => !cloud.ports.some((port) => port.id === id));
  if (missing.length > 0)
    return {
      name,
      outcome: "failed",
      text: `${missing.join(", ")} is gone from Neutron, or is another project's`,
      next: `openstack port show ${missing[0] ?? ""}; delete the pod, and it gets another port`,
    };
  const [port] = cloud.ports;
  if (port === undefined) {
    const { quota } = cloud;
    if (quota !== undefined && quota.limit >= 0 && quota.used >= quota.limit)
      return {
        name,
        outcome: "failed",
        text: `there is none, and the quota is used up: ${quota.used} of ${quota.limit} ports`,
        next: "openstack quota set --ports N PROJECT, or delete pods",
      };
    const said = lastOf(events, kuryrComponent);
    return {
      name,
      outcome: said === undefined ? "waiting" : "failed",
      text: `there is none with the pod's UID as device_id${said?.message === undefined ? "" : `: ${said.message}`}`,
      next: "openstack subnet show POD_SUBNET, and the events below",
    };
  }
  const at = { at: port.created_at };
  if (port["binding:vif_type"] === "binding_failed")
    return {
      name,
      outcome: "failed",
      ...at,
      text: `${port.id} could not be bound to host ${port["binding:host_id"]}`,
      next: "openstack network agent list: an agent of exactly that host must be alive",
    };
  if (
    pod.spec.nodeName !== undefined &&
    port["binding:host_id"] !== undefined &&
    port["binding:host_id"] !== pod.spec.nodeName
  )
    return {
      name,
      outcome: "failed",
      ...at,
      text: `${port.id} is bound to ${port["binding:host_id"] === "" ? "no host" : port["binding:host_id"]}, the pod is on ${pod.spec.nodeName}`,
      next: `openstack port show ${port.id}`,
    };
  const addresses = port.fixed_ips.map((fixed) => fixed.ip_address).join(", ");
  return { name, outcome: "done", ...at, text: `${port.id} ${addresses}` };
}

/** Somebody is on the node to plug it. */
export function daemonWorks({ daemons, pod }: Observed): Step {
  const name = "daemon";
  const node = pod.spec.nodeName ?? "";
  const [daemon] = daemons;
  if (daemon === undefined)
    return {
      name,
      outcome: "not-looked",
      text: `no pod with the label name=kuryr-cni on ${node}`,
      next: `kubectl -n ${systemNamespace} get pods -l name=kuryr-cni -o wide`,
    };
  if (daemon.ready) return { name, outcome: "done", text: `${daemon.pod} on ${node} is ready` };
  return {
    name,
    outcome: "failed",
    text: `${daemon.pod} on ${node} is not ready: ${daemon.reason ?? "it does not say why"}`,
    next: `kubectl -n ${systemNamespace} logs ${daemon.pod}`,
  };
}

/** The addresses that the kubelet tells of a pod, and whether one of them is its KuryrPort's. */
function toldAddresses({ pod, kuryrPort: port }: Observed): { ips: readonly string[]; areOwn: boolean | undefined } {
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
  const own = port?.spec.interfaces.find((one) => one.default)?.addresses.map(({ ip }) => ip) ?? [];
  return { ips, areOwn: own.length === 0 || ips.length === 0 ? undefined : ips.some((ip) => own.includes(ip)) };
}

/** The interface is in the pod's sandbox. */
export function attached(observed: Observed): Step {
  const { kuryrPort: port, events, daemons, pod, now } = observed;
  const name = "plugged";
  const attachment = port?.status?.attachment;
  if (attachment !== undefined)
    return { name, outcome: "done", at: attachment.at, text: `into sandbox ${attachment.containerId.slice(0, 12)}` };
  const { ips, areOwn } = toldAddresses(observed);
  // The daemon tells it a second after the runtime has its answer.
  if (areOwn === true) return { name, outcome: "done", text: `the runtime has ${ips.join(", ")}` };
  if (areOwn === false)
    return {
      name,
      outcome: "failed",
      text: `its sandbox is of another CNI configuration, and has ${ips.join(", ")}`,
      next: "ls /etc/cni/net.d on the node: 10-kuryr.conflist must come first; then delete the pod",
    };
  const said = lastOf(
    events,
    (event) => isAboutVolumes(event) || sandboxReasons.network.some((one) => one === event.reason),
  );
  if (said !== undefined && isAboutVolumes(said))
    return {
      name,
      outcome: "failed",
      text: `the kubelet waits for the pod's volumes first: ${said.message ?? said.reason ?? ""}`,
      next: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}`,
    };
  const since = Date.parse(port?.metadata.creationTimestamp ?? "");
  const daemon = daemons[0]?.pod ?? "-l name=kuryr-cni";
  return {
    name,
    outcome: said !== undefined || now - since > patience ? "failed" : "waiting",
    text: said?.message ?? "the runtime has not asked for the interface, or the daemon has not plugged it",
    next: `kubectl -n ${systemNamespace} logs ${daemon} | grep ${pod.metadata.namespace}/${pod.metadata.name}`,
  };
}

/** The cloud carries its traffic. */
export function active({ cloud, kuryrPort: kp }: Observed): Step {
  const name = "active";
  if (!cloud.looked) return { name, outcome: "not-looked", text: cloud.why };
  const ids = kp?.spec.interfaces.map(({ portId }) => portId) ?? [];
  const down = cloud.ports.filter((port) => ids.includes(port.id) && port.status !== "ACTIVE");
  if (ids.length > 0 && down.length === 0) return { name, outcome: "done", text: "Neutron calls every port ACTIVE" };
  // A port of an interface that is not there cannot be ACTIVE.
  if (kp?.status?.attachment === undefined)
    return { name, outcome: "waiting", text: "the interface is not plugged", next: "see the steps before" };
  return {
    name,
    outcome: "failed",
    text: down.map((port) => `${port.id} is ${port.status}`).join(", "),
    next: "on the node: does ovn-controller run, and has the interface ovn-installed (ovs-vsctl list Interface)?",
  };
}

/** The kubelet has told the pod's address. */
export function ready(observed: Observed): Step {
  const { pod } = observed;
  const name = "addressed";
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? [];
  if (ips.length === 0)
    return {
      name,
      outcome: "waiting",
      text: "the kubelet has not reported an address",
      next: `kubectl -n ${pod.metadata.namespace} describe pod ${pod.metadata.name}`,
    };
  if (toldAddresses(observed).areOwn === false)
    return {
      name,
      outcome: "failed",
      text: `${ips.join(", ")} is not what its KuryrPort says`,
      next: `kubectl -n ${pod.metadata.namespace} delete pod ${pod.metadata.name}`,
    };
  const condition = conditionOf(pod, "Ready");
  const at = condition?.status === "True" ? condition.lastTransitionTime : undefined;
  const isReady = condition?.status === "True" ? "Ready" : "not Ready, but that is not the network's";
  return { name, outcome: "done", text: `${ips.join(", ")}; ${isReady}`, ...(at === undefined ? {} : { at }) };
}
