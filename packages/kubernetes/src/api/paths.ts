import { UsageError } from "../errors.ts";
import type { ResourceDefinition } from "../objects.ts";

/** Parts of a resource path. */
export interface PathParts {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Path of a collection or an object (Kubernetes API concepts, "Resource URIs").
 *
 * @throws UsageError when a namespace is missing or too much, or a segment could change the path.
 */
export function resourcePath(definition: ResourceDefinition, parts: PathParts): string {
  const { group, version, plural, namespaced } = definition;
  let path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  if (parts.namespace !== undefined) {
    if (!namespaced) {
      throw new UsageError(`${plural} are cluster-scoped`, `Leave the namespace ${parts.namespace} out.`);
    }
    path += `/namespaces/${segment(parts.namespace, "namespace")}`;
  } else if (namespaced && parts.name !== undefined) {
    throw new UsageError(`${plural} ${parts.name}: no namespace`, "Give the namespace of the object.");
  }
  path += `/${plural}`;
  if (parts.name !== undefined) path += `/${segment(parts.name, "name")}`;
  if (parts.subresource !== undefined) path += `/${parts.subresource}`;
  return path;
}

/** `?a=b&c=d`, or "" when nothing is set. */
export function queryString(query: Query): string {
  let text = "";
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    text += `${text === "" ? "?" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  }
  return text;
}

/** An empty name would turn "delete one" into "delete the collection", dots would climb the path. */
function segment(value: string, what: string): string {
  if (value === "" || value === "." || value === ".." || value.includes("/") || value.includes("%")) {
    throw new UsageError(`"${value}" cannot be a ${what}`, `Give the ${what} of an existing or new object.`);
  }
  return encodeURIComponent(value);
}
