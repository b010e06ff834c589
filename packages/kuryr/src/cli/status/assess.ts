import { age } from "../terminal.ts";
import type { ProcessSeen } from "../why/observed.ts";

/** What `/ready` answered: each line that is not `ok`, or that nothing answered. */
export type Probe = { readonly reached: false } | { readonly reached: true; readonly lines: readonly string[] };

/** A process of Kuryr's on a node. */
export interface NodeProcess extends ProcessSeen {
  readonly node: string;
  readonly restarts: number;
  readonly probe: Probe;
}

export interface NodeSeen {
  readonly name: string;
  readonly ready: boolean;
}

/** A KuryrPort as far as it matters here. */
export interface KuryrPortSeen {
  /** `namespace/name`. */
  readonly key: string;
  readonly node: string;
  readonly podUid: string;
  readonly attached: boolean;
  readonly released: boolean;
  readonly ageMs: number;
  /** Milliseconds since its deletion was asked for. */
  readonly deletingMs?: number;
}

/** A pod that has no sandbox with an address yet. */
export interface WaitingPod {
  readonly key: string;
  readonly node: string;
  readonly waitingMs: number;
  /** What it waits for first are volumes, a ConfigMap or a Secret: the kubelet says so. */
  readonly forVolumes: boolean;
}

/** Ports of this cluster's pods in Neutron; those that wait in a pool are nobody's. */
export type PortsSeen =
  | { readonly looked: false; readonly why: string }
  | {
      readonly looked: true;
      readonly ports: readonly { readonly id: string; readonly status: string; readonly podUid: string }[];
    };

/** The Lease of the controllers. */
export interface LeaseSeen {
  /** Of the holder; missing when nobody holds it. */
  readonly pod?: string;
  /** Since its last renewal, by the clock here. */
  readonly silentMs: number;
}

/** Everything that was looked at, at one time. */
export interface ClusterSeen {
  readonly nodes: readonly NodeSeen[];
  readonly controllers: readonly NodeProcess[];
  readonly daemons: readonly NodeProcess[];
  /** Missing where controllers do not elect one. */
  readonly lease?: LeaseSeen;
  readonly kuryrPorts: readonly KuryrPortSeen[];
  readonly waiting: readonly WaitingPod[];
  readonly ports: PortsSeen;
}

/** Something that a person should do something about. */
export interface Problem {
  readonly what: string;
  readonly next: string;
}

/** The state of one node. */
export interface NodeRow {
  readonly node: string;
  readonly ready: boolean;
  readonly daemon: "ready" | "not ready" | "none";
  readonly restarts: number;
  readonly kuryrPorts: number;
  readonly attached: number;
}

export interface Assessment {
  readonly state: "healthy" | "degraded";
  readonly controllers: readonly NodeProcess[];
  /** Name of the leader's pod. */
  readonly leader: string | undefined;
  /** Names of the pods that could take over. */
  readonly standbys: readonly string[];
  readonly nodes: readonly NodeRow[];
  readonly counts: {
    readonly kuryrPorts: number;
    readonly attached: number;
    readonly deleting: number;
    /** Of these, those that nothing uses any more: they wait for the controller and OpenStack alone. */
    readonly releasesWaiting: number;
    /** Without a sandbox, those that wait for volumes not counted. */
    readonly waitingPods: number;
    /** `undefined` when Neutron was not looked at. */
    readonly neutronPorts: number | undefined;
    readonly activePorts: number | undefined;
  };
  readonly notLooked: readonly string[];
  readonly problems: readonly Problem[];
}

const systemNamespace = "kube-system";
/** A pod that waits so long for its sandbox is more than slow. */
export const slowPodMs = 60_000;
/** A release is acknowledged within 45 s, or goes without. */
const slowReleaseMs = 120_000;
/** A node acknowledges at once, and the controller deletes the port within seconds. */
const slowReleaseOfPortMs = 30_000;
/** A Lease is renewed every two seconds; clocks may differ. */
const silentLeaseMs = 60_000;
/** So many of a kind are named; the rest is counted. */
const named = 3;

