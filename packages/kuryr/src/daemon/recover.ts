import type { Logger } from "../log/logger.ts";
import { linksOf, type Attachment, type AttachmentStore } from "./attachments.ts";
import type { Plugger } from "./plug/plugger.ts";

/**
 * Attachments that nothing can come of: an ADD that the daemon did not live to finish, whose caller has had an error
 * since; and those of sandboxes whose links are gone. A link goes with its namespace and not before, so a path that the
 * daemon cannot see, for whatever reason, takes no pod's network. Pure.
 *
 * @param links the node's links of pods
 */
export function staleAttachments(all: readonly Attachment[], links: ReadonlySet<string>): readonly Attachment[] {
  return all.filter(
    ({ result, interfaces }) => result === undefined || !interfaces.some(({ hostName }) => links.has(hostName)),
  );
}

/**
 * At the start of a daemon, before the runtime can call: takes away what the node still has of sandboxes that are gone,
 * on the switch and on disk. After a restart of the node that is everything.
 *
 * @throws what the switch or the kernel answers, the signal's reason
 */
export async function recover(
  {
    attachments,
    plugger,
    log,
  }: {
    readonly attachments: AttachmentStore;
    readonly plugger: Plugger;
    readonly log: Logger;
  },
  signal: AbortSignal,
): Promise<void> {
  const stale = staleAttachments(attachments.all(), await plugger.podLinks());
  await Promise.all(
    stale.map(async (one) => {
      await plugger.unplug(one.containerId, linksOf(one), signal);
      attachments.remove(one);
    }),
  );
  if (stale.length > 0)
    log.info("attachments of sandboxes that are gone are taken away", {
      sandboxes: stale.map((one) => one.containerId),
    });
  const known = new Set(attachments.all().map((one) => one.containerId));
  const ports = await plugger.collectStale(known, signal);
  if (ports.length > 0) log.info("ports of sandboxes that are gone are taken off the switch", { ports });
}
