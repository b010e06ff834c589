import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Clock, type Random, sleep } from "./clock.ts";
import { ApiError, GoneError, KubernetesError } from "./errors.ts";
import { keyOf, type KubernetesObject } from "./objects.ts";
import { DEFAULT_PAGE_SIZE, DEFAULT_STALL_MS, type Resource, type Selection } from "./resource.ts";
import { Snapshot } from "./snapshot.ts";
import { type Entry, IndexedStore, type IndexFunction } from "./store.ts";
import type { BookmarkEvent, WatchEvent } from "./watch.ts";

/** What a handler is told beside the objects. */
export interface ChangeInfo {
  /** `namespace/name`, or `name`. */
  readonly key: string;
  readonly uid: string;
  /** Where it was learnt: from a list (start, relist, a handler that came late) or as a fresh event. */
  readonly origin: "list" | "watch";
}

/** Called synchronously, in order; a throw or rejection goes to `onError` and changes nothing else. */
export interface InformerHandler<P> {
  add?(current: P, info: ChangeInfo): void;
  update?(old: P, current: P, info: ChangeInfo): void;
  /** `last` is the final state when it was seen, else the cached one. */
  delete?(last: P, info: ChangeInfo): void;
}

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

/** How an informer works; times in milliseconds. */
export interface InformerOptions<T extends KubernetesObject, P, I extends string = never> extends Selection {
  /** Keeps what is needed of an object, at parse time; undefined keeps the object out. `(pod) => pod` keeps all. */
  readonly project: (object: T) => P | undefined;
  /**
   * Functions by the index's name, for `byIndex`. TypeScript cannot tell their argument's type from `project`: annotate
   * it, or name the type arguments.
   */
  readonly indexes?: Readonly<Record<I, IndexFunction<P>>> | undefined;
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

/** A cache of one resource that follows the server. */
export interface Informer<P, I extends string = never> {
  /** Resolves when the first list is in the cache; rejects when the informer stops before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  readonly size: number;
  /** The newest resourceVersion seen. */
  readonly resourceVersion: string | undefined;
  get(key: string): P | undefined;
  keys(): IterableIterator<string>;
  values(): IterableIterator<P>;
  byIndex(index: I, value: string): P[];
  indexKeys(index: I, value: string): ReadonlySet<string>;
  indexValues(index: I): string[];
  /** Adds a handler, which at once gets an `add` for everything cached; returns its removal. */
  handle(handler: InformerHandler<P>): () => void;
  /** Lists and watches until the signal aborts; resolves then, and never rejects. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 250, maxMs: 30_000, jitter: 0.5 };
/** A watch that lived so long was healthy: the next failure starts the back-off anew. */
const HEALTHY_MS = 30_000;
/** The same for a watch that brought something. */
const HEALTHY_WITH_EVENTS_MS = 5000;
/** So many failed watches in a row, answered by the server, and the resourceVersion itself is suspected. */
const SUSPICIOUS_FAILURES = 5;

/** Makes an informer; it does nothing until `run`. */
export function createInformer<T extends KubernetesObject, P, I extends string = never>(
  resource: Resource<T>,
  options: InformerOptions<T, P, I>,
): Informer<P, I> {
  return new ResourceInformer<T, P, I>(resource, options);
}

class ResourceInformer<T extends KubernetesObject, P, I extends string> implements Informer<P, I> {
  readonly synced: Promise<void>;
  hasSynced = false;
  resourceVersion: string | undefined;
  readonly #resource: Resource<T>;
  readonly #options: InformerOptions<T, P, I>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #store: IndexedStore<P, I>;
  readonly #handlers = new Set<InformerHandler<P>>();
  readonly #sync = Promise.withResolvers<void>();
  /** Where the next watch starts; undefined asks for a list. */
  #from: string | undefined;
  #listReason: ListReason = "start";
  #started = false;

