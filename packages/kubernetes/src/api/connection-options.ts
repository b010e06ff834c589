import type { IncomingHttpHeaders } from "node:http";

import type { Clock, Random } from "../clock.ts";
import type { KubernetesError } from "../errors.ts";
import type { ExecPlugin } from "../credentials/exec-settings.ts";
import type { KubernetesObject, ResourceDefinition } from "../objects.ts";
import type { Query } from "./paths.ts";
import type { TokenSource } from "../credentials/token.ts";
import type { HttpStream } from "./transport.ts";
import type { Resource } from "./verbs.ts";

/** How to reach and authenticate to an API server. At most one of the token settings. */
export interface ConnectionOptions {
  /** `https://host:port`, a path prefix is allowed. */
  readonly server: string;
  /** PEM; the system's roots when left out. */
  readonly ca?: string | Buffer | undefined;
  /** PEM. */
  readonly clientCert?: string | Buffer | undefined;
  /** PEM. */
  readonly clientKey?: string | Buffer | undefined;
  readonly token?: string | undefined;
  /** Read again when the file changes. */
  readonly tokenFile?: string | undefined;
  /** Run for a token, which is kept until it ends. */
  readonly exec?: ExecPlugin | undefined;
  readonly tokenSource?: TokenSource | undefined;
  /** Name to verify in the server's certificate instead of the host in `server`. */
  readonly tlsServerName?: string | undefined;
  /** Accept any certificate. For experiments only. */
  readonly insecure?: boolean | undefined;
  /** Limit for one call with its retries; default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Connections for everything but watches, which have one each; default 32. More requests wait their turn. */
  readonly maxConnections?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Called after each HTTP exchange, retried ones included; must not throw. */
  readonly onRequest?: ((report: RequestReport) => void) | undefined;
  /**
   * Asked in the very moment when a write (anything but GET) goes out, after every wait for a token or a connection, and
   * again for each repetition: milliseconds that its answer may take, `Infinity` for no limit. A throw refuses it:
   * nothing is sent, nothing repeated, and the call rejects with that error. For whoever may write only while holding a
   * Lease, whose own writes it must let through.
   */
  readonly admitWrite?: ((write: WriteName) => number) | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A write that is about to be sent. */
export interface WriteName {
  /** create, update, patch, apply, delete, deletecollection, or raw. */
  readonly verb: string;
  /** `plural`, `plural.group`, `plural/subresource`; undefined for raw requests. */
  readonly resource: string | undefined;
  readonly method: string;
  readonly path: string;
}

/** One HTTP exchange, for counters, histograms and journals. */
export interface RequestReport {
  /** get, list, watch, create, update, patch, apply, delete, deletecollection, or raw. */
  readonly verb: string;
  /** `plural`, `plural.group`, `plural/subresource`; undefined for raw requests. */
  readonly resource: string | undefined;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** To the end of the answer; for a watch to its headers. */
  readonly durationMs: number;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly error: KubernetesError | undefined;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Overrides the connection's limit for this call. */
  readonly timeoutMs?: number | undefined;
  /** Told of the headers of a single answer that is well; not of those of pages, watches and streams. */
  readonly onHeaders?: ((headers: IncomingHttpHeaders) => void) | undefined;
}

/** A request below the level of resources. */
export interface ApiRequest extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, encoded, without query. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  readonly verb?: string | undefined;
  readonly resource?: string | undefined;
}

/** Whether the server is ready to serve, from `/readyz`. */
export interface Readiness {
  readonly ready: boolean;
  /** The server's words, or the error's. */
  readonly detail: string;
}

/** A connection to one API server; cheap, shared by everything in a process. */
export interface Connection {
  readonly server: string;
  readonly clock: Clock;
  readonly random: Random;
  /** A typed handle; `T` is believed, not checked. */
  resource<T extends KubernetesObject>(definition: ResourceDefinition): Resource<T>;
  /** Any request whose answer is JSON; `T` is believed. Errors as in {@link apiError}. */
  request<T>(request: ApiRequest): Promise<T>;
  /** Any request whose answer is text, such as `/metrics`. */
  text(request: ApiRequest): Promise<string>;
  /** Opens a stream on a connection of its own; `timeoutMs` counts to the headers. The caller closes it. */
  stream(request: ApiRequest): Promise<HttpStream>;
  /** Asks `/readyz`; never throws for an answer that says no, nor for none. */
  ready(options?: CallOptions): Promise<Readiness>;
  /** Closes the kept-alive connections. */
  close(): void;
}
