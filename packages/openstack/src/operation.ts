/** First segments that group collections and are none themselves. */
const GROUPS: ReadonlySet<string> = new Set(["lbaas", "qos", "auth", "octavia"]);

/**
 * The name of an operation for counters and metrics: the method and the path without version and ids, such as
 * `GET ports`, `PUT routers/{}/add_router_interface`, `PUT lbaas/pools/{}/members`. Collections and ids take turns.
 *
 * @param path begins with a version and has no query.
 */
export function operationOf(method: string, path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  if (/^v\d/.test(segments[0] ?? "")) segments.shift();
  const offset = GROUPS.has(segments[0] ?? "") ? 1 : 0;
  const named = segments.map((segment, index) => (index >= offset && (index - offset) % 2 === 1 ? "{}" : segment));
  return `${method} ${named.join("/")}`;
}
