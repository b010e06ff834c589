import { configError } from "./errors.ts";

/** User and password, with the project to work in. Names need the name or the id of their domain. */
export interface PasswordAuth {
  readonly type: "password";
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  readonly username?: string | undefined;
  readonly userId?: string | undefined;
  readonly password: string;
  readonly userDomainName?: string | undefined;
  readonly userDomainId?: string | undefined;
  readonly projectName?: string | undefined;
  readonly projectId?: string | undefined;
  readonly projectDomainName?: string | undefined;
  readonly projectDomainId?: string | undefined;
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

/** A token from elsewhere. Without a project it is used as it is, with one it is exchanged for one of that scope. */
export interface TokenAuth {
  readonly type: "token";
  readonly authUrl: string;
  readonly token: string;
  readonly projectName?: string | undefined;
  readonly projectId?: string | undefined;
  readonly projectDomainName?: string | undefined;
  readonly projectDomainId?: string | undefined;
}

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
 * @throws config when a name lacks its domain, or user or project are missing.
 */
export function authBody(auth: Auth): object | undefined {
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

function scopeOf(auth: PasswordAuth | TokenAuth): object | undefined {
  if (auth.projectId !== undefined) return { project: { id: auth.projectId } };
  if (auth.projectName === undefined) return undefined;
  return {
    project: { name: auth.projectName, domain: domainOf("project", auth.projectDomainId, auth.projectDomainName) },
  };
}

function domainOf(what: "user" | "project", id: string | undefined, name: string | undefined): object {
  if (id !== undefined) return { id };
  if (name === undefined) {
    throw configError(`the ${what} is named without its domain`, `Set ${what}DomainName or ${what}DomainId.`);
  }
  return { name };
}
