import type { ServerClock } from "../../http/clock.ts";
import type { Ids } from "../ids.ts";

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly immutable: boolean;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly description: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly password: string | undefined;
}

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  readonly description: string | null;
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly Role[];
  readonly unrestricted: boolean | null;
}

export interface Token {
  readonly value: string;
  readonly userId: string;
  readonly projectId: string | undefined;
  readonly roles: readonly Role[];
  readonly methods: readonly string[];
  readonly auditIds: readonly string[];
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly credential?: ApplicationCredential;
  revoked: boolean;
}

/** Who asks one of the other services. */
export interface Caller {
  readonly userId: string;
  readonly projectId: string | undefined;
  readonly roles: ReadonlySet<string>;
  readonly isAdmin: boolean;
}

/** A role brings others with it. Source: what `keystone-manage bootstrap` makes. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  admin: ["manager", "member", "reader"],
  manager: ["member", "reader"],
  member: ["reader"],
};
const BOOTSTRAPPED = ["admin", "manager", "member", "reader", "service"];
const DEFAULT_LIFE_MS = 3_600_000;

/** Users, projects, roles and tokens of the one domain `default`. */
export class IdentityState {
  readonly roles = new Map<string, Role>();
  readonly projects = new Map<string, Project>();
  readonly users = new Map<string, User>();
  readonly credentials = new Map<string, ApplicationCredential>();
  /** Life of tokens issued from now on, in milliseconds. */
  tokenLifeMs = DEFAULT_LIFE_MS;
  readonly #grants = new Map<string, Set<string>>();
  readonly #tokens = new Map<string, Token>();
  readonly #ids: Ids;
  readonly #clock: ServerClock;

  constructor(ids: Ids, clock: ServerClock) {
    this.#ids = ids;
    this.#clock = clock;
    for (const name of BOOTSTRAPPED) this.addRole(name, name !== "service");
    for (const name of ["load-balancer_member", "kuryr"]) this.addRole(name, false);
  }

  addRole(name: string, immutable: boolean): Role {
    const role = { id: this.#ids.plain(), name, immutable };
    this.roles.set(role.id, role);
    return role;
  }

  addProject(name: string, description = ""): Project {
    const project = { id: this.#ids.plain(), name, domainId: "default", description };
    this.projects.set(project.id, project);
    return project;
  }

  addUser(name: string, password: string | undefined): User {
    const user = { id: this.#ids.plain(), name, domainId: "default", password };
    this.users.set(user.id, user);
    return user;
  }

  addCredential(credential: Omit<ApplicationCredential, "id">): ApplicationCredential {
    const added = { ...credential, id: this.#ids.plain() };
    this.credentials.set(added.id, added);
    return added;
  }

  grants(projectId: string, userId: string): Set<string> {
    const key = `${projectId}/${userId}`;
    const granted = this.#grants.get(key) ?? new Set();
    this.#grants.set(key, granted);
    return granted;
  }

  /** Roles in a project, with those that they imply, by name. */
  rolesIn(projectId: string, userId: string): Role[] {
    const names = new Set<string>();
    for (const id of this.grants(projectId, userId)) {
      const name = this.roles.get(id)?.name;
      if (name !== undefined) for (const one of [name, ...(IMPLIED[name] ?? [])]) names.add(one);
    }
    return [...this.roles.values()].filter(({ name }) => names.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  userNamed(name: string): User | undefined {
    return [...this.users.values()].find((user) => user.name === name);
  }

  projectNamed(name: string): Project | undefined {
    return [...this.projects.values()].find((project) => project.name === name);
  }

  issue(
    user: User,
    methods: readonly string[],
    scope: {
      readonly projectId?: string | undefined;
      readonly from?: Token | undefined;
      readonly credential?: ApplicationCredential;
    },
  ): Token {
    const now = this.#clock.now();
    const { projectId, from, credential } = scope;
    const token: Token = {
      value: this.#ids.token(),
      userId: user.id,
      projectId,
      roles: credential?.roles ?? (projectId === undefined ? [] : this.rolesIn(projectId, user.id)),
      methods,
      auditIds: [this.#ids.auditId(), ...(from === undefined ? [] : from.auditIds.slice(-1))],
      issuedAt: now,
      expiresAt: from?.expiresAt ?? now + this.tokenLifeMs,
      ...(credential === undefined ? {} : { credential }),
      revoked: false,
    };
    this.#tokens.set(token.value, token);
    return token;
  }

  /** A token that was issued here, whatever has become of it. */
  known(value: string | undefined): Token | undefined {
    return value === undefined ? undefined : this.#tokens.get(value);
  }

  valid(token: Token): boolean {
    const scoped = token.projectId === undefined || this.projects.has(token.projectId);
    const credential = token.credential === undefined || this.credentials.has(token.credential.id);
    return (
      !token.revoked && token.expiresAt > this.#clock.now() && this.users.has(token.userId) && scoped && credential
    );
  }

  /** All tokens end, as when the keys of the service are changed. */
  revokeAll(): void {
    for (const token of this.#tokens.values()) token.revoked = true;
  }

  /** Who shows a token; `undefined` when it is worth nothing. */
  caller(value: string | undefined): Caller | undefined {
    const token = this.known(value);
    if (token === undefined || !this.valid(token)) return undefined;
    const roles = new Set(token.roles.map(({ name }) => name));
    return { userId: token.userId, projectId: token.projectId, roles, isAdmin: roles.has("admin") };
  }
}
