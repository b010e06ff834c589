import { linksOf, type AttachmentStore } from "../attachments.ts";
import type { CniCall } from "../cni/call.ts";
import { CniError, cniCodes } from "../cni/errors.ts";
import type { Plugger } from "../plug/plugger.ts";

export interface GcDependencies {
  readonly attachments: AttachmentStore;
  readonly plugger: Plugger;
  /** Runs work while no other call is served for a pod. */
  readonly locked: (pod: string, work: () => Promise<void>) => Promise<void>;
  readonly onDetached: (podUid: string) => void;
  /** Told what was taken away. */
  readonly onCollected: (containerIds: readonly string[]) => void;
}

/**
 * Takes away every attachment that the runtime does not list: of a sandbox that it has forgotten. An ADD that is under
 * way has no result yet, and the runtime cannot list it yet either: it is left alone, and so is what comes after the
 * call. Source: CNI specification 1.1.0, section 2 ("GC").
 *
 * @throws CniError without a list
 */
export async function collectGarbage(call: CniCall, deps: GcDependencies, signal: AbortSignal): Promise<void> {
  const valid = validAttachments(call.config);
  const { attachments, plugger } = deps;
  const known = attachments.all();
  const ended = known.filter((one) => one.result !== undefined && !valid.has(`${one.containerId}/${one.ifName}`));
  const accounted = new Set(known.map((one) => one.containerId));
  const unknown = [...plugger.sandboxes()].filter(
    (id) => id !== "" && !accounted.has(id) && ![...valid].some((one) => one.startsWith(`${id}/`)),
  );
  await Promise.all([
    ...ended.map((one) =>
      deps.locked(`${one.namespace}/${one.name}`, async () => {
        // Another call may have had its turn before.
        if (attachments.get(one.containerId, one.ifName) !== one) return;
        await plugger.unplug(one.containerId, linksOf(one), signal);
        attachments.remove(one);
        deps.onDetached(one.podUid);
      }),
    ),
    ...unknown.map((id) => plugger.unplug(id, [], signal)),
  ]);
  const collected = [...ended.map((one) => one.containerId), ...unknown];
  if (collected.length > 0) deps.onCollected(collected);
}

/** The key's name in the specification, and the one that libcni sent before. */
const listKeys = ["cni.dev/valid-attachments", "cni.dev/attachments"] as const;

/** `containerID/ifname` of each attachment that the runtime lists. Pure. @throws CniError */
export function validAttachments(config: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const key = listKeys.find((one) => Object.hasOwn(config, one));
  // libcni, being Go, writes an empty list as null.
  const listed = key === undefined ? undefined : (config[key] ?? []);
  if (!Array.isArray(listed))
    throw new CniError(cniCodes.invalidConfig, "KURYR_CNI_GC", "GC without a list of valid attachments");
  return new Set(
    (listed as readonly { readonly containerID?: unknown; readonly ifname?: unknown }[]).map(
      ({ containerID, ifname }) => `${String(containerID)}/${String(ifname)}`,
    ),
  );
}
