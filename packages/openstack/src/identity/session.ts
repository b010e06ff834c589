import { abortable, type Clock, type Random } from "../clock.ts";
import { type Auth, authBody, secretOf } from "./credentials.ts";
import type { CatalogEntry } from "../catalog.ts";
import { isKind, type OpenStackError, protocolError } from "../errors.ts";
import { failureOf, redactor } from "../request/failure.ts";
import { limited, repeat, type RetryOptions } from "../request/retry.ts";
import type { HttpAnswer } from "../http/http-response.ts";

/** What a token stands for; the token itself is not part of it. */
export interface Scope {
  readonly userId: string;
  readonly userName: string;
  readonly projectId: string | undefined;
  readonly projectName: string | undefined;
  readonly roles: readonly string[];
  readonly catalog: readonly CatalogEntry[];
}

/** A token in use. */
export interface Token {
  readonly value: string;
  readonly scope: Scope;
  /** On the clock's `now()`. */
  readonly refreshAt: number;
  /** On the clock's `now()`. */
  readonly expiresAt: number;
}

/** Holds the one token that all requests of a cloud share. */
export interface Session {
  /** The token to use now; asks Keystone when there is none. Concurrent callers share one request. */
  token(signal: AbortSignal): Promise<Token>;
  /** Tells that a service refused `token`. True when a new one can be had, so that one more try makes sense. */
  refused(token: Token): boolean;
  /** Takes this session's secrets out of a text. */
  readonly redact: (text: string) => string;
}

/** Sends one request to Keystone. */
export type IdentityExchange = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  signal: AbortSignal,
  attempt: number,
) => Promise<HttpAnswer>;

/** What a session needs; times in milliseconds. */
export interface SessionOptions {
  readonly auth: Auth;
  readonly exchange: IdentityExchange;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: RetryOptions;
  readonly timeoutMs: number;
}

/** Where tokens come from. */
export const TOKEN_PATH = "/v3/auth/tokens";
/** A token is renewed when this part of its life is left, but not earlier than five minutes before its end. */
const REFRESH_PART = 0.1;
const REFRESH_MAX_MS = 300_000;
/**
 * After a failure no background renewal is tried for so long; after refused credentials nothing is: accounts get locked
 * by many failures.
 */
const HOLD_MS = 5000;

/** A session; nothing is asked before the first token is needed. @throws config for incomplete credentials. */
export function createSession(options: SessionOptions): Session {
  const { auth, exchange, clock, random, retry, timeoutMs } = options;
  const secret = secretOf(auth);
  const body = authBody(auth);
  let current: Token | undefined;
  let previous: string | undefined;
  let pending: Promise<Token> | undefined;
  let renewNotBefore = Number.NEGATIVE_INFINITY;
  let refusal: OpenStackError | undefined;

  function redact(text: string): string {
    return redactor([secret, current?.value, previous])(text);
  }

  async function authenticate(): Promise<Token> {
    const method = body === undefined ? "GET" : "POST";
    const name = { service: "identity", method, path: TOKEN_PATH };
    // Not bound to any caller's signal: whoever else waits needs the token too.
    return limited(name, timeoutMs, clock, undefined, (signal, deadline) =>
      repeat(
        async (attempt) => {
          const started = clock.now();
          const headers = body === undefined ? { "X-Auth-Token": secret, "X-Subject-Token": secret } : {};
          const text = body === undefined ? undefined : JSON.stringify(body);
          const answer = await exchange(method, TOKEN_PATH, headers, text, signal, attempt);
          if (answer.status >= 400) throw authFailure(failureOf(answer, name, clock.wallTime(), redact), auth.type);
          const value = body === undefined ? secret : answer.headers["x-subject-token"];
          if (typeof value !== "string" || value === "") {
            throw protocolError("identity: the answer to an authentication holds no X-Subject-Token", name);
          }
          return readToken(value, answer, body !== undefined, started, clock.wallTime());
        },
        // A second token does no harm.
        { allowed: "always", retry, clock, random, deadline, signal },
      ),
    );
  }

  /** One request, whoever asks; its outcome is kept here so that a refresh in the background cannot be unhandled. */
  function renew(): Promise<Token> {
    pending ??= authenticate()
      .then((token) => {
        previous = current?.value ?? previous;
        current = token;
        refusal = undefined;
        return token;
      })
      .catch((error: unknown) => {
        renewNotBefore = clock.now() + HOLD_MS;
        if (isKind(error, "auth", "forbidden")) refusal = error;
        throw error;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  }

  return {
    redact,
    async token(signal) {
      const now = clock.now();
      if (current !== undefined && now < current.expiresAt) {
        // The old one serves until the new one is there, or until its end if Keystone is away.
        if (now >= current.refreshAt && body !== undefined && now >= renewNotBefore) renew().catch(() => {});
        return current;
      }
      if (pending === undefined && refusal !== undefined && now < renewNotBefore) throw refusal;
      return abortable(renew(), signal);
    },
    refused(token) {
      if (current?.value !== token.value) return true;
      previous = current.value;
      current = undefined;
      return body !== undefined;
    },
  };
}

/** Keystone says the same of a wrong secret and of one that has expired. */
const REFUSED_HINTS: Readonly<Record<Auth["type"], string>> = {
  password: "Check user, password, project and domains, and whether the account is locked or its password expired.",
  "application-credential": "Check id and secret of the application credential, and make a new one if it has expired.",
  token: "Get a new token: it has expired, was revoked, or is not for this scope.",
};

function authFailure(error: OpenStackError, type: Auth["type"]): OpenStackError {
  if (error.kind !== "auth") return error;
  return error.with({ code: "OPENSTACK_CREDENTIALS_REFUSED", hint: REFUSED_HINTS[type] });
}

interface TokenBody {
  readonly token?: {
    readonly expires_at?: string;
    readonly issued_at?: string;
    readonly user?: { readonly id: string; readonly name: string };
    readonly project?: { readonly id: string; readonly name: string };
    readonly roles?: readonly { readonly name: string }[];
    readonly catalog?: readonly CatalogEntry[];
  };
}

/**
 * A token's life is counted from when it was asked for, on the monotonic clock, and by the server's own times: our wall
 * clock may be ahead of Keystone's by more than a token lives.
 */
function readToken(value: string, answer: HttpAnswer, fresh: boolean, started: number, wallTime: number): Token {
  let parsed: TokenBody;
  try {
    parsed = JSON.parse(answer.body);
  } catch (error) {
    throw protocolError("identity: the token's description is not JSON", { service: "identity" }, { cause: error });
  }
  const token = parsed.token ?? {};
  const expires = Date.parse(token.expires_at ?? "");
  const issued = Date.parse(token.issued_at ?? "");
  if (Number.isNaN(expires)) throw protocolError("identity: a token without expires_at", { service: "identity" });
  const date = Date.parse(answer.headers.date ?? "");
  // A token from elsewhere was issued long ago: only the end of its life counts.
  const life = expires - (fresh && !Number.isNaN(issued) ? issued : Number.isNaN(date) ? wallTime : date);
  return {
    value,
    refreshAt: started + life - Math.min(life * REFRESH_PART, REFRESH_MAX_MS),
    expiresAt: started + life,
    scope: {
      userId: token.user?.id ?? "",
      userName: token.user?.name ?? "",
      projectId: token.project?.id,
      projectName: token.project?.name,
      roles: (token.roles ?? []).map((role) => role.name),
      catalog: token.catalog ?? [],
    },
  };
}
