import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { AddResult } from "./cni/result.ts";

/** One interface of a sandbox, as far as the node must clean it up. */
export interface AttachedInterface {
  /** The other end of the pod's link: it goes when the sandbox's namespace goes. */
  readonly hostName: string;
  /** Further links on the node: those of a hybrid plug. */
  readonly others?: readonly string[];
  readonly portId: string;
}

/** What a sandbox has on this node. Written before the first change, so that a crash leaves nothing unaccounted for. */
export interface Attachment {
  readonly containerId: string;
  readonly ifName: string;
  readonly netns: string;
  /** Inode of the namespace: a path can be used again. */
  readonly netnsInode: string;
  readonly namespace: string;
  readonly name: string;
  readonly podUid: string;
  readonly interfaces: readonly AttachedInterface[];
  /** The ADD's result; missing until the ADD succeeded. */
  readonly result?: AddResult;
  /** When it succeeded, milliseconds since the epoch; missing where an older daemon wrote the file. */
  readonly addedAt?: number;
}

/** Every link that an attachment has on the node. */
export function linksOf(attachment: Attachment): readonly string[] {
  return attachment.interfaces.flatMap(({ hostName, others }) => [hostName, ...(others ?? [])]);
}

/** The attachments of a node, on disk and in memory. A file per sandbox interface; the file system is the database. */
export class AttachmentStore {
  readonly #directory: string;
  readonly #attachments = new Map<string, Attachment>();
  /** By the pod's UID: pods have one, or two for a moment, and a node has hundreds. */
  readonly #ofPod = new Map<string, Set<Attachment>>();

  /** Reads what an earlier daemon left. Files that are no attachments are passed to `onBroken` and kept out. */
  constructor(directory: string, onBroken: (file: string, error: unknown) => void) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const file of readdirSync(directory)) {
      if (!file.endsWith(".json")) continue;
      try {
        const attachment = JSON.parse(readFileSync(join(directory, file), "utf8")) as Attachment;
        if (fileOf(attachment) !== file) throw new Error("its name does not fit its content");
        this.#keep(file, attachment);
      } catch (error) {
        onBroken(file, error);
      }
    }
  }

  get size(): number {
    return this.#attachments.size;
  }

  all(): Attachment[] {
    return [...this.#attachments.values()];
  }

  get(containerId: string, ifName: string): Attachment | undefined {
    return this.#attachments.get(fileOf({ containerId, ifName }));
  }

  /** Every attachment of a pod, by UID. */
  ofPod(podUid: string): Attachment[] {
    return [...(this.#ofPod.get(podUid) ?? [])];
  }

  put(attachment: Attachment): void {
    const file = fileOf(attachment);
    const path = join(this.#directory, file);
    writeFileSync(`${path}.new`, JSON.stringify(attachment), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    this.#keep(file, attachment);
  }

  remove(attachment: Pick<Attachment, "containerId" | "ifName">): void {
    const file = fileOf(attachment);
    rmSync(join(this.#directory, file), { force: true });
    this.#drop(file);
  }

  #keep(file: string, attachment: Attachment): void {
    this.#drop(file);
    this.#attachments.set(file, attachment);
    const own = this.#ofPod.get(attachment.podUid) ?? new Set();
    this.#ofPod.set(attachment.podUid, own.add(attachment));
  }

  #drop(file: string): void {
    const attachment = this.#attachments.get(file);
    if (attachment === undefined) return;
    this.#attachments.delete(file);
    const own = this.#ofPod.get(attachment.podUid);
    own?.delete(attachment);
    if (own?.size === 0) this.#ofPod.delete(attachment.podUid);
  }
}

/** Both parts were checked against the specification's alphabets: no slash can be in them. */
const fileOf = ({ containerId, ifName }: Pick<Attachment, "containerId" | "ifName">): string =>
  `${containerId}-${ifName}.json`;
