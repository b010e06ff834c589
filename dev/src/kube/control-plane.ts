import { mkdirSync, writeFileSync } from "node:fs";

import { layout, stateOf } from "../layout.ts";
import { run } from "../machine/exec.ts";
import { statusOf } from "../cloud/wsgi.ts";
import { api, clusterDomain, external, services } from "../network-plan.ts";
import type { Service, Work } from "../supervisor/unit.ts";
import { authority, kubeconfig, pair, serviceAccountKeys } from "./certificates.ts";
import type { Programs } from "./programs.ts";

const etcdUrl = "http://127.0.0.1:2379";

/** The cluster's store; not synced to disk, a stack may be made anew. */
export function etcdService(programs: Programs): Service {
  const data = stateOf("etcd");
  return {
    kind: "service",
    name: "etcd",
    area: "kube",
    needs: ["binaries", "run-directory"],
    timeoutMs: 30_000,
    stopMs: 8000,
    causes: [[/address already in use/, "another etcd listens on 127.0.0.1:2379 or 2380"]],
    prepare: async () => {
      mkdirSync(data, { recursive: true, mode: 0o700 });
    },
    command: () => ({
      argv: [
        programs.path("etcd"),
        `--data-dir=${data}`,
        "--name=dev",
        `--listen-client-urls=${etcdUrl}`,
        `--advertise-client-urls=${etcdUrl}`,
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=dev=http://127.0.0.1:2380",
        "--unsafe-no-fsync",
        "--log-level=warn",
      ],
    }),
    ready: async ({ signal }) => {
      const status = await statusOf(`${etcdUrl}/health`, signal);
      return status === 200 ? true : `/health answered ${status}`;
    },
  };
}

/** Runs kubectl as the administrator. */
export async function kubectl(
  programs: Programs,
  words: readonly string[],
  work: Pick<Work, "signal">,
  input?: string,
): Promise<string> {
  const { stdout } = await run([programs.path("kubectl"), `--kubeconfig=${kubeconfig("admin")}`, ...words], {
    signal: work.signal,
    timeoutMs: 60_000,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

/** Everything by metadata, without bodies: who asked what of which object, which the tests of rights read. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/readyz*", "/livez*", "/healthz*", "/openapi/*", "/version"] },
    {
      level: "None",
      resources: [{ group: "coordination.k8s.io", resources: ["leases"] }],
      users: ["system:kube-controller-manager", "system:kube-scheduler"],
    },
    { level: "Metadata" },
  ],
};

const auditPolicyFile = (): string => stateOf("kubernetes", "audit-policy.json");

/** The API server, on the host's address on the external network. */
export function apiServerService(programs: Programs): Service {
  const serving = pair("apiserver");
  const kubelet = pair("apiserver-kubelet-client");
  const accounts = serviceAccountKeys();
  return {
    kind: "service",
    name: "kube-apiserver",
    area: "kube",
    needs: ["etcd", "certificates", "host-bridges"],
    timeoutMs: 90_000,
    stopMs: 15_000,
    version: programs.kubernetes,
    causes: [
      [/address already in use/, `${external.hostAddress}:${api.port} is taken`],
      [/connection refused.*2379|context deadline exceeded/, "etcd does not answer: see its log"],
    ],
    command: () => ({
      argv: [
        programs.path("kube-apiserver"),
        `--etcd-servers=${etcdUrl}`,
        `--bind-address=${external.hostAddress}`,
        `--advertise-address=${external.hostAddress}`,
        `--secure-port=${api.port}`,
        `--service-cluster-ip-range=${services.cidr}`,
        `--client-ca-file=${authority().certificate}`,
        `--tls-cert-file=${serving.certificate}`,
        `--tls-private-key-file=${serving.key}`,
        `--kubelet-client-certificate=${kubelet.certificate}`,
        `--kubelet-client-key=${kubelet.key}`,
        `--kubelet-certificate-authority=${authority().certificate}`,
        "--kubelet-preferred-address-types=InternalIP",
        `--service-account-issuer=https://kubernetes.default.svc.${clusterDomain}`,
        `--service-account-key-file=${accounts.public}`,
        `--service-account-signing-key-file=${accounts.private}`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        `--audit-policy-file=${auditPolicyFile()}`,
        `--audit-log-path=${layout.logs}/audit.log`,
        "--audit-log-maxsize=200",
        "--audit-log-maxbackup=2",
        "--v=1",
      ],
    }),
    prepare: async () => {
      mkdirSync(stateOf("kubernetes"), { recursive: true });
      writeFileSync(auditPolicyFile(), JSON.stringify(auditPolicy));
    },
    ready: async (work) => {
      const answer = await kubectl(programs, ["get", "--raw", "/readyz", "--request-timeout=5s"], work);
      return answer.trim() === "ok" ? true : answer.trim();
    },
  };
}

/** Controllers of Kubernetes itself; no node addresses are given out, the cloud does that. */
export function controllerManagerService(programs: Programs): Service {
  const config = kubeconfig("controller-manager");
  return {
    kind: "service",
    name: "kube-controller-manager",
    area: "kube",
    needs: ["kube-apiserver"], // It exits where the API server is not ready.
    timeoutMs: 60_000,
    stopMs: 8000,
    version: programs.kubernetes,
    command: () => ({
      argv: [
        programs.path("kube-controller-manager"),
        `--kubeconfig=${config}`,
        `--authentication-kubeconfig=${config}`,
        `--authorization-kubeconfig=${config}`,
        `--root-ca-file=${authority().certificate}`,
        `--service-account-private-key-file=${serviceAccountKeys().private}`,
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=10257",
        "--v=1",
      ],
    }),
    ready: ({ signal }) => secureHealth(10257, signal),
  };
}

/** Puts pods on nodes. */
export function schedulerService(programs: Programs): Service {
  const config = kubeconfig("scheduler");
  return {
    kind: "service",
    name: "kube-scheduler",
    area: "kube",
    needs: ["kube-apiserver"],
    timeoutMs: 60_000,
    stopMs: 8000,
    version: programs.kubernetes,
    command: () => ({
      argv: [
        programs.path("kube-scheduler"),
        `--kubeconfig=${config}`,
        `--authentication-kubeconfig=${config}`,
        `--authorization-kubeconfig=${config}`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--secure-port=10259",
        "--v=1",
      ],
    }),
    ready: ({ signal }) => secureHealth(10259, signal),
  };
}

/** /healthz of a component on loopback, whose certificate it made for itself at start. */
async function secureHealth(port: number, signal: AbortSignal): Promise<true | string> {
  const { stdout } = await run(["curl", "-sk", "--max-time", "4", `https://127.0.0.1:${port}/healthz`], { signal });
  return stdout === "ok" ? true : stdout.slice(0, 200);
}
