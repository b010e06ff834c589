import { jsonText } from "../../http/message.ts";
import type { FakeRequest, FakeResponse, Handler, Json } from "../../http/message.ts";
import { queryValue } from "../../http/message.ts";
import type { Release } from "../network/state/state.ts";
import { identityRefusal, Refusal, unauthorized } from "../refusal.ts";
import { isObject, malformed, nameless } from "./auth-schema.ts";
import type { CatalogEntry } from "./catalog.ts";
import type { ApplicationCredential, Caller, IdentityState, Project, Role, User } from "./state.ts";
import { createTokens, header } from "./tokens.ts";

export interface IdentityServiceOptions {
  readonly state: IdentityState;
  readonly catalog: () => readonly CatalogEntry[];
  /** Without a version. */
  readonly url: () => string;
  readonly release: Release;
  /** The id that a refused project would have had. */
  readonly newId: () => string;
}

const NOWHERE =
  "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found " +
  "on the server. If you entered the URL manually please check your spelling and try again.</p>\n";

const forbidden = (action: string): Refusal =>
  identityRefusal(403, "Forbidden", `You are not authorized to perform the requested action: identity:${action}.`);
const notFound = (kind: string, id: string): Refusal =>
  identityRefusal(404, "Not Found", `Could not find ${kind}: ${id}.`);
const conflict = (kind: string, why: string): Refusal =>
  identityRefusal(409, "Conflict", `Conflict occurred attempting to store ${kind} - ${why}.`);

