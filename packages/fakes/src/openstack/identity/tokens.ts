import type { FakeRequest, FakeResponse, Json } from "../../http/message.ts";
import type { Release } from "../network/state/state.ts";
import { identityRefusal, unauthorized } from "../refusal.ts";
import { authParts, isObject } from "./auth-schema.ts";
import type { CatalogEntry } from "./catalog.ts";
import type { IdentityState, Project, Token, User } from "./state.ts";

const METHODS = ["external", "password", "token", "oauth1", "mapped", "application_credential", "ec2credential"];
const SUPPORTED = new Set(["password", "token", "application_credential"]);
const DOMAIN = { id: "default", name: "Default" };

const time = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const step of path) here = isObject(here) ? here[step] : undefined;
  return here;
}

const stringAt = (value: Json | undefined, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
};

/** `/v3/auth/tokens`. Source: Identity API v3, authentication and token management. */
export function createTokens(state: IdentityState, release: Release, catalog: () => readonly CatalogEntry[]) {
  function show(token: Token, withCatalog: boolean): Json {
    const user = state.users.get(token.userId);
    const project = token.projectId === undefined ? undefined : state.projects.get(token.projectId);
    const { credential } = token;
    return {
      token: {
        methods: [...token.methods],
        user: { domain: DOMAIN, id: token.userId, name: user?.name ?? "", password_expires_at: null },
        audit_ids: [...token.auditIds],
        expires_at: time(Math.floor(token.expiresAt / 1000) * 1000),
        issued_at: time(Math.floor(token.issuedAt / 1000) * 1000),
        ...(project === undefined
          ? {}
          : {
              project: { domain: DOMAIN, id: project.id, name: project.name },
              is_domain: false,
              roles: token.roles.map(({ id, name }) => ({ id, name })),
              ...(withCatalog ? { catalog: catalog() as unknown as Json } : {}),
            }),
        ...(credential === undefined
          ? {}
          : {
              application_credential: {
                id: credential.id,
                name: credential.name,
                restricted: credential.unrestricted !== true,
              },
            }),
      },
    };
  }

  function userOf(part: Json | undefined): User | undefined {
    const id = stringAt(part, "user", "id");
    if (id !== undefined) return state.users.get(id);
    const name = stringAt(part, "user", "name");
    return name === undefined ? undefined : state.userNamed(name);
  }

  function projectOf(scope: Json | undefined, user: User): Project | undefined {
    if (scope === undefined || scope === "unscoped") return undefined;
    const id = stringAt(scope, "project", "id");
    const name = stringAt(scope, "project", "name");
    const project = id === undefined ? state.projectNamed(name ?? "") : state.projects.get(id);
    if (project === undefined || state.rolesIn(project.id, user.id).length === 0) throw unauthorized();
    return project;
  }

  function authenticate(body: Json): Token {
    const { identity, methods, scope } = authParts(release, body);
    if (methods.some((one) => !SUPPORTED.has(one))) {
      const message = "Attempted to authenticate with an unsupported method.";
      throw identityRefusal(401, "Unauthorized", message, {
        identity: { methods: METHODS.filter((one) => release !== "zed" || one !== "ec2credential") },
      });
    }
    const [method] = methods;
    if (method === "token") {
      const from = state.known(stringAt(identity, "token", "id"));
      if (from === undefined) throw identityRefusal(404, "Not Found", "Could not recognize Fernet token");
      const user = state.users.get(from.userId);
      if (!state.valid(from) || user === undefined) throw unauthorized();
      const { credential } = from;
      const projectId = projectOf(scope, user)?.id;
      const all = [...new Set(["token", ...from.methods])];
      return state.issue(user, all, { projectId, from, ...(credential === undefined ? {} : { credential }) });
    }
    if (method === "application_credential") {
      const part = identity["application_credential"];
      const id = stringAt(part, "id");
      const owner = userOf(part);
      const name = stringAt(part, "name");
      const credential =
        id === undefined
          ? [...state.credentials.values()].find((one) => one.name === name && one.userId === owner?.id)
          : state.credentials.get(id);
      if (credential === undefined) {
        if (id === undefined) throw unauthorized();
        throw identityRefusal(404, "Not Found", `Could not find Application Credential: ${id}.`);
      }
      const user = state.users.get(credential.userId);
      if (user === undefined || credential.secret !== stringAt(part, "secret")) throw unauthorized();
      return state.issue(user, methods, { projectId: credential.projectId, credential });
    }
    const user = userOf(identity["password"]);
    const password = stringAt(identity, "password", "user", "password");
    if (user === undefined || user.password === undefined || user.password !== password) throw unauthorized();
    return state.issue(user, methods, { projectId: projectOf(scope, user)?.id });
  }

  return {
    create(request: FakeRequest, body: Json): FakeResponse {
      const token = authenticate(body);
      const short = request.query.some(([name]) => name === "nocatalog");
      return { status: 201, body: show(token, !short), headers: { "X-Subject-Token": token.value } };
    },

    /** Shows the token named by `X-Subject-Token`, or with DELETE ends it. */
    subject(request: FakeRequest): FakeResponse {
      if (state.caller(header(request, "x-auth-token")) === undefined) throw unauthorized();
      const value = header(request, "x-subject-token");
      const what = request.method === "DELETE" ? "revoke_token" : "validate_token";
      if (value === undefined) {
        const message = `You are not authorized to perform the requested action: identity:${what}.`;
        throw identityRefusal(403, "Forbidden", message);
      }
      const token = state.known(value);
      if (token === undefined) throw identityRefusal(404, "Not Found", "Could not recognize Fernet token");
      if (!state.valid(token)) throw identityRefusal(404, "Not Found", "Failed to validate token");
      if (request.method === "DELETE") {
        token.revoked = true;
        return { status: 204 };
      }
      const short = request.query.some(([name]) => name === "nocatalog");
      const body = show(token, !short);
      return { status: 200, ...(request.method === "HEAD" ? {} : { body }), headers: { "X-Subject-Token": value } };
    },
  };
}

/** One header's value. */
export function header(request: FakeRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
