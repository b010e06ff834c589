import { ApiError, BadRequestError, GoneError, InvalidError } from "../api-errors.ts";
import { type BackoffOptions, backoffDelay } from "../queue/backoff.ts";
import { type Clock, type Random, sleep } from "../clock.ts";
import { ConnectionError, KubernetesError } from "../errors.ts";
import type { KubernetesObject } from "../objects.ts";
import { listInPages } from "../api/paged-list.ts";
import { DEFAULT_PAGE_SIZE, DEFAULT_STALL_MS } from "../api/resource.ts";
import type { Resource, Selection } from "../api/verbs.ts";
import type { BookmarkEvent, ObjectEvent, WatchEvent } from "../api/watch-decoder.ts";

/** Where an error came from, and what happens next. */
export interface InformerErrorContext {
  readonly phase: "list" | "watch" | "project" | "index" | "handler";
  /** Of the object concerned. */
  readonly key?: string | undefined;
  /** When list or watch is tried again. */
  readonly retryInMs?: number | undefined;
}

/** Why a list was made. */
export type ListReason = "start" | "gone" | "failures" | "resync" | "refresh";

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
  /** Objects per request of a list in pages; default 500. */
  readonly pageSize?: number | undefined;
  /**
   * Whether to ask for a streaming list first, which spares the server's memory and a request, and goes over into the
   * watch; where a server does not offer it, and after one that failed, the list comes in pages. Default true.
   */
  readonly streamingList?: boolean | undefined;
  /** The server ends each watch at a random time between these; default 300,000 to 600,000. */
  readonly watchMs?: { readonly min: number; readonly max: number } | undefined;
  /**
   * Lists again at a random time between half of this and nine tenths of it: an event that was lost on the way is made
   * up for. Given the number of objects that the last list had. Default never.
   */
  readonly relistMs?: ((objects: number) => number) | undefined;
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
  /** It was deleted while the list was on its way. */
  unsee(object: T): void;
  /** The list is complete; says how much it held and changed. */
  commit(): { readonly objects: number; readonly changes: number };
}

/** How to list anew. */
export interface RefreshOptions {
  /**
   * By an ordinary list and not by a streaming one: that one comes from the same cache of the server as the watch, which
   * is what the caller does not trust. Default false.
   */
  readonly inPages?: boolean;
}

interface ListUnderWay<T> {
  readonly list: ListSink<T>;
  readonly started: number;
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
  /** When the next list is due though nothing is wrong. */
  #relistAt = Number.POSITIVE_INFINITY;
  /** Failures in a row, each with its own back-off. */
  readonly #failures = { list: 0, watch: 0 };
  /** The streaming list that the present watch begins with, until its end. */
  #stream: ListUnderWay<T> | undefined;
  #offersStreams: boolean;
  /** The next list comes in pages. */
  #inPages = false;
  /** Ends the present list or watch for a new list; undefined between two of them. */
  #interrupt: AbortController | undefined;
  /** A list is wanted that begins after this was set; who waits for it. */
  #refreshing: PromiseWithResolvers<void> | undefined;
  /** Those for whom the present list is new enough. */
  #refreshed: PromiseWithResolvers<void> | undefined;
  /** The signal that ended it. */
  #ended: AbortSignal | undefined;
  /** Watches in a row that the server refused or broke with an answer, without an event in between. */
  #suspicions = 0;

  constructor(resource: Resource<T>, options: ReflectorOptions, sink: ReflectorSink<T>) {
    this.#resource = resource;
    this.#options = options;
    this.#sink = sink;
    this.#offersStreams = options.streamingList ?? true;
    this.#clock = resource.connection.clock;
    this.#random = resource.connection.random;
  }

