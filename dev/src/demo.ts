import { kuryrCloud } from "./cloud/identity.ts";
import { upCommand } from "./commands/up.ts";
import { describeError, StackError } from "./errors.ts";
import { goOnUnread } from "./machine/output.ts";
import { recordedOptions, defaultOptions } from "./options.ts";
import { until } from "./supervisor/probe.ts";
import { apply, demoImage, kubectl } from "./testing/cluster.ts";

const labels = { app: "demo" };
const namespace = "kuryr-demo";

/** Pods of the demo image, spread evenly over the nodes. */
function deployment(image: string, replicas: number): object {
  const spread = {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "DoNotSchedule",
    labelSelector: { matchLabels: labels },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "demo", namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          topologySpreadConstraints: [spread],
          containers: [{ name: "demo", image, imagePullPolicy: "Never" }],
        },
      },
    },
  };
}

interface DemoPod {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: { readonly podIP: string };
}

const write = (text: string): void => void process.stdout.write(`${text}\n`);

async function demoPods(): Promise<DemoPod[]> {
  const list = await kubectl(["-n", namespace, "get", "pods", "-l", "app=demo", "-o", "json"]);
  return (JSON.parse(list) as { items: DemoPod[] }).items;
}

/** The Neutron ports of the demo's pods, as Kuryr's own user sees them. */
async function demoPorts() {
  const ports = await kuryrCloud().network.ports.list({ device_owner: "compute:kuryr" });
  return ports.filter((port) => port.description?.includes(`:pod/${namespace}/`));
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

async function showPods(): Promise<DemoPod[]> {
  const [pods, ports] = [await demoPods(), await demoPorts()];
  const rows = pods.map((pod) => {
    const port = ports.find((one) => one.device_id === pod.metadata.uid);
    return [
      pod.metadata.name,
      pod.spec.nodeName,
      pod.status.podIP,
      port?.id ?? "no port",
      port?.mac_address ?? "",
      port?.status ?? "",
    ];
  });
  write(table([["POD", "NODE", "IP", "NEUTRON PORT", "MAC", "STATUS"], ...rows]));
  return pods;
}

/** A pod on every node pings and asks a pod on every other one. */
async function talk(pods: readonly DemoPod[]): Promise<void> {
  const nodes = [...new Set(pods.map((pod) => pod.spec.nodeName))].sort();
  for (const from of nodes) {
    for (const to of nodes.filter((node) => node !== from || nodes.length === 1)) {
      const client = pods.find((pod) => pod.spec.nodeName === from);
      const server = pods.findLast((pod) => pod.spec.nodeName === to);
      if (client === undefined || server === undefined) continue;
      const exec = ["-n", namespace, "exec", client.metadata.name, "--"];
      const ping = await kubectl([...exec, "ping", "-q", "-c", "3", "-i", "0.2", "-W", "2", server.status.podIP]);
      const answer = await kubectl([...exec, "curl", "-s", "--max-time", "5", `http://${server.status.podIP}:8080/`]);
      write(`  ${from} -> ${to}   ping ${server.status.podIP}: ${/\d+ received/.exec(ping)?.[0] ?? "?"} of 3`);
      write(`  ${from} -> ${to}   curl http://${server.status.podIP}:8080/: ${answer.trim()}`);
    }
  }
}

/** Scales the deployment and waits until pods and ports are as many. */
async function scale(replicas: number, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  await kubectl(["-n", namespace, "scale", "deployment/demo", `--replicas=${replicas}`]);
  const settled = async (): Promise<true | string> => {
    const [pods, ports] = [await demoPods(), await demoPorts()];
    return pods.length === replicas && ports.length === replicas
      ? true
      : `${pods.length} pods and ${ports.length} ports`;
  };
  await kubectl(["-n", namespace, "rollout", "status", "deployment/demo", "--timeout=120s"], "", 130_000);
  await until(`${replicas} pods with ${replicas} ports`, settled, { timeoutMs: 90_000, signal });
  write(
    `  ${replicas} replicas: ${replicas} pods, ${(await demoPorts()).length} Neutron ports (${((performance.now() - start) / 1000).toFixed(1)} s)`,
  );
}

async function main(signal: AbortSignal): Promise<void> {
  write("Bringing up OpenStack, Kubernetes and Kuryr on this machine");
  await upCommand(["kuryr"], signal);
  const { nodes } = recordedOptions() ?? defaultOptions;
  write("\nDeploying the demo: every pod gets a Neutron port");
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  // The controller manager of a cluster that has just started may not have made the service account yet.
  const account = async (): Promise<true> => (
    await kubectl(["-n", namespace, "get", "serviceaccount", "default"]), true
  );
  await until("the service account", account, { timeoutMs: 30_000, signal });
  await apply(deployment(await demoImage(), 2 * nodes));
  await kubectl(["-n", namespace, "rollout", "status", "deployment/demo", "--timeout=120s"], "", 130_000);
  const pods = await showPods();
  write("\nTalking between nodes");
  await talk(pods);
  write("\nScaling: ports follow pods");
  await scale(4 * nodes, signal);
  await scale(2 * nodes, signal);
  write(`
Look around:   eval "$(npm run -s stack -- env)"
               kubectl -n ${namespace} get pods,kp -o wide; openstack port list --device-owner compute:kuryr
On a node:     npm run stack -- shell node1 ovs-vsctl show
What happens:  npm run stack -- logs kuryr-controller --follow
Take it away:  npm run demo:down`);
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new StackError("KURYR_DEV_INTERRUPTED", "interrupted by SIGINT")));
process.once("SIGTERM", () => interrupted.abort(new StackError("KURYR_DEV_INTERRUPTED", "interrupted by SIGTERM")));
goOnUnread();
try {
  await main(interrupted.signal);
} catch (error) {
  process.stderr.write(`\nerror: ${describeError(error)}\n`);
  process.exitCode = 1;
}
