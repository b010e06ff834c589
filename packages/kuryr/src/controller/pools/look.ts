import { sleep, type Clock } from "@kuryr/kubernetes";

import type { LookedAt, PortGateway } from "../ports/gateway.ts";

/** Those who ask within this time share a request. */
const gatherMs = 50;

/** Reads single ports, all that are asked for at about the same time by one list. */
export function gatheredLook(
  list: PortGateway["look"],
  clock: Clock,
  signal: AbortSignal,
): (id: string) => Promise<LookedAt | undefined> {
  let gathering: { readonly ids: Set<string>; readonly found: Promise<ReadonlyMap<string, LookedAt>> } | undefined;
  const gather = async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, LookedAt>> => {
    await sleep(clock, gatherMs, signal);
    gathering = undefined;
    return new Map((await list([...ids], signal)).map((one) => [one.port.id, one]));
  };
  return async (id) => {
    if (gathering === undefined) {
      const ids = new Set<string>();
      gathering = { ids, found: gather(ids) };
    }
    gathering.ids.add(id);
    return (await gathering.found).get(id);
  };
}
