import type { KubernetesObject, ObjectMeta, OwnerReference } from "../objects.ts";

/** What identifies an owner. */
export type Owner = Pick<KubernetesObject, "apiVersion" | "kind"> & {
  readonly metadata: Pick<ObjectMeta, "name" | "uid">;
};

/**
 * The reference by which the garbage collector deletes a dependent after its owner. The owner must be cluster-scoped or
 * in the dependent's namespace.
 *
 * @param options `controller` (default true): at most one owner may be it; `blockOwnerDeletion` (default false): a
 *   foreground deletion of the owner waits for the dependent, and setting it needs update rights on the owner's
 *   finalizers.
 */
export function ownerReference(
  owner: Owner,
  options: { readonly controller?: boolean | undefined; readonly blockOwnerDeletion?: boolean | undefined } = {},
): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: options.controller ?? true,
    blockOwnerDeletion: options.blockOwnerDeletion ?? false,
  };
}

type Owned = { readonly metadata: Pick<ObjectMeta, "ownerReferences"> };

/** The owner that controls the object, if one does. */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether the object names an owner with this uid. */
export function isOwnedBy(object: Owned, uid: string): boolean {
  return object.metadata.ownerReferences?.some((reference) => reference.uid === uid) ?? false;
}
