import type { IncomingMessage } from "node:http";

/** One event of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly name?: string; readonly resourceVersion?: string } };
}

/** A watch under way. */
export class Watching {
  readonly status: number;
  readonly events: WatchEvent[] = [];
  ended = false;
  readonly #close: () => void;
  readonly #keep: (status: number, events: readonly WatchEvent[]) => void;
  #waiting: (() => void)[] = [];

  constructor(
    opened: { response: IncomingMessage; close: () => void },
    keep: (status: number, events: readonly WatchEvent[]) => void,
  ) {
    this.status = opened.response.statusCode ?? 0;
    this.#close = opened.close;
    this.#keep = keep;
    void this.#read(opened.response);
  }

  async #read(response: IncomingMessage): Promise<void> {
    let rest = "";
    try {
      response.setEncoding("utf8");
      for await (const chunk of response as AsyncIterable<string>) {
        const lines = `${rest}${chunk}`.split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.events.push(JSON.parse(line) as WatchEvent);
        this.#wake();
      }
      if (rest !== "") this.events.push(JSON.parse(rest) as WatchEvent);
    } catch {
      // Closed from here.
    }
    this.ended = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Waits until so many events have come, or the server has ended the watch. */
  async until(count: number, what: (event: WatchEvent) => boolean = () => true): Promise<void> {
    const end = Date.now() + 30_000;
    while (this.events.filter(what).length < count && !this.ended) {
      const left = end - Date.now();
      if (left <= 0) throw new Error(`only ${this.events.length} events: ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Waits until the server ends it. */
  untilEnd(): Promise<void> {
    return this.until(Number.POSITIVE_INFINITY);
  }

  /** Ends it; what came is compared, unless `compare` is given and says what of it. */
  close(compare: readonly WatchEvent[] = this.events): void {
    this.#close();
    this.#keep(this.status, compare);
  }
}
