import * as http from "node:http";
import * as https from "node:https";
import type { Duplex } from "node:stream";
import type { Clock } from "./clock.ts";

/** Idle connections go before the usual limits of servers and balancers; a server's own Keep-Alive hint goes first. */
const IDLE_MS = 30_000;
/** What is sent to a server must arrive before its time is up. */
const HINT_MARGIN_MS = 1000;
const TCP_KEEPALIVE_MS = 30_000;
/** Who closes sooner than twice this closes after every answer, as far as anybody can tell. */
const LEAST_IDLE_MS = 100;
/** Connections are also lost by a restart: what was learnt from it holds for so long. */
const LEARNT_FOR_MS = 600_000;
/** The agents' name for all connections; not empty, for TLS sessions are kept under it. */
const NAME = "all";

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
  /** When a connection had carried its last answer, and until when it may rest. */
  readonly #rest = new WeakMap<Duplex, { readonly since: number; readonly until: number }>();
  #idleMs = IDLE_MS;
  #learntUntil = Number.NEGATIVE_INFINITY;

  /** @param secure options of TLS, or undefined for plain HTTP. `maxConnections` counts for kept and new ones each. */
  constructor(secure: https.AgentOptions | undefined, maxConnections: number, clock: Clock) {
    const kept: http.AgentOptions = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEPALIVE_MS,
      maxSockets: maxConnections,
      scheduling: "lifo",
    };
    const single: http.AgentOptions = { keepAlive: false, maxSockets: maxConnections };
    this.#kept = secure === undefined ? new http.Agent(kept) : new https.Agent({ ...kept, ...secure });
    this.#single = secure === undefined ? new http.Agent(single) : new https.Agent({ ...single, ...secure });
    // All connections of one are alike: the usual name of their kind, composed for each request, costs a tenth of it.
    for (const agent of [this.#kept, this.#single]) agent.getName = () => NAME;
    this.#clock = clock;
  }

  /** Where a request gets its connection from. */
  agent(fresh: boolean): http.Agent {
    const now = this.#clock.now();
    if (this.#learntUntil <= now) this.#idleMs = IDLE_MS;
    if (fresh || this.#idleMs === 0) return this.#single;
    // The longest unused is first, the one that the agent will take is last. A timer for each, as the agent has them,
    // costs more than the look here.
    const free = this.#kept.freeSockets[NAME];
    if (free === undefined) return this.#kept;
    for (const socket of free) {
      if (now < (this.#rest.get(socket)?.until ?? now)) break;
      socket.destroy();
    }
    return free.at(-1)?.destroyed === true ? this.#single : this.#kept;
  }

  /** A connection has carried a whole answer, in which the server said for how long it keeps it. */
  used(socket: Duplex, { "keep-alive": keepAlive }: http.IncomingHttpHeaders): void {
    const since = this.#clock.now();
    const hint = keepAlive === undefined ? undefined : /\btimeout=(\d+)/.exec(String(keepAlive))?.[1];
    const hintMs = hint === undefined ? this.#idleMs : Math.max(0, Number(hint) * 1000 - HINT_MARGIN_MS);
    this.#rest.set(socket, { since, until: since + Math.min(this.#idleMs, hintMs) });
  }

  /**
   * A connection broke before any answer to what was sent at `sentAt`. True when it had been used before, so that the
   * server may have closed it in between; then the others are not trusted either.
   */
  broke(socket: Duplex | null, sentAt: number): boolean {
    const rest = socket === null ? undefined : this.#rest.get(socket);
    if (rest === undefined) return false;
    const idleMs = Math.max(0, sentAt - rest.since) / 2;
    this.#idleMs = idleMs < LEAST_IDLE_MS ? 0 : Math.min(this.#idleMs, idleMs);
    this.#learntUntil = this.#clock.now() + LEARNT_FOR_MS;
    for (const one of this.#kept.freeSockets[NAME] ?? []) one.destroy();
    return true;
  }

  /** Closes all. */
  destroy(): void {
    this.#kept.destroy();
    this.#single.destroy();
  }
}
