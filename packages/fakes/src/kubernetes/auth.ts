import type { ResourcePath } from "./request.ts";
import { forbidden, unauthorized } from "./status.ts";

/** rbac/v1 PolicyRule. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Somebody with a bearer token. */
export interface User {
  readonly token: string;
  readonly name: string;
  readonly groups?: readonly string[] | undefined;
  /** What they may; everything when left out. */
  readonly rules?: readonly PolicyRule[] | undefined;
}

const anonymous: User = { token: "", name: "system:anonymous", groups: ["system:unauthenticated"], rules: [] };

/** Who sends the request. @throws Failure (401) for a token that nobody has */
export function authenticate(users: readonly User[], authorization: string | undefined): User {
  if (authorization === undefined) return anonymous;
  const token = authorization.replace(/^Bearer\s+/i, "");
  const user = users.find((one) => one.token === token);
  if (user === undefined) throw unauthorized();
  return user;
}

/** @throws Failure (403) */
export function authorize(user: User, verb: string, path: ResourcePath): void {
  const { rules } = user;
  const resource = path.subresource === undefined ? path.plural : `${path.plural}/${path.subresource}`;
  const has = (list: readonly string[], wanted: string): boolean => list.includes("*") || list.includes(wanted);
  const allows = (rule: PolicyRule): boolean =>
    has(rule.apiGroups, path.group) &&
    has(rule.resources, resource) &&
    has(rule.verbs, verb) &&
    (rule.resourceNames === undefined || (path.name !== undefined && rule.resourceNames.includes(path.name)));
  if (rules?.some(allows) ?? true) return;
  // A namespace counts as inside itself.
  const namespace = path.plural === "namespaces" && path.group === "" ? path.name : path.namespace;
  const scope = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  throw forbidden(
    { group: path.group, kind: path.plural, name: path.name },
    `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${path.group}" ${scope}`,
  );
}
