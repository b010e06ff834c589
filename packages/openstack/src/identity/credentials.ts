import { configError } from "../errors.ts";

/**
 * What a token is for: at most one of a project, a domain, and the whole system (administrators of the cloud). Names of
 * projects need the name or the id of their domain.
 */
export interface AuthScope {
  readonly projectName?: string | undefined;
  readonly projectId?: string | undefined;
  readonly projectDomainName?: string | undefined;
  readonly projectDomainId?: string | undefined;
  readonly domainName?: string | undefined;
  readonly domainId?: string | undefined;
  readonly system?: boolean | undefined;
}

/** User and password, with the scope to work in. The user's name needs the name or the id of its domain. */
export interface PasswordAuth extends AuthScope {
  readonly type: "password";
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  readonly username?: string | undefined;
  readonly userId?: string | undefined;
  readonly password: string;
  readonly userDomainName?: string | undefined;
  readonly userDomainId?: string | undefined;
}

/** An application credential, which is bound to its project: by id, or by name and its user. */
export interface ApplicationCredentialAuth {
  readonly type: "application-credential";
  readonly authUrl: string;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly secret: string;
  readonly username?: string | undefined;
  readonly userId?: string | undefined;
  readonly userDomainName?: string | undefined;
  readonly userDomainId?: string | undefined;
}

/** A token from elsewhere. Without a scope it is used as it is, with one it is exchanged for one of that scope. */
export interface TokenAuth extends AuthScope {
  readonly type: "token";
  readonly authUrl: string;
  readonly token: string;
}

/** Who we are, in one of the three ways. */
export type Auth = PasswordAuth | ApplicationCredentialAuth | TokenAuth;

/** The part of the settings that must never be seen. */
export function secretOf(auth: Auth): string {
  if (auth.type === "password") return auth.password;
  return auth.type === "token" ? auth.token : auth.secret;
}

/**
 * The body of `POST /v3/auth/tokens` (Identity API v3, "Authentication and token management"), or undefined for a
 * token that is used as it is.
 *
 * @throws config for a key that is none, more than one scope, a name without its domain, or a missing user.
 */
export function authBody(auth: Auth): object | undefined {
  refuseUnknown(auth);
  if (auth.type === "application-credential") {
    const { id, name, secret } = auth;
    if (id === undefined && name === undefined) {
      throw configError("an application credential needs an id or a name", "Set id, or name and its user.");
    }
    const credential = id === undefined ? { name, user: userOf(auth), secret } : { id, secret };
    return {
      auth: { identity: { methods: ["application_credential"], application_credential: credential } },
    };
  }
  const scope = scopeOf(auth);
  if (auth.type === "token") {
    if (scope === undefined) return undefined;
    return { auth: { identity: { methods: ["token"], token: { id: auth.token } }, scope } };
  }
  return {
    auth: {
      identity: { methods: ["password"], password: { user: { ...userOf(auth), password: auth.password } } },
      ...(scope === undefined ? {} : { scope }),
    },
  };
}

function userOf(auth: PasswordAuth | ApplicationCredentialAuth): object {
  if (auth.userId !== undefined) return { id: auth.userId };
  if (auth.username === undefined) throw configError("the user is missing", "Set username and its domain, or userId.");
  return { name: auth.username, domain: domainOf("user", auth.userDomainId, auth.userDomainName) };
}

const PROJECT_KEYS = ["projectName", "projectId", "projectDomainName", "projectDomainId"];
const SCOPE_KEYS = [...PROJECT_KEYS, "domainName", "domainId", "system"];
const USER_KEYS = ["username", "userId", "userDomainName", "userDomainId"];
const KEYS: Readonly<Record<Auth["type"], ReadonlySet<string>>> = {
  password: new Set(["type", "authUrl", "password", ...USER_KEYS, ...SCOPE_KEYS]),
  "application-credential": new Set(["type", "authUrl", "id", "name", "secret", ...USER_KEYS]),
  token: new Set(["type", "authUrl", "token", ...SCOPE_KEYS]),
};

/** A scope that is misspelt or not known here must not silently become a token of another scope. */
function refuseUnknown(auth: Auth): void {
  const known: ReadonlySet<string> | undefined = KEYS[auth.type];
  if (known === undefined) throw configError("auth has no known type", `Use one of: ${Object.keys(KEYS).join(", ")}.`);
  const unknown = Object.entries(auth).find(([key, value]) => value !== undefined && !known.has(key));
  if (unknown === undefined) return;
  throw configError(`auth of type ${auth.type} has no ${unknown[0]}`, `It takes: ${[...known].join(", ")}.`);
}

function scopeOf(auth: AuthScope): object | undefined {
  const scopes: object[] = [];
  if (auth.projectId !== undefined) scopes.push({ project: { id: auth.projectId } });
  else if (auth.projectName !== undefined) {
    const domain = domainOf("project", auth.projectDomainId, auth.projectDomainName);
    scopes.push({ project: { name: auth.projectName, domain } });
  }
  if (auth.domainId !== undefined) scopes.push({ domain: { id: auth.domainId } });
  else if (auth.domainName !== undefined) scopes.push({ domain: { name: auth.domainName } });
  if (auth.system === true) scopes.push({ system: { all: true } });
  if (scopes.length > 1) throw configError("auth has more than one scope", "Give a project, a domain or the system.");
  return scopes[0];
}

function domainOf(what: "user" | "project", id: string | undefined, name: string | undefined): object {
  if (id !== undefined) return { id };
  if (name === undefined) {
    throw configError(`the ${what} is named without its domain`, `Set ${what}DomainName or ${what}DomainId.`);
  }
  return { name };
}
