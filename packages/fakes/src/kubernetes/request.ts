/** What a path of the API names. */
export interface ResourcePath {
  /** `v1`, `apps/v1`. */
  readonly version: string;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly plural: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Reads `/api/v1/...` and `/apis/GROUP/VERSION/...`; undefined for everything else. */
export function parsePath(path: string): ResourcePath | undefined {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  let group = "";
  let rest: string[];
  let version: string;
  if (parts[0] === "api") {
    version = parts[1] ?? "";
    rest = parts.slice(2);
  } else if (parts[0] === "apis") {
    group = parts[1] ?? "";
    version = `${group}/${parts[2] ?? ""}`;
    rest = parts.slice(3);
  } else return undefined;
  const [first, second, third, ...more] = rest;
  if (first === undefined || first === "") return undefined;
  // `namespaces/x/status` is a subresource, `namespaces/x/pods` a resource in it.
  if (first === "namespaces" && third !== undefined && !["status", "finalize"].includes(third)) {
    const [name, subresource] = more;
    return { version, group, namespace: second, plural: third, name, subresource };
  }
  return { version, group, namespace: undefined, plural: first, name: second, subresource: third };
}

/** The verb that authorization sees. */
export function verbOf(method: string, path: ResourcePath, watch: boolean): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return path.name === undefined ? "deletecollection" : "delete";
    default:
      return watch ? "watch" : path.name === undefined ? "list" : "get";
  }
}
