/** Labels and annotations: keys are the users', so look up with `Object.hasOwn` or copy into a Map. */
export type StringMap = Readonly<Record<string, string>>;

/** meta/v1 ObjectMeta as the server returns it. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generateName?: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; set while finalizers or the grace period hold the object. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** meta/v1 ManagedFieldsEntry, but for its fields. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  /** RFC 3339, whole seconds of the server that wrote it: when one of these fields was last given a value. */
  readonly time?: string;
}

/** meta/v1 OwnerReference. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Any object of the API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** Metadata that a writer may give. */
export interface WritableMeta {
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly labels?: StringMap | undefined;
  readonly annotations?: StringMap | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
}

/** What `create` and `replace` take: the object, less what the server or this client fills in. */
export type Writable<T extends KubernetesObject> = Omit<T, "apiVersion" | "kind" | "metadata" | "status"> & {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: WritableMeta;
  readonly status?: unknown;
};

/** Names one object; `namespace` is left out for cluster-scoped kinds. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Which resource: `group` is "" for the core group. */
export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  /** As in the path: lower case, plural. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** The key of an object: `namespace/name`, or `name` for a cluster-scoped one. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace === undefined || ref.namespace === "" ? ref.name : `${ref.namespace}/${ref.name}`;
}

/** The reverse of {@link keyOf}. */
export function parseKey(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(definition: Pick<ResourceDefinition, "group" | "version">): string {
  return definition.group === "" ? definition.version : `${definition.group}/${definition.version}`;
}
