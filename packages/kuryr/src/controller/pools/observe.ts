import { errorFields } from "../../log/logger.ts";
import type { NeutronPort } from "../ports/inventory.ts";
import { OrphanFinder } from "../ports/orphans.ts";
import { deleteWaiting } from "./delete.ts";
import { isPoolMark } from "./mark.ts";
import type { PoolState } from "./state.ts";

/**
 * Brings the pools in line with what is listed: takes in what an earlier controller left, gives pods the ports that their
 * KuryrPorts name, forgets what is gone, and deletes what no pool can use.
 */
export function observer(state: PoolState): (signal: AbortSignal) => Promise<void> {
  const { book, claims, world } = state;
  const strays = new OrphanFinder(world.orphanGraceMs);

  /** A port whose mark says that it waits. @returns whether no pool can have it */
  const look = (port: NeutronPort): boolean => {
    // Its deletion is under way, or was not answered: that is tried again.
    if (book.isLeaving(port.id)) return true;
    const waiting = state.poolOfWaiting(port);
    if (waiting === undefined) {
      book.drop(port.id);
      return true;
    }
    const { pool, releasedAt } = waiting;
    // What is being created is taken in when the answer comes: it may be handed out and gone by then.
    const isAnswerDue = releasedAt === undefined && pool.creating > 0;
    // What comes of a lost answer is looked into by itself.
    if (releasedAt === undefined && pool.unsure !== undefined && book.poolOf(port.id) === undefined) {
      pool.unsure.seen.add(port.id);
      return false;
    }
    if (book.poolOf(port.id) !== pool && !isAnswerDue) state.waits(pool, port, releasedAt);
    return !world.hasNode(pool.key.node) || state.isForeign(pool);
  };

  return async (signal) => {
    await state.expect(signal);
    const unusable: string[] = [];
    for (const port of world.inventory.values()) {
      const owner = world.ownerOf(port.id);
      const waits = isPoolMark(state.cluster, port.description ?? "");
      if (owner === undefined && waits && claims.of(port.id) === undefined) {
        if (look(port)) unusable.push(port.id);
        continue;
      }
      if (book.poolOf(port.id) !== undefined && !waits) book.drop(port.id);
      if (owner === undefined || owner.deletingSince !== undefined || claims.of(port.id) !== undefined) continue;
      if (port.device_id === owner.podUid) continue;
      // The one who handed it out did not come to tell Neutron.
      book.drop(port.id);
      claims.make(port.id, state.ownedBy(owner));
      claims.placed(port.id, state.now());
      world.inventory.put(claims.seenAs(port));
    }
    for (const id of book.ids()) {
      if (world.inventory.get(id) !== undefined) continue;
      book.drop(id);
      book.settled(id);
    }
    const found = strays.look(
      unusable.map((id) => ({ id, podUid: id })),
      () => false,
      state.now(),
    );
    for (const id of found) await remove(id, signal);
    state.alarm.ring();
  };

  async function remove(id: string, signal: AbortSignal): Promise<void> {
    // A pod may have come for it in the meantime, by a node of the same name.
    if (claims.of(id) !== undefined || world.ownerOf(id) !== undefined) return;
    state.log.warn("deleting a port that no pool can use", { port: id });
    try {
      await deleteWaiting(state, id, "stray", signal);
    } catch (error) {
      if (signal.aborted) throw error;
      state.log.warn("a port that no pool can use cannot be deleted: trying again", {
        port: id,
        ...errorFields(error),
      });
    }
  }
}