  constructor(resource: Resource<T>, options: InformerOptions<T, P, I>) {
    this.#resource = resource;
    this.#options = options;
    this.#clock = resource.connection.clock;
    this.#random = resource.connection.random;
    const indexes = Object.entries<IndexFunction<P>>(options.indexes ?? {});
    this.#store = new IndexedStore<P, I>(indexes, (error, key) => this.#report(error, { phase: "index", key }));
    this.synced = this.#sync.promise;
    // Nobody has to wait for it.
    this.synced.catch(() => {});
  }

  get size(): number {
    return this.#store.size;
  }

  get(key: string): P | undefined {
    return this.#store.get(key)?.value;
  }

  *keys(): IterableIterator<string> {
    for (const [key] of this.#store.entries()) yield key;
  }

  *values(): IterableIterator<P> {
    for (const [, entry] of this.#store.entries()) yield entry.value;
  }

  byIndex(index: I, value: string): P[] {
    const found: P[] = [];
    for (const key of this.#store.indexed(index, value)) {
      const entry = this.#store.get(key);
      if (entry !== undefined) found.push(entry.value);
    }
    return found;
  }

  indexKeys(index: I, value: string): ReadonlySet<string> {
    return this.#store.indexed(index, value);
  }

  indexValues(index: I): string[] {
    return this.#store.indexValues(index);
  }

  handle(handler: InformerHandler<P>): () => void {
    this.#handlers.add(handler);
    for (const [key, { value, uid }] of this.#store.entries()) {
      this.#call(key, () => handler.add?.(value, { key, uid, origin: "list" }));
    }
    return () => {
      this.#handlers.delete(handler);
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    const backoff = this.#options.backoff ?? DEFAULT_BACKOFF;
    const failures = { list: 0, watch: 0 };
    let suspicions = 0;
    while (!signal.aborted) {
      const phase = this.#from === undefined ? "list" : "watch";
      const startedAt = this.#clock.now();
      let failure: unknown;
      let progressed = false;
      try {
        if (phase === "list") {
          await this.#list(signal);
          failures.list = 0;
          suspicions = 0;
          continue;
        }
        for await (const batch of this.#watch(signal)) {
          progressed = true;
          for (const event of batch) this.#apply(event);
        }
      } catch (error) {
        failure = error;
      }
      if (signal.aborted) break;
      const livedMs = this.#clock.now() - startedAt;
      if (phase === "watch") this.#options.hooks?.watchEnded?.({ error: failure, livedMs });
      const healthy = phase === "watch" && livedMs >= (progressed ? HEALTHY_WITH_EVENTS_MS : HEALTHY_MS);
      if (healthy || progressed) suspicions = 0;
      if (healthy) failures.watch = 0;
      if (failure === undefined) {
        // The server ended it in its time, or at once, which must not become a busy loop.
        if (healthy) continue;
      } else if (isUselessVersion(failure)) {
        this.#from = undefined;
        this.#listReason = "gone";
        // One 410 is ordinary; a fresh list whose version is already too old, again and again, is not.
        if (phase === "watch" && failures.watch === 0) {
          this.#report(failure, { phase, retryInMs: 0 });
          failures.watch = 1;
          continue;
        }
      } else if (failure instanceof ApiError && phase === "watch" && ++suspicions >= SUSPICIOUS_FAILURES) {
        suspicions = 0;
        this.#from = undefined;
        this.#listReason = "failures";
      }
      failures[phase] += 1;
      const asked = failure instanceof ApiError ? (failure.retryAfterMs ?? 0) : 0;
      const retryInMs = Math.max(backoffDelay(failures[phase], backoff, this.#random), asked);
      if (failure !== undefined) this.#report(failure, { phase, retryInMs });
      await sleep(this.#clock, retryInMs, signal).catch(() => {});
    }
    if (!this.hasSynced) this.#sync.reject(signal.reason);
  }

  #watch(signal: AbortSignal): AsyncGenerator<WatchEvent<T>[], void, undefined> {
    const { min, max } = this.#options.watchMs ?? { min: 300_000, max: 600_000 };
    this.#options.hooks?.watchStarted?.(this.#from ?? "");
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
      const snapshot = new Snapshot<P>((key) => this.#store.get(key));
      let resourceVersion = "";
      let pages = 0;
      try {
        for await (const page of this.#resource.pages({ ...this.#selection(), signal, pageSize })) {
          pages += 1;
          ({ resourceVersion } = page);
          for (const object of page.items) this.#see(snapshot, object);
        }
      } catch (error) {
        // The continue token outlived the server's history: one request needs none.
        if (!(error instanceof GoneError) || pages === 0 || pageSize === 0) throw error;
        pageSize = 0;
        continue;
      }
      if (signal.aborted) return;
      const changes = snapshot.changes(this.keys());
      for (const change of changes) {
        if (change.type === "delete") this.#remove(change.key, undefined, "list");
        else this.#set(change.key, change.entry, "list");
      }
      const durationMs = this.#clock.now() - started;
      this.#options.hooks?.listed?.({
        reason: this.#listReason,
        objects: snapshot.size,
        changes: changes.length,
        durationMs,
      });
      this.#from = resourceVersion;
      this.resourceVersion = resourceVersion;
      if (!this.hasSynced) {
        this.hasSynced = true;
        this.#sync.resolve();
      }
      return;
    }
  }

  #see(snapshot: Snapshot<P>, object: T): void {
    const { metadata } = object;
    const key = keyOf(metadata);
    try {
      snapshot.see(key, metadata.uid, metadata.resourceVersion, () => this.#options.project(object));
    } catch (error) {
      this.#report(error, { phase: "project", key });
    }
  }

  #apply(event: WatchEvent<T>): void {
    this.#options.hooks?.event?.(event.type);
    if (event.type === "BOOKMARK") {
      if (this.#from !== undefined && isOlder(event.resourceVersion, this.#from))
        throw new ServerWentBack(event, this.#from);
      this.#from = event.resourceVersion;
      this.resourceVersion = event.resourceVersion;
      return;
    }
    const { metadata } = event.object;
    const key = keyOf(metadata);
    this.#from = metadata.resourceVersion;
    this.resourceVersion = metadata.resourceVersion;
    const old = this.#store.get(key);
    if (event.type !== "DELETED" && old?.uid === metadata.uid && old.resourceVersion === metadata.resourceVersion)
      return;
    let value: P | undefined;
    try {
      value = this.#options.project(event.object);
    } catch (error) {
      this.#report(error, { phase: "project", key });
      if (event.type !== "DELETED") return;
    }
    if (event.type === "DELETED" || value === undefined) {
      if (old !== undefined) this.#remove(key, old.uid === metadata.uid ? value : undefined, "watch");
    } else {
      this.#set(key, { value, uid: metadata.uid, resourceVersion: metadata.resourceVersion }, "watch");
    }
  }

  #set(key: string, entry: Entry<P>, origin: ChangeInfo["origin"]): void {
    let old = this.#store.get(key);
    if (old !== undefined && old.uid !== entry.uid) {
      // Another object of the same name: its predecessor's end must not be missed.
      this.#remove(key, undefined, origin);
      old = undefined;
    }
    this.#store.set(key, entry);
    const info: ChangeInfo = { key, uid: entry.uid, origin };
    for (const handler of this.#handlers) {
      this.#call(key, () =>
        old === undefined ? handler.add?.(entry.value, info) : handler.update?.(old.value, entry.value, info),
      );
    }
  }

  #remove(key: string, final: P | undefined, origin: ChangeInfo["origin"]): void {
    const old = this.#store.get(key);
    if (old === undefined) return;
    this.#store.delete(key);
    const info: ChangeInfo = { key, uid: old.uid, origin };
    for (const handler of this.#handlers) this.#call(key, () => handler.delete?.(final ?? old.value, info));
  }

  #call(key: string, run: () => unknown): void {
    try {
      const result = run();
      // An async function fits the type of a handler; its rejection must not take the process down.
      if (result instanceof Promise) result.catch((error: unknown) => this.#report(error, { phase: "handler", key }));
    } catch (error) {
      this.#report(error, { phase: "handler", key });
    }
  }

  #report(error: unknown, context: InformerErrorContext): void {
    try {
      this.#options.onError(error, context);
    } catch (second) {
      process.emitWarning(second instanceof Error ? second : String(second));
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
