import { keyOf, type Informer } from "@kuryr/kubernetes";

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

  constructor(informer: Cached) {
    this.#informer = informer;
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
    if (this.#informer.byIndex("podUid", podUid).length > 0) return true;
    for (const written of this.#written.values()) if ("view" in written && written.view.podUid === podUid) return true;
    return false;
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
    for (const [key, written] of this.#written)
      if ("view" in written && written.view.portIds.includes(portId)) yield key;
  }

  wrote(view: KuryrPortView): void {
    this.#written.set(keyOf(view), { view });
  }

  wroteGone(key: string, uid: string): void {
    this.#written.set(key, { goneUid: uid });
  }

  /** Call for every event of the informer, before anything else looks. */
  seen(key: string, view: KuryrPortView, gone: boolean): void {
    const written = this.#written.get(key);
    if (written === undefined) return;
    if ("goneUid" in written) {
      if (gone || view.uid !== written.goneUid) this.#written.delete(key);
      return;
    }
    if (gone || view.uid !== written.view.uid || Number(view.resourceVersion) >= Number(written.view.resourceVersion)) {
      // A late event of an earlier object of this name says nothing of the one just written.
      if (view.uid === written.view.uid || Number(view.resourceVersion) > Number(written.view.resourceVersion))
        this.#written.delete(key);
    }
  }
}
