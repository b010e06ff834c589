import * as http from "node:http";
import * as https from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "./clock.ts";

/** Idle connections go before the usual limits of servers and balancers; a server's own Keep-Alive hint goes first. */
const IDLE_MS = 30_000;
const TCP_KEEPALIVE_MS = 30_000;
/** Who closes sooner than twice this closes after every answer, as far as anybody can tell. */
const LEAST_IDLE_MS = 100;
/** Connections are also lost by a restart: what was learnt from it holds for so long. */
const LEARNT_FOR_MS = 600_000;

/**
 * The connections to one origin: kept ones, and new ones that carry a single request.
 *
 * A server may close an idle connection at any moment; what is sent into it meanwhile is reset, and nobody can tell
 * that from a server that died at work. So what must not be sent twice takes a connection of its own, which is answered
 * or reset for a reason. What may be sent twice takes a kept one, and another when that proves closed. A connection
 * that was lost after `t` ms of rest teaches that none may rest longer than `t / 2`; servers that close after each
 * answer without saying so (plain uwsgi) soon get no reused connection at all.
 */
export class Connections {
  readonly #kept: http.Agent;
  readonly #single: http.Agent;
  readonly #clock: Clock;
  /** When a connection had carried its last answer. */
  readonly #usedAt = new WeakMap<Duplex, number>();
  #idleMs = IDLE_MS;
  #learntUntil = Number.NEGATIVE_INFINITY;

  /** @param secure options of TLS, or undefined for plain HTTP. `maxConnections` counts for kept and new ones each. */
  constructor(secure: https.AgentOptions | undefined, maxConnections: number, clock: Clock) {
    const kept: http.AgentOptions = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEPALIVE_MS,
      maxSockets: maxConnections,
      timeout: IDLE_MS,
      scheduling: "lifo",
    };
    const single: http.AgentOptions = { keepAlive: false, maxSockets: maxConnections };
    this.#kept = secure === undefined ? new http.Agent(kept) : new https.Agent({ ...kept, ...secure });
    this.#single = secure === undefined ? new http.Agent(single) : new https.Agent({ ...single, ...secure });
    // All its connections are alike, and composing the usual name of their kind costs a tenth of a request.
    for (const agent of [this.#kept, this.#single]) agent.getName = () => "";
    this.#clock = clock;
    this.#shortenRest();
  }

  /** Where a request gets its connection from. */
  agent(fresh: boolean): http.Agent {
    if (this.#learntUntil <= this.#clock.now()) this.#idleMs = IDLE_MS;
    return fresh || this.#idleMs === 0 ? this.#single : this.#kept;
  }

  /** A connection has carried a whole answer. */
  used(socket: Duplex): void {
    this.#usedAt.set(socket, this.#clock.now());
  }

  /**
   * A connection broke before any answer to what was sent at `sentAt`. True when it had been used before, so that the
   * server may have closed it in between; then the others are not trusted either.
   */
  broke(socket: Duplex | null, sentAt: number): boolean {
    const usedAt = socket === null ? undefined : this.#usedAt.get(socket);
    if (usedAt === undefined) return false;
    const idleMs = Math.max(0, sentAt - usedAt) / 2;
    this.#idleMs = idleMs < LEAST_IDLE_MS ? 0 : Math.min(this.#idleMs, idleMs);
    this.#learntUntil = this.#clock.now() + LEARNT_FOR_MS;
    for (const sockets of Object.values(this.#kept.freeSockets)) for (const one of sockets ?? []) one.destroy();
    return true;
  }

  /** Closes all. */
  destroy(): void {
    this.#kept.destroy();
    this.#single.destroy();
  }

  /** The agent asks this method whether and how it may keep a connection. */
  #shortenRest(): void {
    const agent = this.#kept;
    const keep = agent.keepSocketAlive.bind(agent);
    agent.keepSocketAlive = (socket: Duplex): unknown => {
      if (this.#idleMs === 0) return false;
      const kept: unknown = keep(socket);
      if (this.#idleMs < IDLE_MS && socket instanceof Socket) {
        socket.setTimeout(Math.min(socket.timeout ?? this.#idleMs, this.#idleMs));
      }
      return kept;
    };
  }
}
