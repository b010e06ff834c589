import * as http from "node:http";

import type { Clock } from "./clock.ts";
import type { Fault } from "./faults.ts";

/** Lets a request go wrong in the way that the profile has chosen. */
export class FaultyResponse {
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #clock: Clock;

  constructor(request: http.IncomingMessage, response: http.ServerResponse, clock: Clock) {
    this.#request = request;
    this.#response = response;
    this.#clock = clock;
  }

  serve(fault: Fault | undefined, serve: (to: http.ServerResponse) => void): void {
    const { socket } = this.#request;
    switch (fault?.kind) {
      case "answer":
        this.#answer(fault);
        return;
      case "reset":
        socket.resetAndDestroy();
        return;
      case "hang":
        return;
      case "lost-answer":
        this.#effect(serve);
        socket.resetAndDestroy();
        return;
      case "hang-after-effect":
        this.#effect(serve);
        return;
      case "duplicate":
        this.#effect(serve);
        serve(this.#response);
        return;
      case "slow-body":
        this.#cut(fault.pieceBytes, fault.pauseMs, Number.POSITIVE_INFINITY);
        serve(this.#response);
        return;
      case "truncate":
        this.#cut(Math.max(fault.bytes, 1), 0, fault.bytes);
        serve(this.#response);
        return;
      default:
        serve(this.#response);
    }
  }

  /** Serves the request to nobody. */
  #effect(serve: (to: http.ServerResponse) => void): void {
    if (this.#request.method !== "GET") serve(new http.ServerResponse(this.#request));
  }

  #answer(fault: Fault & { kind: "answer" }): void {
    const body = fault.body ?? {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: `injected: ${fault.reason ?? fault.status}`,
      ...(fault.reason === undefined ? {} : { reason: fault.reason }),
      code: fault.status,
    };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
    this.#response.writeHead(fault.status, { "Content-Type": type, ...fault.headers });
    this.#response.end(text);
  }

  /** From now on the body leaves in pieces; behind `limit` bytes the connection breaks. */
  #cut(pieceBytes: number, pauseMs: number, limit: number): void {
    const response = this.#response;
    const { socket } = this.#request;
    const write = response.write.bind(response) as (chunk: Buffer) => boolean;
    const end = response.end.bind(response) as () => http.ServerResponse;
    const waiting: Buffer[] = [];
    let sent = 0;
    let ended = false;
    let pausing = false;
    const pump = (): void => {
      pausing = false;
      const piece = waiting.shift();
      if (piece === undefined) {
        if (ended) end();
        return;
      }
      const allowed = piece.subarray(0, limit - sent);
      sent += allowed.length;
      write(allowed);
      if (sent >= limit) {
        // What was written leaves first.
        setImmediate(() => socket.destroy());
        return;
      }
      pausing = true;
      this.#clock.schedule(pauseMs, pump);
    };
    const queue = (chunk: unknown): void => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : Buffer.isBuffer(chunk) ? chunk : Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += pieceBytes) waiting.push(bytes.subarray(at, at + pieceBytes));
    };
    response.write = (chunk: unknown): boolean => {
      queue(chunk);
      if (!pausing) pump();
      return true;
    };
    response.end = (chunk?: unknown): http.ServerResponse => {
      queue(chunk);
      ended = true;
      if (!pausing) pump();
      return response;
    };
  }
}
