import { backoffDelay, bounded, type Clock, type Random, systemClock } from "./clock.ts";
import {
  OvsdbBusyError,
  OvsdbClosedError,
  OvsdbConnectionError,
  OvsdbProtocolError,
  OvsdbTimeoutError,
  OvsdbTransactionError,
} from "./errors.ts";
import { isArray, isObject, type Json } from "./json.ts";
import { Monitor, type MonitoredTable } from "./monitor.ts";
import type { Operation, Results } from "./operations.ts";
import { Session } from "./session.ts";
import { dial, parseTarget, type Target, type TlsKeys } from "./target.ts";

/** Where and how to connect. */
export interface OvsdbOptions {
  /** `unix:PATH`, `tcp:HOST:PORT` or `ssl:HOST:PORT`. */
  readonly target: string;
  /** For `ssl:`; the server's certificate is always verified. */
  readonly tls?: TlsKeys;
  /** Told of everything that goes wrong in the background: lost connections, failing listeners. Must not throw. */
  readonly onError?: (error: unknown) => void;
  /** Silence after which the server is probed; twice that and the connection is given up. 5000 ms unless given. */
  readonly probeMs?: number;
  /** Limit of one try to connect; 5000 ms unless given. */
  readonly connectTimeoutMs?: number;
  /** First and longest delay before connecting again; 100 and 8000 ms unless given, half of it random. */
  readonly backoffMs?: { readonly first: number; readonly longest: number };
  /** Largest message accepted; 64 MiB unless given. */
  readonly messageLimit?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Limits of one call. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  /** 10000 ms unless given, waiting for the connection included. */
  readonly timeoutMs?: number | undefined;
}

/** Of a call that names none. */
export const DEFAULT_TIMEOUT_MS = 10_000;
const WAITER_LIMIT = 4096;

/** An OVSDB client that connects at once, and again whenever the connection is lost. */
export class OvsdbClient implements Disposable {
  readonly #target: Target;
  readonly #options: OvsdbOptions;
  readonly #clock: Clock;
  readonly #monitors: Monitor[] = [];
  readonly #waiters = new Set<() => void>();
  #session: Session | undefined;
  #failures = 0;
  #closed = false;
  #cancelRetry = (): void => {};
  #abandon = (): void => {};

  constructor(options: OvsdbOptions) {
    this.#target = parseTarget(options.target);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#connect();
  }

  /** Connected, and every monitor's copy is current. */
  get connected(): boolean {
    return this.#session !== undefined && this.#monitors.every((monitor) => monitor.synced);
  }

  /** Resolves when `connected` is true. @throws OvsdbTimeoutError, OvsdbClosedError, the signal's reason */
  async ready(signal?: AbortSignal, timeoutMs?: number): Promise<void> {
    await this.#until(() => this.connected, "connecting", { signal, timeoutMs });
  }

