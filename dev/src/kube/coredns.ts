import { ensureImages } from "../images/index.ts";
import { layout } from "../layout.ts";
import { clusterDomain, services } from "../network-plan.ts";
import type { Step } from "../supervisor/unit.ts";
import { kubectl } from "./control-plane.ts";
import type { Programs } from "./programs.ts";

const labels = { "k8s-app": "kube-dns" };
const metadata = { name: "coredns", namespace: "kube-system" };

const corefile = `.:53 {
    errors
    health
    ready
    kubernetes ${clusterDomain} in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
    }
    cache 30
    loop
    loadbalance
}
`;

/** CoreDNS as a cluster has it: Ready once pods have Neutron ports, answering by its Service once Services exist. */
export function corednsManifest(image: string): object {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata };
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "system:coredns" },
    rules: [
      { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "system:coredns" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:coredns" },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
  };
  const config = { apiVersion: "v1", kind: "ConfigMap", metadata, data: { Corefile: corefile } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...metadata, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: "coredns",
          dnsPolicy: "Default",
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "coredns",
              image,
              imagePullPolicy: "Never",
              args: ["-conf", "/etc/coredns/Corefile"],
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
              ],
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
              livenessProbe: {
                httpGet: { path: "/health", port: 8080 },
                initialDelaySeconds: 30,
                failureThreshold: 10,
              },
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "coredns" } }],
        },
      },
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system", labels },
    spec: {
      clusterIP: services.dns,
      selector: labels,
      ports: [
        { name: "dns", port: 53, protocol: "UDP" },
        { name: "dns-tcp", port: 53, protocol: "TCP" },
      ],
    },
  };
  return { apiVersion: "v1", kind: "List", items: [account, role, binding, config, deployment, service] };
}

/** The runtime class that keeps a pod on the plain bridge network. */
const bridgeClass = {
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: "bridge" },
  handler: "bridge",
};

/** What every cluster of the stack runs. */
export function clusterObjectsStep(programs: Programs): Step {
  return {
    kind: "step",
    name: "coredns",
    area: "kube",
    needs: ["kube-controller-manager", "kube-scheduler", "images"],
    timeoutMs: 60_000,
    isDone: async ({ signal }) => {
      try {
        const names = await kubectl(
          programs,
          ["-n", "kube-system", "get", "deployment/coredns", "service/kube-dns", "-o", "name"],
          { signal },
        );
        await kubectl(programs, ["get", "runtimeclass", "bridge", "-o", "name"], { signal });
        return names.trim().split("\n").length === 2;
      } catch {
        return false;
      }
    },
    run: async (work) => {
      const images = await ensureImages({ cacheDir: layout.cache, progress: work.say });
      const list = corednsManifest(images.coredns.ref) as { items: object[] };
      const all = { ...list, items: [...list.items, bridgeClass] };
      await kubectl(programs, ["apply", "-f", "-"], work, JSON.stringify(all));
    },
  };
}
