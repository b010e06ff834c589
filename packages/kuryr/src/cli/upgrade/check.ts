/** What an older Kuryr left in a cluster, in numbers, each with some of the objects. */
export interface OldObjects {
  /** Pods with the annotation of releases before Victoria. */
  readonly annotatedPods: readonly string[];
  /** Pods and Services that a finalizer of Kuryr-Kubernetes holds. */
  readonly heldPods: readonly string[];
  readonly heldServices: readonly string[];
  /** KuryrPorts without `spec.interfaces`. */
  readonly oldKuryrPorts: readonly string[];
  /** Definitions that lack the status subresource, or that are not used any more. */
  readonly oldDefinitions: readonly string[];
  readonly retiredDefinitions: readonly string[];
}

/** One check: names and results are those of OpenStack's upgrade checks. */
export interface UpgradeCheck {
  readonly check: string;
  readonly result: "Success" | "Warning" | "Failure";
  readonly details: string;
}

/** Statuses of `openstack`-like upgrade checks. */
export const upgradeStatus = { Success: 0, Warning: 1, Failure: 2 } as const;

const named = 3;
const some = (names: readonly string[]): string =>
  names.slice(0, named).join(", ") + (names.length > named ? ` and ${names.length - named} more` : "");

/** Whether this version can take a cluster over from Kuryr-Kubernetes. Pure. */
export function upgradeChecks(old: OldObjects): UpgradeCheck[] {
  const check = (name: string, found: readonly string[], result: "Warning" | "Failure", what: string): UpgradeCheck =>
    found.length === 0
      ? { check: name, result: "Success", details: "" }
      : { check: name, result, details: `${some(found)}: ${what}` };
  return [
    check(
      "Pod annotations",
      old.annotatedPods,
      "Warning",
      "carry openstack.org/kuryr-vif of a release before Victoria, which nothing reads; make the pods anew",
    ),
    check(
      "Pod finalizers",
      old.heldPods,
      "Failure",
      "are held by kuryr.openstack.org/pod-finalizer, which nothing takes off; delete them while the old controller runs",
    ),
    check(
      "Service finalizers",
      old.heldServices,
      "Failure",
      "are held by kuryr.openstack.org/service-finalizer; delete them while the old controller runs, or take it off",
    ),
    check(
      "KuryrPorts",
      old.oldKuryrPorts,
      "Failure",
      "have no spec.interfaces: drain the nodes, and let the old controller delete them",
    ),
    check(
      "Definitions",
      old.oldDefinitions,
      "Failure",
      "have no status subresource: apply the definitions of this version, once the old objects are gone",
    ),
    check(
      "Retired definitions",
      old.retiredDefinitions,
      "Warning",
      "are of releases before Victoria and not used: delete them",
    ),
  ];
}

/** The worst result. */
export function worst(checks: readonly UpgradeCheck[]): UpgradeCheck["result"] {
  return (["Failure", "Warning"] as const).find((result) => checks.some((one) => one.result === result)) ?? "Success";
}
