import { keyOf, type Informer } from "@kuryr/kubernetes";

import { MultiMap } from "../ports/multi-map.ts";
import type { KuryrPortView } from "./plan.ts";

type Cached = Pick<Informer<KuryrPortView, "podUid" | "portId">, "get" | "byIndex">;

/** What this controller wrote last of a key, until the watch has brought it. */
type Written = { readonly view: KuryrPortView } | { readonly goneUid: string };

/**
 * The informer's cache with our own writes on top: a reconcile that comes between a write and its event must not
 * write again. An entry ends when the event arrives.
 */
export class KuryrPortCache {
  readonly #informer: Cached;
  readonly #written = new Map<string, Written>();
  /** Keys of written views, by pod and by port. */
  readonly #byPod = new MultiMap();
  readonly #byPort = new MultiMap();

  constructor(informer: Cached) {
    this.#informer = informer;
  }

  /** Keys of which a write is remembered. */
  get size(): number {
    return this.#written.size;
  }

  /** The newest state known of a key. */
  get(key: string): KuryrPortView | undefined {
    const cached = this.#informer.get(key);
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    if ("goneUid" in written) return cached?.uid === written.goneUid ? undefined : cached;
    // resourceVersions of one resource are comparable numbers (KEP-5504; true of every released API server).
    if (cached?.uid === written.view.uid && Number(cached.resourceVersion) >= Number(written.view.resourceVersion))
      return cached;
    return written.view;
  }

  /** Whether any KuryrPort is for the pod of this UID. */
  hasPodUid(podUid: string): boolean {
    return this.#informer.byIndex("podUid", podUid).length > 0 || this.#byPod.of(podUid).size > 0;
  }

  /** The KuryrPort that names a port: one that nobody deletes, if there are several. */
  ofPort(portId: string): KuryrPortView | undefined {
    let found: KuryrPortView | undefined;
    for (const key of this.#naming(portId)) {
      const view = this.get(key);
      if (view?.portIds.includes(portId) !== true) continue;
      if (view.deletingSince === undefined) return view;
      found = view;
    }
    return found;
  }

  *#naming(portId: string): Iterable<string> {
    for (const view of this.#informer.byIndex("portId", portId)) yield keyOf(view);
    yield* this.#byPort.of(portId);
  }

  /** A KuryrPort was created. */
  created(view: KuryrPortView): void {
    this.#remember(keyOf(view), { view });
  }

  /** A KuryrPort was changed. One that is gone again, as the watch said before the answer came, has no more events. */
  changed(view: KuryrPortView): void {
    if (this.#knows(keyOf(view), view.uid)) this.#remember(keyOf(view), { view });
  }

  /** A KuryrPort is gone. Where the watch said so before the answer came nothing is left to wait for. */
  gone(key: string, uid: string): void {
    if (this.#knows(key, uid)) this.#remember(key, { goneUid: uid });
  }

  /** Call for every event of the informer, before anything else looks. */
  seen(key: string, view: KuryrPortView, gone: boolean): void {
    const written = this.#written.get(key);
    if (written === undefined) return;
    if ("goneUid" in written) {
      if (gone || view.uid !== written.goneUid) this.#forget(key);
      return;
    }
    if (gone || view.uid !== written.view.uid || Number(view.resourceVersion) >= Number(written.view.resourceVersion)) {
      // A late event of an earlier object of this name says nothing of the one just written.
      if (view.uid === written.view.uid || Number(view.resourceVersion) > Number(written.view.resourceVersion))
        this.#forget(key);
    }
  }

  /** Whether an event of this object is yet to come: its end at least. */
  #knows(key: string, uid: string): boolean {
    const written = this.#written.get(key);
    if (written !== undefined && "view" in written && written.view.uid === uid) return true;
    return this.#informer.get(key)?.uid === uid;
  }

  #remember(key: string, written: Written): void {
    this.#forget(key);
    this.#written.set(key, written);
    if (!("view" in written)) return;
    this.#byPod.add(written.view.podUid, key);
    for (const portId of written.view.portIds) this.#byPort.add(portId, key);
  }

  #forget(key: string): void {
    const written = this.#written.get(key);
    if (written === undefined) return;
    this.#written.delete(key);
    if (!("view" in written)) return;
    this.#byPod.remove(written.view.podUid, key);
    for (const portId of written.view.portIds) this.#byPort.remove(portId, key);
  }
}
