import type { CallOptions } from "../api/connection-options.ts";
import { ConflictError, InvalidError, NotFoundError } from "../api-errors.ts";
import type { KubernetesObject, ObjectMeta } from "../objects.ts";
import type { Patch, Resource } from "../api/verbs.ts";

/** What is needed of an object to change its finalizers; a cached projection will do. */
export interface Finalizable {
  readonly metadata: Pick<
    ObjectMeta,
    "name" | "namespace" | "uid" | "resourceVersion" | "finalizers" | "deletionTimestamp"
  >;
}

/** A stale cache costs one more round; more conflicts than this are a fight. */
const MAX_TRIES = 5;

/** Whether the object carries this finalizer. */
export function hasFinalizer(object: Finalizable, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** Whether the object is being deleted. */
export function isDeleting(object: Finalizable): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/**
 * Adds a finalizer; one request when `object` is current. Returns false when the object is gone, was replaced by
 * another of its name, or is being deleted, for then the server takes no new finalizers.
 *
 * @throws ConflictError when others change the object all the time.
 */
export function addFinalizer<T extends KubernetesObject>(
  resource: Resource<T>,
  object: Finalizable,
  finalizer: string,
  options: CallOptions = {},
): Promise<boolean> {
  return change(resource, object, options, ({ metadata }) => {
    const { finalizers = [], resourceVersion, deletionTimestamp } = metadata;
    if (finalizers.includes(finalizer)) return true;
    if (deletionTimestamp !== undefined) return false;
    // The resourceVersion guards the list against finalizers that others add at the same time.
    return { type: "merge", body: { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } } };
  });
}

/**
 * Removes a finalizer; one request when `object` is current, unaffected by changes of other fields. Returns true when
 * the finalizer is not there any more, the object's end included.
 *
 * @throws InvalidError or ConflictError when others change the finalizers all the time.
 */
export async function removeFinalizer<T extends KubernetesObject>(
  resource: Resource<T>,
  object: Finalizable,
  finalizer: string,
  options: CallOptions = {},
): Promise<boolean> {
  await change(resource, object, options, ({ metadata }) => {
    const index = metadata.finalizers?.indexOf(finalizer) ?? -1;
    if (index < 0) return true;
    const path = `/metadata/finalizers/${index}`;
    return {
      type: "json",
      operations: [
        { op: "test", path: "/metadata/uid", value: metadata.uid },
        { op: "test", path, value: finalizer },
        { op: "remove", path },
      ],
    };
  });
  return true;
}

/** Applies a computed patch; computes it again from the server's object when it did not fit. */
async function change<T extends KubernetesObject>(
  resource: Resource<T>,
  object: Finalizable,
  options: CallOptions,
  plan: (current: Finalizable) => Patch | boolean,
): Promise<boolean> {
  const { name, namespace, uid } = object.metadata;
  let current: Finalizable = object;
  for (let tries = 1; ; tries++) {
    const patch = plan(current);
    if (typeof patch === "boolean") return patch;
    try {
      await resource.patch({ name, namespace }, patch, options);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      const stale = error instanceof ConflictError || error instanceof InvalidError;
      if (!stale || tries === MAX_TRIES) throw error;
      const fresh = await resource.find({ name, namespace }, options);
      if (fresh === undefined || fresh.metadata.uid !== uid) return false;
      // The same finalizers again: the patch was refused for another reason.
      if (error instanceof InvalidError && fresh.metadata.resourceVersion === current.metadata.resourceVersion)
        throw error;
      current = fresh;
    }
  }
}