function some(keys: readonly string[]): string {
  const rest = keys.length - named;
  return keys.slice(0, named).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** What a process says of itself, or what Kubernetes says of its pod. */
function processProblems(one: NodeProcess, what: string): Problem[] {
  const next = `kubectl -n ${systemNamespace} logs ${one.pod}`;
  const said = one.probe.reached ? one.probe.lines : [];
  if (!one.ready) {
    const reason = said.length > 0 ? said.join("; ") : (one.reason ?? "it does not say why");
    return [{ what: `${what} ${one.pod} on ${one.node} is not ready: ${reason}`, next }];
  }
  return said.map((line) => ({ what: `${what} ${one.pod} on ${one.node}: ${line.replace(/^degraded: /, "")}`, next }));
}

/** Whether the controller that leads is there; there need not be an election. */
function leaderProblems({ controllers, lease }: ClusterSeen): Problem[] {
  if (lease === undefined || controllers.length === 0) return [];
  const next = `kubectl -n ${systemNamespace} get lease kuryr-controller -o yaml`;
  if (lease.silentMs > silentLeaseMs)
    return [{ what: `no controller leads: the Lease was renewed ${age(lease.silentMs)} ago`, next }];
  if (lease.pod === undefined) return [{ what: "no controller leads: nobody holds the Lease", next }];
  if (controllers.some(({ pod }) => pod === lease.pod)) return [];
  return [{ what: `the Lease is held by ${lease.pod}, which is gone; another takes over within 15 s`, next }];
}

function controllerProblems({ controllers }: ClusterSeen): Problem[] {
  if (controllers.length === 0)
    return [
      {
        what: `no controller: no pod with the label name=kuryr-controller in ${systemNamespace}`,
        next: `kubectl -n ${systemNamespace} describe deployment kuryr-controller`,
      },
    ];
  return controllers.flatMap((one) => processProblems(one, "controller"));
}

function nodeProblems({ nodes, daemons }: ClusterSeen): Problem[] {
  const without = nodes.filter(({ name }) => !daemons.some((one) => one.node === name)).map(({ name }) => name);
  const missing = {
    what: `no daemon on ${some(without)}`,
    next: `kubectl -n ${systemNamespace} describe daemonset kuryr-cni`,
  };
  const notReady = nodes.filter((node) => !node.ready).map(({ name }) => name);
  const down = { what: `nodes are not Ready: ${some(notReady)}`, next: `kubectl describe node ${notReady[0] ?? ""}` };
  return [
    ...(without.length === 0 ? [] : [missing]),
    ...daemons.flatMap((one) => processProblems(one, "daemon")),
    ...(notReady.length === 0 ? [] : [down]),
  ];
}

function portProblems({ kuryrPorts, waiting, ports }: ClusterSeen): Problem[] {
  const problems: Problem[] = [];
  const slow = waiting
    .filter(({ waitingMs, forVolumes }) => waitingMs > slowPodMs && !forVolumes)
    .toSorted((a, b) => b.waitingMs - a.waitingMs);
  const [slowest] = slow;
  if (slowest !== undefined)
    problems.push({
      what: `${slow.length} pods have no sandbox yet, after up to ${age(slowest.waitingMs)}: ${some(slow.map(({ key }) => key))}`,
      next: `kuryrctl why pod ${slowest.key}`,
    });
  const releases = kuryrPorts.filter((one) => isReleaseWaiting(one) && (one.deletingMs ?? 0) > slowReleaseOfPortMs);
  if (releases.length > 0)
    problems.push({
      what: `${releases.length} releases wait for OpenStack; nothing uses their ports any more: ${some(releases.map(({ key }) => key))}`,
      next: "does Neutron answer? They are made up for by themselves when it does",
    });
  const stuck = kuryrPorts
    .filter((one) => !isReleaseWaiting(one) && (one.deletingMs ?? 0) > slowReleaseMs)
    .map(({ key }) => key);
  const [first] = stuck;
  if (first !== undefined) {
    const [namespace = "", name = ""] = first.split("/");
    problems.push({
      what: `${stuck.length} KuryrPorts are being deleted for long: ${some(stuck)}`,
      next: `kubectl -n ${namespace} get kp ${name} -o yaml`,
    });
  }
  const waitingKeys = new Set(waiting.map(({ key }) => key));
  const elsewhere = kuryrPorts.filter(
    (one) =>
      !one.attached &&
      !one.released &&
      one.deletingMs === undefined &&
      one.ageMs > slowPodMs &&
      !waitingKeys.has(one.key),
  );
  if (elsewhere[0] !== undefined)
    problems.push({
      what: `${elsewhere.length} pods run in another network than Kuryr's: ${some(elsewhere.map(({ key }) => key))}`,
      next: `kuryrctl why pod ${elsewhere[0].key}`,
    });
  if (ports.looked) {
    const attachedUids = new Set(kuryrPorts.filter(({ attached }) => attached).map(({ podUid }) => podUid));
    const down = ports.ports.filter(({ status, podUid }) => status !== "ACTIVE" && attachedUids.has(podUid));
    if (down.length > 0)
      problems.push({
        what: `${down.length} ports of plugged pods are not ACTIVE: ${some(down.map(({ id }) => id))}`,
        next: `openstack port show ${down[0]?.id ?? ""}`,
      });
    const uids = new Set(kuryrPorts.map(({ podUid }) => podUid));
    const orphans = ports.ports.filter(({ podUid }) => !uids.has(podUid));
    // The controller makes a port before its KuryrPort, and collects orphans: a few are work in progress.
    if (orphans.length > 0 && waiting.length === 0)
      problems.push({
        what: `${orphans.length} ports in Neutron without a KuryrPort: ${some(orphans.map(({ id }) => id))}`,
        next: "wait two minutes: the controller deletes them; then see its log",
      });
  }
  return problems;
}

const isReleaseWaiting = ({ deletingMs, released }: KuryrPortSeen): boolean => deletingMs !== undefined && released;

/** Whether a cluster's network is healthy, what is not, and what to run next. Pure. */
export function assess(seen: ClusterSeen): Assessment {
  const problems = [...controllerProblems(seen), ...leaderProblems(seen), ...nodeProblems(seen), ...portProblems(seen)];
  const { kuryrPorts, ports } = seen;
  const byNode = Map.groupBy(kuryrPorts, ({ node }) => node);
  const nodes = seen.nodes.map((node): NodeRow => {
    const daemons = seen.daemons.filter((one) => one.node === node.name);
    const own = byNode.get(node.name) ?? [];
    return {
      node: node.name,
      ready: node.ready,
      daemon: daemons.length === 0 ? "none" : daemons.some((one) => one.ready) ? "ready" : "not ready",
      restarts: daemons.reduce((sum, one) => sum + one.restarts, 0),
      kuryrPorts: own.length,
      attached: own.filter((one) => one.attached).length,
    };
  });
  const { lease } = seen;
  const leader = seen.controllers.find(({ pod }) => pod === lease?.pod);
  const unreached = [...seen.controllers, ...seen.daemons].filter((one) => !one.probe.reached);
  return {
    state: problems.length === 0 ? "healthy" : "degraded",
    controllers: seen.controllers,
    leader: leader?.pod,
    standbys: seen.controllers.filter((one) => one.ready && one !== leader).map(({ pod }) => pod),
    nodes,
    counts: {
      kuryrPorts: kuryrPorts.length,
      attached: kuryrPorts.filter((one) => one.attached).length,
      deleting: kuryrPorts.filter((one) => one.deletingMs !== undefined).length,
      releasesWaiting: kuryrPorts.filter(isReleaseWaiting).length,
      waitingPods: seen.waiting.filter(({ forVolumes }) => !forVolumes).length,
      neutronPorts: ports.looked ? ports.ports.length : undefined,
      activePorts: ports.looked ? ports.ports.filter(({ status }) => status === "ACTIVE").length : undefined,
    },
    notLooked: [
      ...(ports.looked ? [] : [`Neutron: ${ports.why}`]),
      ...(unreached.length === 0
        ? []
        : [`/ready of ${some(unreached.map(({ pod }) => pod))}: not reachable from here`]),
    ],
    problems,
  };
}