  /** The newest version seen, while it is of use. */
  get resourceVersion(): string | undefined {
    return this.#from;
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#interrupt?.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    while (!signal.aborted) {
      this.#beginRound();
      const { signal: round } = (this.#interrupt = new AbortController());
      const pauseMs =
        this.#from === undefined && !this.#streams() ? await this.#listOnce(round) : await this.#watchOnce(round);
      if (pauseMs > 0) await sleep(this.#clock, pauseMs, round).catch(() => {});
    }
    signal.removeEventListener("abort", onAbort);
    this.#ended = signal;
    for (const waiting of [this.#refreshing, this.#refreshed]) waiting?.reject(signal.reason);
  }

  /** Lists anew, at once; resolves with the first list that began after the call. */
  refresh({ inPages = false }: RefreshOptions = {}): Promise<void> {
    const refreshing = (this.#refreshing ??= Promise.withResolvers<void>());
    this.#inPages ||= inPages;
    // Nobody has to wait for it.
    refreshing.promise.catch(() => {});
    if (this.#ended === undefined) this.#interrupt?.abort(REFRESH);
    else refreshing.reject(this.#ended.reason);
    return refreshing.promise;
  }

  /** What begins now is new enough for everybody who has asked so far. */
  #beginRound(): void {
    const refreshing = this.#refreshing;
    if (refreshing === undefined) return;
    this.#refreshing = undefined;
    this.#from = undefined;
    this.#listReason = "refresh";
    // Those of an earlier call, whose list was interrupted, are served by this one too.
    const earlier = this.#refreshed;
    if (earlier !== undefined) refreshing.promise.then(earlier.resolve, earlier.reject);
    this.#refreshed = refreshing;
  }

  /**
   * Whether the next list is a streaming one: where it is not known to be refused, nobody asked for pages, and the last
   * one did not fail.
   */
  #streams(): boolean {
    return this.#offersStreams && !this.#inPages && this.#failures.list % 2 === 0;
  }

  /** One list; returns the pause before the next step. */
  async #listOnce(signal: AbortSignal): Promise<number> {
    try {
      await this.#list(signal);
      return 0;
    } catch (error) {
      return signal.aborted ? 0 : this.#failed("list", error);
    }
  }

  /** One watch, which begins with a streaming list when there is no version; returns the pause before the next step. */
  async #watchOnce(signal: AbortSignal): Promise<number> {
    const { hooks } = this.#options;
    const startedAt = this.#clock.now();
    let failure: unknown;
    let progressed = false;
    this.#stream = this.#from === undefined ? { list: this.#sink.beginList(), started: startedAt } : undefined;
    hooks?.watchStarted?.(this.#from ?? "");
    // The server is not told when the next list is due while this one is on its way: it may take longer than that.
    const due = this.#stream === undefined ? undefined : new AbortController();
    let cancelDue: (() => void) | undefined;
    try {
      for await (const batch of this.#watch(due === undefined ? signal : AbortSignal.any([signal, due.signal]))) {
        progressed = true;
        for (const event of batch) this.#take(event);
        if (due === undefined || this.#stream !== undefined || this.#relistAt === Number.POSITIVE_INFINITY) continue;
        cancelDue ??= this.#clock.schedule(Math.max(0, this.#relistAt - this.#clock.now()), () => due.abort());
      }
    } catch (error) {
      if (due?.signal.aborted !== true) failure = error;
    }
    cancelDue?.();
    if (signal.aborted) return 0;
    if (this.#clock.now() >= this.#relistAt) {
      this.#from = undefined;
      this.#listReason = "resync";
    }
    const livedMs = this.#clock.now() - startedAt;
    hooks?.watchEnded?.({ error: failure, livedMs });
    if (this.#stream !== undefined) return this.#streamFailed(failure);
    const healthy = livedMs >= (progressed ? HEALTHY_WITH_EVENTS_MS : HEALTHY_MS);
    if (healthy || progressed) this.#suspicions = 0;
    if (healthy) this.#failures.watch = 0;
    // The server ended it in its time; at once would become a busy loop.
    if (failure === undefined) return healthy || this.#from === undefined ? 0 : this.#pause("watch", undefined);
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

  /** A streaming list that did not come to its end: nothing of it counts. */
  #streamFailed(failure: unknown): number {
    this.#stream = undefined;
    if (failure instanceof InvalidError || failure instanceof BadRequestError || failure instanceof NoStreamingList) {
      this.#offersStreams = false;
      return 0;
    }
    return this.#failed("list", failure ?? new ConnectionError("a streaming list ended before its last object", {}));
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
    if (this.#stream !== undefined) {
      this.#takeListed(event, this.#stream);
      return;
    }
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

  /** An event of a streaming list; objects may change while it is on its way. */
  #takeListed(event: WatchEvent<T>, { list, started }: ListUnderWay<T>): void {
    if (event.type === "BOOKMARK") {
      if (!event.initialEventsEnd) throw new NoStreamingList();
      this.#stream = undefined;
      this.#listed(list, event.resourceVersion, started);
    } else if (event.type === "DELETED") {
      list.unsee(event.object);
    } else {
      list.see(event.object);
    }
  }

  #watch(signal: AbortSignal): AsyncGenerator<WatchEvent<T>[], void, undefined> {
    const { min, max } = this.#options.watchMs ?? { min: 300_000, max: 600_000 };
    const chosenMs = min + (max - min) * this.#random();
    const leftMs = this.#from === undefined ? Number.POSITIVE_INFINITY : this.#relistAt - this.#clock.now();
    return this.#resource.watchBatches({
      ...this.#selection(),
      signal,
      resourceVersion: this.#from,
      sendInitialEvents: this.#from === undefined,
      // Rounded up: at its end the list is due.
      timeoutSeconds: Math.max(1, leftMs < chosenMs ? Math.ceil(leftMs / 1000) : Math.round(chosenMs / 1000)),
      stallMs: this.#options.stallMs ?? DEFAULT_STALL_MS,
    });
  }

  async #list(signal: AbortSignal): Promise<void> {
    const started = this.#clock.now();
    const { list, resourceVersion } = await listInPages(
      this.#resource,
      { ...this.#selection(), signal, pageSize: this.#options.pageSize ?? DEFAULT_PAGE_SIZE },
      () => this.#sink.beginList(),
    );
    if (!signal.aborted) this.#listed(list, resourceVersion, started);
  }

  #listed(list: ListSink<T>, resourceVersion: string, started: number): void {
    this.#from = resourceVersion;
    this.#inPages = false;
    this.#failures.list = 0;
    this.#suspicions = 0;
    const outcome = list.commit();
    this.#refreshed?.resolve();
    this.#refreshed = undefined;
    const now = this.#clock.now();
    this.#relistAt = now + this.#untilRelist(outcome.objects);
    const durationMs = now - started;
    this.#options.hooks?.listed?.({ reason: this.#listReason, ...outcome, durationMs });
  }

  /** Milliseconds from a list of so many objects to the next one that is made though nothing is wrong. */
  #untilRelist(objects: number): number {
    const everyMs = this.#options.relistMs?.(objects) ?? Number.POSITIVE_INFINITY;
    return everyMs * (0.5 + 0.4 * this.#random());
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector };
  }
}

const REFRESH = new Error("a new list is wanted");

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

/** An ordinary bookmark where the end of a streaming list should be: the server has not understood what was asked. */
class NoStreamingList extends KubernetesError {
  constructor() {
    super("KUBERNETES_NO_STREAMING_LIST", "the server knows no streaming lists", "Nothing to do: lists come in pages.");
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
