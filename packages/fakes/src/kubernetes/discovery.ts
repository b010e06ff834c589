import type { ServerResponse } from "node:http";

import { groupVersion, type Kind } from "./kind.ts";
import type { Registry } from "./registry.ts";
import { Failure, forbidden } from "./status.ts";

function send(response: ServerResponse, body: object): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

/** Answers what is about the server itself: health, version, and what it serves. */
export function discover(registry: Registry, path: string, mayAll: boolean, response: ServerResponse): void {
  if (["/readyz", "/livez", "/healthz"].includes(path)) {
    response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
    response.end("ok");
    return;
  }
  if (!mayAll && path !== "/version") throw pathForbidden(path);
  if (path === "/version")
    return send(response, { major: "1", minor: "37", gitVersion: "v1.37.2", platform: "linux/amd64" });
  if (path === "/api") return send(response, { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] });
  const kinds = registry.all().map((served) => served.kind);
  if (path === "/apis") {
    const groups = [
      ...Map.groupBy(
        kinds.filter((kind) => kind.group !== ""),
        (kind) => kind.group,
      ),
    ];
    const list = groups.map(([name, of]) => {
      const versions = [...new Set(of.map((kind) => kind.version))].map((version) => ({
        groupVersion: `${name}/${version}`,
        version,
      }));
      return { name, versions, preferredVersion: versions[0] };
    });
    return send(response, { kind: "APIGroupList", apiVersion: "v1", groups: list });
  }
  const version = path.replace(/^\/apis?\//, "");
  const resources = kinds.filter((kind) => groupVersion(kind) === version).flatMap(described);
  if (resources.length > 0)
    return send(response, { kind: "APIResourceList", apiVersion: "v1", groupVersion: version, resources });
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" });
  response.end("404 page not found\n");
  return undefined;
}

function pathForbidden(path: string): Failure {
  const { code, body } = forbidden({ group: "", kind: "" }, "");
  return new Failure(code, {
    ...body,
    message: `forbidden: User "system:anonymous" cannot get path ${JSON.stringify(path)}`,
    details: {},
  });
}

function described(kind: Kind): object[] {
  const common = { singularName: kind.singular, namespaced: kind.namespaced, kind: kind.kind };
  const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
  const whole = {
    name: kind.plural,
    ...common,
    verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
  };
  const status = { name: `${kind.plural}/status`, ...common, singularName: "", verbs: ["get", "patch", "update"] };
  return kind.hasStatus ? [whole, status] : [whole];
}
