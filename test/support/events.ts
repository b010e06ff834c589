import { eventually, kubectl } from "./stack.ts";

/** What an Event says. */
export interface SeenEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly source: string;
}

interface Listed {
  readonly items: readonly {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly count?: number;
    readonly source?: { readonly component?: string };
  }[];
}

/** Events about a pod that Kuryr wrote. */
export async function eventsOf(namespace: string, name: string): Promise<SeenEvent[]> {
  const selector = `--field-selector=involvedObject.kind=Pod,involvedObject.name=${name}`;
  const { items } = JSON.parse(await kubectl(["-n", namespace, "get", "events", selector, "-o", "json"])) as Listed;
  return items
    .map((item) => ({ ...item, count: item.count ?? 1, source: item.source?.component ?? "" }))
    .filter(({ source }) => source.startsWith("kuryr-"));
}

/** Waits for an Event of this reason about a pod, counted at least so often. */
export async function eventOf(namespace: string, name: string, reason: string, count = 1): Promise<SeenEvent> {
  let found: SeenEvent | undefined;
  await eventually(`an Event ${reason} of ${namespace}/${name}, ${count} times`, async () => {
    const events = await eventsOf(namespace, name);
    found = events.find((event) => event.reason === reason && event.count >= count);
    return found !== undefined ? true : JSON.stringify(events.map((event) => [event.reason, event.count]));
  });
  if (found === undefined) throw new Error("unreachable");
  return found;
}
