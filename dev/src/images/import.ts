import { StackError } from "../errors.ts";
import { run, type RunOptions } from "../machine/exec.ts";
import type { Place } from "../machine/place.ts";
import { fullName } from "./layout.ts";
import { packedDigest } from "./pack.ts";

export interface ImportOptions {
  /** Path of `ctr`, of the node's containerd or a near version. */
  readonly ctr: string;
  /** The node's containerd socket. */
  readonly socket: string;
  /** A packed image and its name, as `packImage` gives them. */
  readonly file: string;
  readonly ref: string;
  /** Where `ctr` runs, when the socket is not to be seen from here. */
  readonly place?: Place;
  readonly signal?: AbortSignal;
}

/** The digest that `ctr images ls` shows for a name. */
export function listedDigest(listing: string, name: string): string | undefined {
  for (const line of listing.split("\n")) {
    const [ref, , digest] = line.trim().split(/\s+/);
    if (ref === name && digest?.startsWith("sha256:") === true) return digest;
  }
  return undefined;
}

/**
 * Puts a packed image into a node, where the kubelet finds it (containerd's namespace `k8s.io`).
 * @returns whether it was imported; `false` when the node has this very image already
 * @throws CommandFailed from ctr; StackError KURYR_DEV_IMAGE when the node does not have the image afterwards
 */
export async function importImage(options: ImportOptions): Promise<boolean> {
  const name = fullName(options.ref);
  const wanted = await packedDigest(options.file);
  const ctr = [options.ctr, "--address", options.socket, "--namespace", "k8s.io", "images"];
  const where: RunOptions = {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.place === undefined ? {} : { place: options.place }),
  };
  const present = async (): Promise<string | undefined> =>
    listedDigest((await run([...ctr, "ls", `name==${name}`], where)).stdout, name);
  if ((await present()) === wanted) return false;
  await run([...ctr, "import", options.file], { ...where, timeoutMs: 180_000 });
  const got = await present();
  if (got !== wanted) {
    throw new StackError(
      "KURYR_DEV_IMAGE",
      `the node has ${name} as ${got ?? "nothing"} after the import, not as ${wanted}`,
    );
  }
  return true;
}