  /** Keeps a copy of tables from now on; `ready` waits for the first one to be complete. */
  monitor(database: string, tables: readonly MonitoredTable[]): Monitor {
    if (this.#closed) throw new OvsdbClosedError();
    const monitor = new Monitor(`monitor-${this.#monitors.length + 1}`, database, tables);
    this.#monitors.push(monitor);
    const session = this.#session;
    if (session !== undefined) void this.#start(session, [monitor]);
    return monitor;
  }

  /**
   * Runs operations as one transaction and gives the result of each. Waits for the connection, but never sends twice:
   * when the connection is lost in between, the outcome is unknown and the error's `sent` is true. By the time it
   * resolves, monitored tables (once `ready`) show the changes.
   *
   * @throws OvsdbTransactionError, OvsdbConnectionError, OvsdbTimeoutError, OvsdbClosedError, the signal's reason
   */
  async transact<const O extends readonly Operation<unknown>[]>(
    database: string,
    operations: O,
    limits: CallLimits = {},
  ): Promise<Results<O>> {
    const reply = await this.request("transact", [database, ...operations.map(({ wire }) => wire)], limits);
    return readResults(operations, reply);
  }

  /** Sends any request of the protocol, such as `list_dbs`. @throws as `transact`; OvsdbResponseError */
  async request(method: string, params: readonly Json[], limits: CallLimits = {}): Promise<Json> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = limits;
    signal?.throwIfAborted();
    const over = new AbortController();
    const work = async (): Promise<Json> => {
      const session = this.#session ?? (await this.#nextSession(over.signal));
      return session.request(method, params, { signal: over.signal });
    };
    try {
      return await bounded(work(), this.#clock, { signal, timeoutMs }, (ms) => new OvsdbTimeoutError(method, ms));
    } catch (error) {
      // Whoever gave up: the request is cancelled at the server too.
      over.abort(error);
      throw error;
    }
  }

  /** Ends the connection and every wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelRetry();
    this.#abandon();
    this.#session?.end(new OvsdbClosedError());
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #connect(): void {
    const { connectTimeoutMs = 5000, probeMs = 5000, messageLimit = 64 * 1024 * 1024, tls } = this.#options;
    const { socket, event } = dial(this.#target, tls);
    const settle = (): void => {
      cancelTimeout();
      this.#abandon = () => {};
      socket.off("error", onError).off("close", onClose).off(event, onConnect);
    };
    const fail = (error: Error): void => {
      settle();
      // A late error of a destroyed socket must not be thrown at the process.
      socket.on("error", () => {});
      socket.destroy();
      this.#retry(error);
    };
    const onError = (cause: Error): void =>
      fail(new OvsdbConnectionError(`${this.#options.target}: ${cause.message}`, { cause }));
    const onClose = (): void => fail(new OvsdbConnectionError(`${this.#options.target} closed the connection`));
    const onConnect = (): void => {
      settle();
      const session = new Session(
        socket,
        {
          notified: (method, params) => this.#notified(method, params),
          ended: (error) => this.#ended(session, error),
        },
        { clock: this.#clock, probeMs, messageLimit },
      );
      this.#session = session;
      this.#wake();
      void this.#start(session, Array.from(this.#monitors));
    };
    const cancelTimeout = this.#clock.schedule(connectTimeoutMs, () =>
      fail(new OvsdbTimeoutError(`connecting to ${this.#options.target}`, connectTimeoutMs)),
    );
    this.#abandon = () => fail(new OvsdbClosedError());
    socket.on("error", onError).on("close", onClose).on(event, onConnect);
  }

  /** Starts monitors on a session. A failure ends the session: a client with half its copies is of no use. */
  async #start(session: Session, monitors: readonly Monitor[]): Promise<void> {
    const limit = this.#options.connectTimeoutMs ?? 5000;
    try {
      for (const monitor of monitors) {
        await bounded(
          monitor.start(session, (error) => this.#report(error)),
          this.#clock,
          { timeoutMs: Math.max(limit, DEFAULT_TIMEOUT_MS) },
          (ms) => new OvsdbTimeoutError(`monitoring ${monitor.database}`, ms),
        );
      }
      this.#failures = 0;
      this.#wake();
    } catch (error) {
      session.end(error instanceof Error ? error : new OvsdbProtocolError(String(error)));
    }
  }

  #notified(method: string, params: readonly Json[]): void {
    for (const monitor of this.#monitors) monitor.take(method, params, (error) => this.#report(error));
  }

  #ended(session: Session, error: Error): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    for (const monitor of this.#monitors) monitor.lost();
    this.#retry(error);
  }

  #retry(error: Error): void {
    if (this.#closed) return;
    this.#report(error);
    this.#failures += 1;
    const { first, longest } = this.#options.backoffMs ?? { first: 100, longest: 8000 };
    const delay = backoffDelay(this.#failures, first, longest, this.#options.random ?? Math.random);
    this.#cancelRetry = this.#clock.schedule(delay, () => this.#connect());
  }

  #report(error: unknown): void {
    this.#options.onError?.(error);
  }

  async #nextSession(signal: AbortSignal): Promise<Session> {
    await this.#until(() => this.#session !== undefined, "connecting", { signal });
    const session = this.#session;
    if (session === undefined) throw new OvsdbConnectionError("the connection was lost again");
    return session;
  }

  async #until(condition: () => boolean, what: string, limits: CallLimits): Promise<void> {
    if (this.#closed) throw new OvsdbClosedError();
    if (condition()) return;
    if (this.#waiters.size >= WAITER_LIMIT) throw new OvsdbBusyError(WAITER_LIMIT);
    let check = (): void => {};
    const met = new Promise<void>((resolve, reject) => {
      check = () => {
        if (this.#closed) reject(new OvsdbClosedError());
        else if (condition()) resolve();
      };
    });
    this.#waiters.add(check);
    try {
      await bounded(met, this.#clock, limits, (ms) => new OvsdbTimeoutError(what, ms));
    } finally {
      this.#waiters.delete(check);
    }
  }

  #wake(): void {
    for (const check of this.#waiters) check();
  }
}

/** Connects to an OVSDB server and stays connected until `close()`. @throws OvsdbError `OVSDB_TARGET` */
export function connectOvsdb(options: OvsdbOptions): OvsdbClient {
  return new OvsdbClient(options);
}

/** Reads the reply to a `transact` (RFC 7047 section 4.1.3): a result for each operation, or the first error. */
function readResults<const O extends readonly Operation<unknown>[]>(operations: O, reply: Json): Results<O> {
  if (!isArray(reply)) throw new OvsdbProtocolError("a transaction's reply is not an array");
  for (const [index, result] of reply.entries()) {
    const error = isObject(result) ? result["error"] : undefined;
    if (isObject(result) && typeof error === "string") {
      const { details } = result;
      throw new OvsdbTransactionError({
        error,
        details: typeof details === "string" ? details : undefined,
        index,
        operation: operations[index]?.words ?? "commit",
      });
    }
  }
  return operations.map((operation, index) => {
    const result = reply[index];
    if (!isObject(result)) throw new OvsdbProtocolError(`${operation.words} has no result`);
    return operation.decode(result);
  }) as Results<O>;
}
