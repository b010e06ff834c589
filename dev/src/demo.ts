import { upCommand } from "./commands/up.ts";
import { describeError, StackError } from "./errors.ts";
import { placeOf } from "./machine/namespaces.ts";
import { nodePlan } from "./network-plan.ts";
import { defaultOptions, recordedOptions } from "./options.ts";
import { until } from "./supervisor/probe.ts";
import { apply, demoImage, kubectl } from "./testing/cluster.ts";
import { httpGet } from "./testing/probes.ts";

const labels = { app: "demo" };

/** One pod on every node, on the plain bridge network. */
function deployment(image: string, replicas: number): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "demo", namespace: "default", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          runtimeClassName: "bridge",
          terminationGracePeriodSeconds: 1,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [{ name: "demo", image, imagePullPolicy: "Never" }],
        },
      },
    },
  };
}

async function main(signal: AbortSignal): Promise<void> {
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  write("Bringing up OpenStack and Kubernetes on this machine\n");
  await upCommand([], signal);
  const { nodes } = recordedOptions() ?? defaultOptions;
  write("\nDeploying the demo");
  // The controller manager of a cluster that has just started may not have made the service account yet.
  const account = async (): Promise<true> => (await kubectl(["get", "serviceaccount", "default"]), true);
  await until("the service account", account, { timeoutMs: 30_000, signal });
  await apply(deployment(await demoImage(), nodes));
  await kubectl(["rollout", "status", "deployment/demo", "--timeout=120s"], "", 130_000);
  write(await kubectl(["get", "pods", "-l", "app=demo", "-o", "wide"]));
  const where = "jsonpath={range .items[*]}{.spec.nodeName} {.status.podIP}{'\\n'}{end}";
  const pods = (await kubectl(["get", "pods", "-l", "app=demo", "-o", where])).trim().split("\n");
  for (const line of pods) {
    const [node = "", address = ""] = line.split(" ");
    const url = `http://${address}:8080/`;
    const answer = await httpGet(placeOf(nodePlan(Number(node.replace("node", "")))), url);
    write(`${node}: curl ${url}\n  ${answer.trim()}`);
  }
  write(`
Look around:   eval "$(npm run -s stack -- env)"; kubectl get nodes -o wide; openstack network list
On a node:     npm run stack -- shell node1
Take it away:  npm run demo:down`);
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new StackError("KURYR_DEV_INTERRUPTED", "interrupted by SIGINT")));
process.once("SIGTERM", () => interrupted.abort(new StackError("KURYR_DEV_INTERRUPTED", "interrupted by SIGTERM")));
try {
  await main(interrupted.signal);
} catch (error) {
  process.stderr.write(`\nerror: ${describeError(error)}\n`);
  process.exitCode = 1;
}
