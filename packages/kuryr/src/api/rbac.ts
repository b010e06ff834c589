import { group } from "./keys.ts";

/** Where Kuryr's own objects live, and what they are called: the original's names. */
export const installation = { namespace: "kube-system", controller: "kuryr-controller", daemon: "kuryr-cni" } as const;

export interface Rule {
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
  // Which ports are ACTIVE, where the node itself cannot tell.
  { apiGroups: [group], resources: ["kuryrports/status"], verbs: ["patch"] },
  // A growing count is a patch.
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
];

/** What the controller does in the namespace of the installation. */
export const controllerNamespaceRules: readonly Rule[] = [
  // The Lease whose holder works. A create cannot be held to a name.
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["get", "update"],
    resourceNames: [installation.controller],
  },
];

/** What a daemon does, and nothing else. */
export const daemonRules: readonly Rule[] = [
  // The container runtime of its own node decides the CNI version.
  { apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
  { apiGroups: [group], resources: ["kuryrports"], verbs: ["list", "watch"] },
  { apiGroups: [group], resources: ["kuryrports/status"], verbs: ["patch"] },
];

/** What a daemon does in the namespace of the installation. */
export const daemonNamespaceRules: readonly Rule[] = [
  // Whether it is being uninstalled, or only started anew, when it is told to stop.
  { apiGroups: ["apps"], resources: ["daemonsets"], verbs: ["get"], resourceNames: [installation.daemon] },
];

const rbac = "rbac.authorization.k8s.io";

function identity(name: string, rules: readonly Rule[], namespaceRules: readonly Rule[] = []): object[] {
  const metadata = { name, namespace: installation.namespace };
  const bound = (kind: "ClusterRole" | "Role"): object => ({
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: "ServiceAccount", ...metadata }],
  });
  const own =
    namespaceRules.length === 0
      ? []
      : [
          { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules: namespaceRules },
          { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, ...bound("Role") },
        ];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: `${rbac}/v1`, kind: "ClusterRole", metadata: { name }, rules },
    { apiVersion: `${rbac}/v1`, kind: "ClusterRoleBinding", metadata: { name }, ...bound("ClusterRole") },
    ...own,
  ];
}

/** ServiceAccounts, roles and bindings of Kuryr. */
export function rbacObjects(): object[] {
  return [
    ...identity(installation.controller, controllerRules, controllerNamespaceRules),
    ...identity(installation.daemon, daemonRules, daemonNamespaceRules),
  ];
}
