import { ApiError, GoneError } from "./api-errors.ts";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, sleep } from "./clock.ts";
import { KubernetesError } from "./errors.ts";
import type { KubernetesObject } from "./objects.ts";
import { DEFAULT_PAGE_SIZE, DEFAULT_STALL_MS } from "./resource.ts";
import type { Resource, Selection } from "./verbs.ts";
import type { BookmarkEvent, ObjectEvent, WatchEvent } from "./watch.ts";

/** Where an error came from, and what happens next. */
export interface InformerErrorContext {
  readonly phase: "list" | "watch" | "project" | "index" | "handler";
  /** Of the object concerned. */
  readonly key?: string | undefined;
  /** When list or watch is tried again. */
  readonly retryInMs?: number | undefined;
}

/** Why a list was made. */
export type ListReason = "start" | "gone" | "failures";

/** Measurements; each must be quick and must not throw. */
export interface InformerHooks {
  event?(type: WatchEvent<unknown>["type"]): void;
  listed?(list: {
    readonly reason: ListReason;
    readonly objects: number;
    readonly changes: number;
    readonly durationMs: number;
  }): void;
  watchStarted?(resourceVersion: string): void;
  watchEnded?(end: { readonly error: unknown; readonly livedMs: number }): void;
}

/** How to list and watch; times in milliseconds. */
export interface ReflectorOptions extends Selection {
  /** Everything that goes wrong; nothing of it stops the informer. */
  readonly onError: (error: unknown, context: InformerErrorContext) => void;
  readonly hooks?: InformerHooks | undefined;
  readonly pageSize?: number | undefined;
  /** The server ends each watch at a random time between these; default 300,000 to 600,000. */
  readonly watchMs?: { readonly min: number; readonly max: number } | undefined;
  /** Silence after which a peer counts as gone; default 150,000. */
  readonly stallMs?: number | undefined;
  /** Default 250 doubling to 30,000, half of it random. */
  readonly backoff?: BackoffOptions | undefined;
}

/** Where a reflector delivers to. */
export interface ReflectorSink<T> {
  /** A list begins; one that fails is dropped without a commit. */
  beginList(): ListSink<T>;
  event(event: ObjectEvent<T>): void;
}

/** Takes one list. */
export interface ListSink<T> {
  see(object: T): void;
  /** The list is complete; says how much it held and changed. */
  commit(): { readonly objects: number; readonly changes: number };
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 250, maxMs: 30_000, jitter: 0.5 };
/** A watch that lived so long was healthy: the next failure starts the back-off anew. */
const HEALTHY_MS = 30_000;
/** The same for a watch that brought something. */
const HEALTHY_WITH_EVENTS_MS = 5000;
/** So many failed watches in a row, answered by the server, and the resourceVersion itself is suspected. */
const SUSPICIOUS_FAILURES = 5;

/** Lists, then watches, and goes on through everything that servers and networks do. */
export class Reflector<T extends KubernetesObject> {
  readonly #resource: Resource<T>;
  readonly #options: ReflectorOptions;
  readonly #sink: ReflectorSink<T>;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Where the next watch starts; undefined asks for a list. */
  #from: string | undefined;
  #listReason: ListReason = "start";
  /** Failures in a row, each with its own back-off. */
  readonly #failures = { list: 0, watch: 0 };
  /** Watches in a row that the server refused or broke with an answer, without an event in between. */
  #suspicions = 0;

  constructor(resource: Resource<T>, options: ReflectorOptions, sink: ReflectorSink<T>) {
    this.#resource = resource;
    this.#options = options;
    this.#sink = sink;
    this.#clock = resource.connection.clock;
    this.#random = resource.connection.random;
  }

  /** The newest version seen, while it is of use. */
  get resourceVersion(): string | undefined {
    return this.#from;
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = this.#from === undefined ? await this.#listOnce(signal) : await this.#watchOnce(signal);
      if (pauseMs > 0) await sleep(this.#clock, pauseMs, signal).catch(() => {});
    }
  }

