import type { IncomingHttpHeaders } from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Clock } from "../clock.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { SecureOptions } from "./tls-context.ts";

/** Idle connections go before the usual limits of servers and balancers; a server's own Keep-Alive hint goes first. */
const IDLE_MS = 30_000;
/** What is sent to a server must arrive before its time is up. */
const HINT_MARGIN_MS = 1000;
const TCP_KEEPALIVE_MS = 30_000;
/** Who closes sooner than twice this closes after every answer, as far as anybody can tell. */
const LEAST_IDLE_MS = 100;
/** Connections are also lost by a restart: what was learnt from it holds for so long. */
const LEARNT_FOR_MS = 600_000;

/** Where connections lead. */
export interface Origin {
  readonly host: string;
  readonly port: number;
}

/** Connections of one sort and who waits for one. */
interface Slots {
  readonly open: Set<Connection>;
  readonly waiting: Set<(connection: Connection) => void>;
}

/**
 * The connections to one origin: kept ones, and new ones that carry a single request.
 *
 * A server may close an idle connection at any moment; what is sent into it meanwhile is reset, and nobody can tell
 * that from a server that died at work. So what must not be sent twice takes a connection of its own, which is answered
 * or reset for a reason. What may be sent twice takes a kept one, and another when that proves closed. A connection
 * that was lost after `t` ms of rest teaches that none may rest longer than `t / 2`; servers that close after each
 * answer without saying so (plain uwsgi) soon get no reused connection at all.
 */
export class Connections implements ConnectionOwner {
  readonly #origin: Origin;
  readonly #secure: SecureOptions | undefined;
  readonly #max: number;
  readonly #clock: Clock;
  readonly #kept: Slots = { open: new Set(), waiting: new Set() };
  readonly #single: Slots = { open: new Set(), waiting: new Set() };
  /** The longest unused is first, the last one is taken: so the others may grow old and go. */
  #idle: Connection[] = [];
  #idleMs = IDLE_MS;
  #learntUntil = Number.NEGATIVE_INFINITY;
  #session: Buffer | undefined;

  /** @param secure options of TLS, or undefined for plain HTTP. `max` counts for kept and new ones each. */
  constructor(origin: Origin, secure: SecureOptions | undefined, max: number, clock: Clock) {
    this.#origin = origin;
    this.#secure = secure;
    this.#max = max;
    this.#clock = clock;
  }

  /**
   * Calls `use` with a connection: at once, or when one comes free. The returned function ends the wait.
   *
   * @param fresh only with one that was never used.
   */
  take(fresh: boolean, use: (connection: Connection) => void): () => void {
    const single = fresh || this.#idleLimit() === 0;
    const idle = single ? undefined : this.#takeIdle();
    const slots = single ? this.#single : this.#kept;
    if (idle !== undefined) use(idle);
    else if (slots.open.size < this.#max) use(this.#open(single));
    else slots.waiting.add(use);
    return () => slots.waiting.delete(use);
  }

  /** For {@link Connection}: the server says in `headers` for how long it keeps it. */
  free(connection: Connection, { "keep-alive": keepAlive }: IncomingHttpHeaders): void {
    const since = this.#clock.now();
    const hint = keepAlive === undefined ? undefined : /\btimeout=(\d+)/.exec(String(keepAlive))?.[1];
    const hintMs = hint === undefined ? this.#idleMs : Math.max(0, Number(hint) * 1000 - HINT_MARGIN_MS);
    const restMs = Math.min(this.#idleMs, hintMs);
    connection.rest = { since, until: since + restMs };
    if (restMs === 0) connection.destroy();
    else if (!this.#serveNext(this.#kept, () => connection)) {
      connection.hold(false);
      this.#idle.push(connection);
    }
  }

  /** For {@link Connection}. */
  gone(connection: Connection): void {
    const slots = connection.single ? this.#single : this.#kept;
    slots.open.delete(connection);
    this.#idle = this.#idle.filter((one) => one !== connection);
    if (slots.open.size < this.#max) this.#serveNext(slots, () => this.#open(connection.single));
  }

  /**
   * A connection broke before any answer to what was sent at `sentAt`. True when it had been used before, so that the
   * server may have closed it in between; then the others are not trusted either.
   */
  broke({ rest }: Connection, sentAt: number): boolean {
    if (rest === undefined) return false;
    const idleMs = Math.max(0, sentAt - rest.since) / 2;
    this.#idleMs = idleMs < LEAST_IDLE_MS ? 0 : Math.min(this.#idleMs, idleMs);
    this.#learntUntil = this.#clock.now() + LEARNT_FOR_MS;
    for (const one of this.#idle.splice(0)) one.destroy();
    return true;
  }

  /** Closes all. */
  destroy(): void {
    for (const { open } of [this.#kept, this.#single]) for (const connection of open) connection.abandon();
  }

  #idleLimit(): number {
    if (this.#learntUntil <= this.#clock.now()) this.#idleMs = IDLE_MS;
    return this.#idleMs;
  }

  #takeIdle(): Connection | undefined {
    const now = this.#clock.now();
    // A timer for each would cost more than the look here.
    while (this.#idle[0] !== undefined && now >= (this.#idle[0].rest?.until ?? now)) this.#idle.shift()?.destroy();
    for (let taken = this.#idle.pop(); taken !== undefined; taken = this.#idle.pop()) {
      if (taken.closed) continue;
      taken.hold(true);
      return taken;
    }
    return undefined;
  }

  #serveNext({ waiting }: Slots, connection: () => Connection): boolean {
    for (const use of waiting) {
      waiting.delete(use);
      use(connection());
      return true;
    }
    return false;
  }

  #open(single: boolean): Connection {
    const socket = this.#connect();
    const connection = new Connection(socket, this.#secure === undefined ? "connect" : "secureConnect", single, this);
    (single ? this.#single : this.#kept).open.add(connection);
    return connection;
  }

  #connect(): net.Socket {
    const { host, port } = this.#origin;
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };
    if (this.#secure === undefined) return net.connect(options);
    const socket = tls.connect({
      ...options,
      ...this.#secure,
      ALPNProtocols: ["http/1.1"],
      servername: net.isIP(host) === 0 ? host : "",
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on("session", (session: Buffer) => {
      this.#session = session;
    });
    socket.on("error", () => {
      this.#session = undefined;
    });
    return socket;
  }
}
