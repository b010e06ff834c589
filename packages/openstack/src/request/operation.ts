/** First segments that group collections and are none themselves. */
const GROUPS: ReadonlySet<string> = new Set(["lbaas", "qos", "auth", "octavia"]);

/**
 * The name of an operation for counters and metrics: the method and the path without version and ids, such as
 * `GET ports`, `PUT routers/{}/add_router_interface`, `PUT lbaas/pools/{}/members`. Collections and ids take turns.
 * The document of a version is `GET v3`.
 *
 * @param path begins with a version and has no query.
 */
export function operationOf(method: string, path: string): string {
  let name = method;
  let separator = " ";
  let index = 0;
  let offset = 0;
  let version = true;
  for (const segment of path.split("/")) {
    if (segment === "") continue;
    if (version) {
      version = false;
      if (/^v\d/.test(segment)) continue;
    }
    if (index === 0 && GROUPS.has(segment)) offset = 1;
    name += separator + (index >= offset && (index - offset) % 2 === 1 ? "{}" : segment);
    separator = "/";
    index++;
  }
  // The document of a version itself, or of all versions.
  return name === method ? `${method} ${path.split("/").join("")}` : name;
}
