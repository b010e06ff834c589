import { sleep } from "@kuryr/kubernetes";

import { errorFields } from "../../log/logger.ts";
import { regularly } from "../pods/regularly.ts";
import type { Pool, Unsure } from "./book.ts";
import { deleteWaiting } from "./delete.ts";
import type { PoolFiller } from "./fill.ts";
import { planPools, type PoolAction, type PoolObservation } from "./plan.ts";
import type { PoolState } from "./state.ts";

/** Numbers of now are at most so old. */
const calmMs = 5000;
const maxDeletions = 10;

/** Keeps the pools as they are wanted, until the signal aborts. */
export function worker(
  state: PoolState,
  filler: PoolFiller,
  tell: (signal: AbortSignal) => void,
): (signal: AbortSignal) => Promise<void> {
  const { book, options, clock, log, metrics, world } = state;
  const { quietMs } = world;
  // Much happens at once in a burst: it is looked at together.
  const gatherMs = quietMs / 10;
  const everyMs = Math.min(options.frequencyMs, calmMs);
  const running = new Set<Promise<void>>();
  let deleting = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let needSince: number | undefined;

  const begin = (what: string, work: Promise<unknown>, signal: AbortSignal): void => {
    const done = work
      .then(
        () => undefined,
        (error: unknown) => {
          if (!signal.aborted) log.debug(`${what}: trying again`, errorFields(error));
        },
      )
      .finally(() => {
        running.delete(done);
        state.alarm.ring();
      });
    running.add(done);
  };

  /** Whether pods are being served: Neutron does those first, but not for ever. */
  const isBusy = (now: number): boolean => {
    const busy =
      state.misses > 0 || now - state.lastTakeAt < quietMs || state.claims.areStarting(now, world.isStarting);
    const isNeedy = [...book.pools].some((pool) => pool.idle.size + pool.creating < options.min && state.wanted(pool));
    if (!busy || !isNeedy) {
      needSince = undefined;
      return busy;
    }
    needSince ??= now;
    return now - needSince < options.frequencyMs;
  };

  const observe = (now: number): PoolObservation[] => {
    const busy = isBusy(now);
    return [...book.pools].map((pool) => {
      book.ripen(pool, now);
      return {
        digest: pool.digest,
        idle: pool.idle,
        resting: pool.resting.size,
        creating: pool.creating,
        returning: pool.returning,
        wanted: state.wanted(pool),
        asked: pool.askedAt !== undefined,
        held: busy || pool.unsure !== undefined || pool.notBefore > now || state.isScarce(pool),
      };
    });
  };

  /** Finds what a request has made whose answer was lost. */
  const makeSure = async (pool: Pool, { cutOff, seen }: Unsure, signal: AbortSignal): Promise<void> => {
    const { description } = state.waitingAs(pool, undefined);
    for (const port of await state.ports.ofMark(description, signal)) {
      const isNew = world.inventory.get(port.id) === undefined || seen.has(port.id);
      if (!isNew || !isFree(port.id) || state.poolOfWaiting(port)?.pool !== pool) continue;
      world.inventory.find(port);
      if (cutOff) await deleteWaiting(state, port.id, "stray", signal);
      else state.waits(pool, port, undefined);
    }
    pool.unsure = undefined;
  };

  /** Whether nobody has, or waits for, or deletes a port. */
  const isFree = (id: string): boolean =>
    book.poolOf(id) === undefined &&
    !book.isLeaving(id) &&
    state.claims.of(id) === undefined &&
    world.ownerOf(id) === undefined;

  const remove = async ({ portId, why }: PoolAction & { do: "delete" }, signal: AbortSignal): Promise<void> => {
    deleting += 1;
    try {
      await deleteWaiting(state, portId, why, signal);
    } finally {
      deleting -= 1;
    }
  };

  const apply = (action: PoolAction, signal: AbortSignal): void => {
    const pool = book.byDigest(action.digest);
    if (pool === undefined) return;
    log.debug(`pool: ${action.do}`, { node: pool.key.node, pool: pool.digest, reason: action.reason });
    if (action.do === "create") begin("filling a pool", filler.fill(pool, action.count, signal), signal);
    else begin("deleting a port of a pool", remove(action, signal), signal);
  };

  /** Numbers of thousands of nodes are not for every moment. */
  const lookMs = (): number => state.coming.size / 2;

  const tick = (signal: AbortSignal): void => {
    const now = state.now();
    for (const pool of book.pools) {
      // What another request is still making looks as if nobody knew of it.
      if (pool.unsure !== undefined && pool.creating === 0 && pool.notBefore <= now) {
        pool.notBefore = now + options.frequencyMs;
        begin("looking for ports of a lost answer", makeSure(pool, pool.unsure, signal), signal);
      }
    }
    const { min, max, batch, ttlMs } = options;
    const plan = planPools({
      now,
      pools: observe(now),
      min,
      max,
      batch,
      ttlMs,
      requests: filler.free,
      deletions: maxDeletions - deleting,
    });
    for (const action of plan) apply(action, signal);
    tell(signal);
    for (const pool of book.pools) if (!state.wanted(pool)) book.forget(pool);
    if (now - lookedAt < lookMs()) return;
    lookedAt = now;
    metrics.look(book.pools, world.inventory.size, state.claims.size);
  };

  return async (signal) => {
    // By itself: what may come is only a wish, and holds nothing up.
    const expecting = regularly(
      () => everyMs,
      clock,
      signal,
      () => state.expect(signal),
    );
    begin("looking for pools that pods may ask", expecting, signal);
    while (!signal.aborted) {
      try {
        tick(signal);
      } catch (error) {
        if (!signal.aborted) log.warn("looking at the pools of ports: trying again", errorFields(error));
      }
      const isCalm = state.claims.size === 0 && needSince === undefined;
      await state.alarm.wait(isCalm ? everyMs : quietMs / 4, signal);
      await sleep(clock, gatherMs, signal).catch(() => undefined);
    }
    await Promise.all(running);
  };
}