/** Keystone v3, what a cloud's clients and its administrator use of it. */
export function createIdentityService(options: IdentityServiceOptions): Handler {
  const { state, url } = options;
  const tokens = createTokens(state, options.release, options.catalog);
  const self = (path: string): Json => ({ self: `${url()}/v3/${path}` });

  const showProject = (project: Project): Json => ({
    id: project.id,
    name: project.name,
    domain_id: project.domainId,
    description: project.description,
    enabled: true,
    parent_id: "default",
    is_domain: false,
    tags: [],
    options: {},
    links: self(`projects/${project.id}`),
  });
  const showUser = (user: User): Json => ({
    id: user.id,
    name: user.name,
    domain_id: user.domainId,
    enabled: true,
    password_expires_at: null,
    options: {},
    links: self(`users/${user.id}`),
  });
  const plainRole = (role: Role): { [key: string]: Json } => ({
    id: role.id,
    name: role.name,
    domain_id: null,
    description: null,
    options: role.immutable ? { immutable: true } : {},
  });
  const showCredential = (one: ApplicationCredential): { [key: string]: Json } => ({
    id: one.id,
    name: one.name,
    description: one.description,
    project_id: one.projectId,
    user_id: one.userId,
    roles: one.roles.map(plainRole),
    expires_at: null,
    system: null,
    unrestricted: one.unrestricted,
    links: self(`application_credentials/${one.id}`),
  });

  function list(request: FakeRequest, name: string, items: readonly Json[]): FakeResponse {
    const links = { next: null, previous: null, self: url() + request.target };
    return { status: 200, body: { links, [name]: [...items] } };
  }

  function bodyOf(request: FakeRequest): Json {
    try {
      return JSON.parse(request.body) as Json;
    } catch {
      throw malformed("valid JSON");
    }
  }

  /** The resource in a body. @throws Refusal when it has no name */
  function resource(request: FakeRequest, kind: string): { [key: string]: Json } {
    const body = bodyOf(request);
    const found = isObject(body) ? body[kind] : undefined;
    if (!isObject(found)) throw malformed(kind);
    if (typeof found["name"] !== "string") {
      throw nameless(options.release, kind, found);
    }
    return found;
  }

  function projects(request: FakeRequest, caller: Caller, id: string | undefined): FakeResponse {
    const { method } = request;
    if (id === undefined && method === "POST") {
      if (!caller.isAdmin) throw forbidden("create_project");
      const body = resource(request, "project");
      const name = jsonText(body["name"]);
      if (state.projectNamed(name) !== undefined) {
        const why =
          "it is not permitted to have two projects with either the same name or same id in the same domain: " +
          `name is ${name}, project id ${options.newId()}`;
        throw conflict("project", why);
      }
      const project = state.addProject(name, typeof body["description"] === "string" ? body["description"] : "");
      return { status: 201, body: { project: showProject(project) } };
    }
    if (id === undefined) {
      if (!caller.isAdmin) throw forbidden("list_projects");
      const name = queryValue(request, "name");
      const found = [...state.projects.values()].filter((one) => name === undefined || one.name === name);
      return list(request, "projects", found.map(showProject));
    }
    const project = state.projects.get(id);
    if (method !== "GET" && !caller.isAdmin) throw forbidden(`${method === "DELETE" ? "delete" : "update"}_project`);
    if (project === undefined) throw caller.isAdmin ? notFound("project", id) : forbidden("get_project");
    if (!caller.isAdmin && caller.projectId !== id) throw forbidden("get_project");
    if (method === "DELETE") {
      state.projects.delete(id);
      return { status: 204 };
    }
    return { status: 200, body: { project: showProject(project) } };
  }

  function users(request: FakeRequest, caller: Caller, id: string | undefined): FakeResponse {
    const { method } = request;
    if (id === undefined && method === "POST") {
      if (!caller.isAdmin) throw forbidden("create_user");
      const body = resource(request, "user");
      const name = jsonText(body["name"]);
      if (state.userNamed(name) !== undefined)
        throw conflict("user", `Duplicate entry found with name ${name} at domain ID default`);
      const password = typeof body["password"] === "string" ? body["password"] : undefined;
      return { status: 201, body: { user: showUser(state.addUser(name, password)) } };
    }
    if (id === undefined) {
      if (!caller.isAdmin) throw forbidden("list_users");
      const name = queryValue(request, "name");
      const found = [...state.users.values()].filter((one) => name === undefined || one.name === name);
      return list(request, "users", found.map(showUser));
    }
    const action = method === "DELETE" ? "delete_user" : method === "GET" ? "get_user" : "update_user";
    const user = state.users.get(id);
    if (!caller.isAdmin && (method !== "GET" || caller.userId !== id)) throw forbidden(action);
    if (user === undefined) throw notFound("user", id);
    if (method === "DELETE") {
      state.users.delete(id);
      return { status: 204 };
    }
    return { status: 200, body: { user: showUser(user) } };
  }

  function credentials(request: FakeRequest, caller: Caller, userId: string, id: string | undefined): FakeResponse {
    const { method } = request;
    const action = method === "POST" ? "create" : method === "DELETE" ? "delete" : "get";
    if (caller.userId !== userId && !(caller.isAdmin && method !== "POST"))
      throw forbidden(`${action}_application_credential`);
    const own = [...state.credentials.values()].filter((one) => one.userId === userId);
    if (method === "POST") {
      const body = resource(request, "application_credential");
      const name = jsonText(body["name"]);
      if (own.some((one) => one.name === name))
        throw conflict("application_credential", `Duplicate entry found with name ${name}`);
      const projectId = caller.projectId;
      if (projectId === undefined) throw forbidden("create_application_credential");
      const secret = typeof body["secret"] === "string" ? body["secret"] : (header(request, "x-auth-token") ?? "");
      const made = state.addCredential({
        name,
        secret,
        description: typeof body["description"] === "string" ? body["description"] : null,
        userId,
        projectId,
        roles: state.rolesIn(projectId, userId),
        unrestricted: typeof body["unrestricted"] === "boolean" ? body["unrestricted"] : null,
      });
      return { status: 201, body: { application_credential: { ...showCredential(made), secret } } };
    }
    if (id === undefined) return list(request, "application_credentials", own.map(showCredential));
    const found = state.credentials.get(id);
    if (found === undefined) throw notFound("Application Credential", id);
    if (method === "DELETE") {
      state.credentials.delete(id);
      return { status: 204 };
    }
    return { status: 200, body: { application_credential: showCredential(found) } };
  }

  function roles(request: FakeRequest, caller: Caller): FakeResponse {
    if (request.method === "POST") {
      if (!caller.isAdmin) throw forbidden("create_role");
      const role = state.addRole(jsonText(resource(request, "role")["name"]), false);
      return { status: 201, body: { role: { ...plainRole(role), links: self(`roles/${role.id}`) } } };
    }
    if (!caller.isAdmin) throw forbidden("list_roles");
    const name = queryValue(request, "name");
    const found = [...state.roles.values()].filter((one) => name === undefined || one.name === name);
    return list(
      request,
      "roles",
      found.map((role) => ({ ...plainRole(role), links: self(`roles/${role.id}`) })),
    );
  }

  function grants(
    request: FakeRequest,
    caller: Caller,
    projectId: string,
    userId: string,
    roleId: string,
  ): FakeResponse {
    if (!caller.isAdmin) throw forbidden(`${request.method === "PUT" ? "create" : "revoke"}_grant`);
    if (!state.projects.has(projectId)) throw notFound("project", projectId);
    if (!state.users.has(userId)) throw notFound("user", userId);
    if (!state.roles.has(roleId)) throw notFound("role", roleId);
    const granted = state.grants(projectId, userId);
    if (request.method === "PUT") granted.add(roleId);
    else if (request.method === "DELETE") granted.delete(roleId);
    return { status: 204 };
  }

  function route(request: FakeRequest): FakeResponse {
    const parts = request.path.split("/").filter((part) => part !== "");
    const [version, kind, first, second, third, fourth, fifth] = parts;
    if (version === undefined) return { status: 300, body: { versions: { values: [versionOf(url())] } } };
    if (version !== "v3") throw new Refusal(404, NOWHERE, { "Content-Type": "text/html; charset=utf-8" });
    if (kind === undefined) return { status: 200, body: { version: versionOf(url()) } };
    if (kind === "auth" && first === "tokens" && second === undefined) {
      if (request.method === "POST") return tokens.create(request, bodyOf(request));
      return tokens.subject(request);
    }
    if (!["projects", "users", "roles"].includes(kind))
      throw new Refusal(404, NOWHERE, { "Content-Type": "text/html; charset=utf-8" });
    const caller = state.caller(header(request, "x-auth-token"));
    if (caller === undefined) throw unauthorized();
    if (kind === "roles" && first === undefined) return roles(request, caller);
    if (kind === "projects" && second === undefined) return projects(request, caller, first);
    if (kind === "users" && second === undefined) return users(request, caller, first);
    if (kind === "users" && first !== undefined && second === "application_credentials")
      return credentials(request, caller, first, third);
    if (kind === "projects" && first !== undefined && second === "users" && third !== undefined && fourth === "roles")
      return grants(request, caller, first, third, fifth ?? "");
    throw new Refusal(404, NOWHERE, { "Content-Type": "text/html; charset=utf-8" });
  }

  return (request) => {
    try {
      return route(request);
    } catch (error) {
      if (error instanceof Refusal) return error.response;
      throw error;
    }
  };
}

const versionOf = (url: string): Json => ({
  id: "v3.14",
  status: "stable",
  updated: "2020-04-07T00:00:00Z",
  links: [{ rel: "self", href: `${url}/v3/` }],
  "media-types": [{ base: "application/json", type: "application/vnd.openstack.identity-v3+json" }],
});