  /** One list; returns the pause before the next step. */
  async #listOnce(signal: AbortSignal): Promise<number> {
    try {
      await this.#list(signal);
      this.#failures.list = 0;
      this.#suspicions = 0;
      return 0;
    } catch (error) {
      return signal.aborted ? 0 : this.#failed("list", error);
    }
  }

  /** One watch; returns the pause before the next step. */
  async #watchOnce(signal: AbortSignal): Promise<number> {
    const { hooks } = this.#options;
    const startedAt = this.#clock.now();
    let failure: unknown;
    let progressed = false;
    hooks?.watchStarted?.(this.#from ?? "");
    try {
      for await (const batch of this.#watch(signal)) {
        progressed = true;
        for (const event of batch) this.#take(event);
      }
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) return 0;
    const livedMs = this.#clock.now() - startedAt;
    hooks?.watchEnded?.({ error: failure, livedMs });
    const healthy = livedMs >= (progressed ? HEALTHY_WITH_EVENTS_MS : HEALTHY_MS);
    if (healthy || progressed) this.#suspicions = 0;
    if (healthy) this.#failures.watch = 0;
    // The server ended it in its time; at once would become a busy loop.
    if (failure === undefined) return healthy ? 0 : this.#pause("watch", undefined);
    if (isUselessVersion(failure)) {
      this.#from = undefined;
      this.#listReason = "gone";
      // One 410 is ordinary; a fresh list whose version is already too old, again and again, is not.
      if (this.#failures.watch === 0) {
        this.#failures.watch = 1;
        this.#options.onError(failure, { phase: "watch", retryInMs: 0 });
        return 0;
      }
    } else if (failure instanceof ApiError && ++this.#suspicions >= SUSPICIOUS_FAILURES) {
      this.#suspicions = 0;
      this.#from = undefined;
      this.#listReason = "failures";
    }
    return this.#failed("watch", failure);
  }

  #failed(phase: "list" | "watch", error: unknown): number {
    const retryInMs = this.#pause(phase, error);
    this.#options.onError(error, { phase, retryInMs });
    return retryInMs;
  }

  #pause(phase: "list" | "watch", error: unknown): number {
    this.#failures[phase] += 1;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const backoff = this.#options.backoff ?? DEFAULT_BACKOFF;
    return Math.max(backoffDelay(this.#failures[phase], backoff, this.#random), asked);
  }

  #take(event: WatchEvent<T>): void {
    this.#options.hooks?.event?.(event.type);
    if (event.type === "BOOKMARK") {
      if (this.#from !== undefined && isOlder(event.resourceVersion, this.#from)) {
        throw new ServerWentBack(event, this.#from);
      }
      this.#from = event.resourceVersion;
    } else {
      this.#from = event.object.metadata.resourceVersion;
      this.#sink.event(event);
    }
  }

  #watch(signal: AbortSignal): AsyncGenerator<WatchEvent<T>[], void, undefined> {
    const { min, max } = this.#options.watchMs ?? { min: 300_000, max: 600_000 };
    return this.#resource.watchBatches({
      ...this.#selection(),
      signal,
      resourceVersion: this.#from,
      timeoutSeconds: Math.max(1, Math.round((min + (max - min) * this.#random()) / 1000)),
      stallMs: this.#options.stallMs ?? DEFAULT_STALL_MS,
    });
  }

  async #list(signal: AbortSignal): Promise<void> {
    const started = this.#clock.now();
    let pageSize = this.#options.pageSize ?? DEFAULT_PAGE_SIZE;
    for (;;) {
      const list = this.#sink.beginList();
      let resourceVersion = "";
      let pages = 0;
      try {
        for await (const page of this.#resource.pages({ ...this.#selection(), signal, pageSize })) {
          pages += 1;
          ({ resourceVersion } = page);
          for (const object of page.items) list.see(object);
        }
      } catch (error) {
        // The continue token outlived the server's history: one request needs none.
        if (!(error instanceof GoneError) || pages === 0 || pageSize === 0) throw error;
        pageSize = 0;
        continue;
      }
      if (signal.aborted) return;
      this.#from = resourceVersion;
      const outcome = list.commit();
      const durationMs = this.#clock.now() - started;
      this.#options.hooks?.listed?.({ reason: this.#listReason, ...outcome, durationMs });
      return;
    }
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector };
  }
}

/** A bookmark from before what was seen: etcd was restored from a backup, and our version will not come for long. */
class ServerWentBack extends KubernetesError {
  constructor({ resourceVersion }: BookmarkEvent, seen: string) {
    super(
      "KUBERNETES_SERVER_WENT_BACK",
      `the server is at resourceVersion ${resourceVersion}, ${seen} was seen before`,
      "If etcd was restored from a backup, restart what does not list again by itself.",
    );
  }
}

/** Whether a list must replace the version that the watch started from. */
function isUselessVersion(error: unknown): boolean {
  return (
    error instanceof GoneError ||
    error instanceof ServerWentBack ||
    (error instanceof ApiError && error.hasCause("ResourceVersionTooLarge"))
  );
}

/** Compares decimal numbers of any length, which resourceVersions of one resource are. */
function isOlder(version: string, than: string): boolean {
  return version.length === than.length ? version < than : version.length < than.length;
}
