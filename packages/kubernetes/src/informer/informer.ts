import { keyOf, type KubernetesObject } from "../objects.ts";
import {
  type InformerErrorContext,
  type ListSink,
  Reflector,
  type ReflectorOptions,
  type RefreshOptions,
} from "./reflector.ts";
import { Snapshot } from "./snapshot.ts";
import { type Entry, IndexedStore, type IndexFunction } from "./store.ts";
import type { Resource } from "../api/verbs.ts";
import type { ObjectEvent } from "../api/watch-decoder.ts";

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

/** How an informer works. */
export interface InformerOptions<T extends KubernetesObject, P, I extends string = never> extends ReflectorOptions {
  /** Keeps what is needed of an object, at parse time; undefined keeps the object out. `(pod) => pod` keeps all. */
  readonly project: (object: T) => P | undefined;
  /**
   * Functions by the index's name, for `byIndex`. TypeScript cannot tell their argument's type from `project`: annotate
   * it, or name the type arguments.
   */
  readonly indexes?: Readonly<Record<I, IndexFunction<P>>> | undefined;
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
  /**
   * Lists again, and resolves when the cache holds whatever there was at the time of the call: for who takes over from
   * another writer. Repeats a list that fails, and rejects when the informer stops before.
   */
  refresh(options?: RefreshOptions): Promise<void>;
  /** Lists and watches until the signal aborts; resolves then, and never rejects. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

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
  readonly #options: InformerOptions<T, P, I>;
  readonly #reflector: Reflector<T>;
  readonly #store: IndexedStore<P, I>;
  readonly #handlers = new Set<InformerHandler<P>>();
  readonly #sync = Promise.withResolvers<void>();
  #started = false;

  constructor(resource: Resource<T>, options: InformerOptions<T, P, I>) {
    this.#options = options;
    const indexes = Object.entries<IndexFunction<P>>(options.indexes ?? {});
    this.#store = new IndexedStore<P, I>(indexes, (error, key) => this.#report(error, { phase: "index", key }));
    const onError = (error: unknown, context: InformerErrorContext): void => this.#report(error, context);
    this.#reflector = new Reflector(
      resource,
      { ...options, onError },
      { beginList: () => this.#beginList(), event: (event) => this.#apply(event) },
    );
    this.synced = this.#sync.promise;
    // Nobody has to wait for it.
    this.synced.catch(() => {});
  }

  get size(): number {
    return this.#store.size;
  }

  get resourceVersion(): string | undefined {
    return this.#reflector.resourceVersion;
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

  refresh(options?: RefreshOptions): Promise<void> {
    return this.#reflector.refresh(options);
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    await this.#reflector.run(signal);
    if (!this.hasSynced) this.#sync.reject(signal.reason);
  }

  #beginList(): ListSink<T> {
    const snapshot = new Snapshot<P>((key) => this.#store.get(key));
    return {
      see: (object) => this.#see(snapshot, object),
      unsee: (object) => snapshot.unsee(keyOf(object.metadata)),
      commit: () => {
        const changes = snapshot.changes(this.keys());
        for (const change of changes) {
          if (change.type === "delete") this.#remove(change.key, undefined, "list");
          else this.#set(change.key, change.entry, "list");
        }
        if (!this.hasSynced) {
          this.hasSynced = true;
          this.#sync.resolve();
        }
        return { objects: snapshot.size, changes: changes.length };
      },
    };
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

  #apply(event: ObjectEvent<T>): void {
    const { metadata } = event.object;
    const key = keyOf(metadata);
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
}
