/** What a failure means to a program; see {@link OpenStackError.kind}. */
export type ErrorKind =
  /** The object, or one that the request names, does not exist (or belongs to another project). */
  | "not-found"
  /** Refused because of the state of something else; no more exact kind fits. */
  | "conflict"
  /** A quota of the project is used up. */
  | "quota"
  /** No free address in the subnet, no free prefix in the subnet pool. */
  | "ip-exhausted"
  /** The very address or prefix asked for is taken. */
  | "ip-in-use"
  /** Cannot be removed or changed while others use it. */
  | "in-use"
  /** A load balancer that is busy (PENDING_*) or in ERROR. */
  | "immutable"
  /** The same object is there already: adopt it. */
  | "already-exists"
  /** If-Match: somebody changed the object in between. */
  | "precondition"
  /** The request itself is wrong; repeating it cannot help. */
  | "invalid"
  /** The credentials or the token were refused. */
  | "auth"
  /** Known, but not allowed. */
  | "forbidden"
  /** Too many requests. */
  | "rate-limit"
  /** The request line or the body is longer than the server takes. */
  | "too-long"
  /** The server failed. */
  | "server"
  /** This cloud or this provider cannot do it. */
  | "unsupported"
  /** No answer: refused, reset, TLS failure, ended half-way. */
  | "network"
  /** No complete answer in time; the effect of a write is unknown. */
  | "timeout"
  /** Settings that cannot be used, before anything was sent. */
  | "config";

/** The facts an {@link OpenStackError} carries; every one but kind and code may be missing. */
export interface ErrorFacts {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint?: string | undefined;
  readonly service?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly type?: string | undefined;
  readonly requestId?: string | undefined;
  readonly excerpt?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly existingId?: string | undefined;
  readonly sent?: boolean | undefined;
  readonly transient?: boolean | undefined;
  readonly systemCode?: string | undefined;
}

const HINTS: Readonly<Record<ErrorKind, string>> = {
  "not-found": "Look whether it was deleted, or belongs to another project.",
  conflict: "Read the object again and look at what stands in the way.",
  quota: "Raise the project's quota, or delete what is not needed.",
  "ip-exhausted": "Free addresses, or add a subnet or prefixes to the subnet pool.",
  "ip-in-use": "Choose another address, or let the cloud choose.",
  "in-use": "Remove what uses it first.",
  immutable: "Wait until the load balancer's whole status tree is ACTIVE; delete it with cascade if it is in ERROR.",
  "already-exists": "Use the one that is there.",
  precondition: "Read the object again, apply the change to what is there now, and repeat.",
  invalid: "Correct the request; repeating it cannot help.",
  auth: "Check user, password or application credential, project and domains.",
  forbidden: "Give the user the role, or the policy the rule, that this needs.",
  "rate-limit": "Wait as long as the answer asks, then repeat.",
  "too-long": "Ask for less in one request.",
  server: "Look for the request id in the service's log.",
  unsupported: "See which extensions, providers and versions this cloud has.",
  network: "Check that the endpoint is reachable from here and that its certificate is trusted.",
  timeout: "Read the object again before repeating a write; look at the service's load, or raise timeoutMs.",
  config: "Correct the settings.",
};

/** Kinds that may pass by themselves. */
const PASSING: ReadonlySet<ErrorKind> = new Set(["rate-limit", "server", "network", "timeout"]);

/**
 * Every failure of this package (an abort throws the signal's own reason instead). It never holds a token, a password
 * or a secret, nor the request's body or query.
 */
export class OpenStackError extends Error {
  /** What it means; the one to branch on. */
  readonly kind: ErrorKind;
  /** Stable, for programs and documentation: `OPENSTACK_...`, finer than `kind`. */
  readonly code: string;
  /** What to do next, for people. */
  readonly hint: string;
  /** True when the same request may succeed later without a change anywhere. */
  readonly transient: boolean;
  /** `identity`, `network`, `load-balancer`. */
  readonly service: string | undefined;
  readonly method: string | undefined;
  /** Path without the query. */
  readonly path: string | undefined;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** Type in a `NeutronError`, title of a Keystone error, faultcode of an Octavia fault. */
  readonly type: string | undefined;
  /** The service's id of the request, `req-...`: what to look for in its log. */
  readonly requestId: string | undefined;
  /** Begin of the answer's body, at most 500 characters. */
  readonly excerpt: string | undefined;
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;
  /** For `already-exists`: the id of the object that is there, when the message says it. */
  readonly existingId: string | undefined;
  /** False when it is certain that nothing reached the server. */
  readonly sent: boolean;
  /** For `network`: the system's own code, such as `ECONNREFUSED`. */
  readonly systemCode: string | undefined;

  constructor(message: string, facts: ErrorFacts, options?: ErrorOptions) {
    super(message, options);
    this.name = "OpenStackError";
    this.kind = facts.kind;
    this.code = facts.code;
    this.hint = facts.hint ?? HINTS[facts.kind];
    this.transient = facts.transient ?? PASSING.has(facts.kind);
    this.service = facts.service;
    this.method = facts.method;
    this.path = facts.path;
    this.status = facts.status;
    this.type = facts.type;
    this.requestId = facts.requestId;
    this.excerpt = facts.excerpt;
    this.retryAfterMs = facts.retryAfterMs;
    this.existingId = facts.existingId;
    this.sent = facts.sent ?? true;
    this.systemCode = facts.systemCode;
  }

  /** The same failure with other facts, and another message when given. */
  with(facts: Partial<ErrorFacts>, message = this.message): OpenStackError {
    const { kind, code, hint, transient, service, method, path, status, type } = this;
    const { requestId, excerpt, retryAfterMs, existingId, sent, systemCode } = this;
    const kept = { kind, code, hint, transient, service, method, path, status, type };
    const rest = { requestId, excerpt, retryAfterMs, existingId, sent, systemCode };
    return new OpenStackError(message, { ...kept, ...rest, ...facts }, { cause: this.cause });
  }
}

/** True for an {@link OpenStackError} of one of these kinds. */
export function isKind(error: unknown, ...kinds: readonly ErrorKind[]): error is OpenStackError {
  return error instanceof OpenStackError && kinds.includes(error.kind);
}

/** The error for settings that cannot be used; `code` where `OPENSTACK_CONFIG` is not fine enough. */
export function configError(
  message: string,
  hint: string,
  { code = "OPENSTACK_CONFIG", ...options }: ErrorOptions & { readonly code?: string } = {},
): OpenStackError {
  return new OpenStackError(message, { kind: "config", code, hint, sent: false }, options);
}

/** The error for an answer that is not what the API promises. */
export function protocolError(
  message: string,
  facts: Partial<ErrorFacts> = {},
  options?: ErrorOptions,
): OpenStackError {
  return new OpenStackError(
    message,
    {
      ...facts,
      kind: "server",
      code: "OPENSTACK_PROTOCOL",
      hint: "Check what stands between this client and the service.",
      transient: false,
    },
    options,
  );
}
