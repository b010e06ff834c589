import { group } from "./keys.ts";

/** Where Kuryr's own objects live, and what they are called: the original's names. */
export const installation = { namespace: "kube-system", controller: "kuryr-controller", daemon: "kuryr-cni" } as const;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What the controller does, and nothing else. */
export const controllerRules: readonly Rule[] = [
  { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["list", "watch"] },
  // Its UID is the cluster's identity in the marks of cloud objects.
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"], resourceNames: ["kube-system"] },
  { apiGroups: [group], resources: ["kuryrports"], verbs: ["get", "list", "watch", "create", "delete", "patch"] },
];

/** What a daemon does, and nothing else. */
export const daemonRules: readonly Rule[] = [
  // The container runtime of its own node decides the CNI version.
  { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
  { apiGroups: [group], resources: ["kuryrports"], verbs: ["list", "watch"] },
  { apiGroups: [group], resources: ["kuryrports/status"], verbs: ["patch"] },
];

function identity(name: string, rules: readonly Rule[]): object[] {
  const metadata = { name, namespace: installation.namespace };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
  ];
}

/** ServiceAccounts, roles and bindings of Kuryr. */
export function rbacObjects(): object[] {
  return [...identity(installation.controller, controllerRules), ...identity(installation.daemon, daemonRules)];
}
