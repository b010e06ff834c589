import type { Connection } from "../api/connection-options.ts";
import {
  AlreadyExistsError,
  ApiError,
  NotFoundError,
  ServerTimeoutError,
  TooManyRequestsError,
} from "../api-errors.ts";
import { RateLimit } from "./event-limit.ts";
import { type EventNote, type EventSeries, EventSeriesTable, type ObjectReference } from "./event-series.ts";
import type { KubernetesObject, ResourceDefinition } from "../objects.ts";
import type { Resource } from "../api/verbs.ts";
import { WorkQueue } from "../queue/work-queue.ts";
import { runWorkers } from "../queue/workers.ts";

/** core/v1 Event. */
export interface CoreEvent extends KubernetesObject {
  readonly involvedObject: ObjectReference;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  /** RFC 3339. */
  readonly firstTimestamp?: string;
  readonly lastTimestamp?: string;
  readonly source?: { readonly component?: string; readonly host?: string };
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

export const EVENTS: ResourceDefinition = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

/** How a recorder works; times in milliseconds. */
export interface EventRecorderOptions {
  /** Who speaks, such as `example.org/widget-controller`. */
  readonly component: string;
  /** Which process of it: a pod or node name. */
  readonly instance: string;
  /** Events that could not be written and are given up. */
  readonly onError: (error: unknown, about: ObjectReference) => void;
  /** A growing count is written at most this often; default 5,000. */
  readonly updateMs?: number | undefined;
}

/** Writes events about objects, aggregated, without ever making its caller wait. */
export interface EventRecorder {
  /** Notes an occurrence; returns at once. */
  record(about: ObjectReference | KubernetesObject, note: EventNote): void;
  /** Writes until `signal` aborts, then what is left for at most 3 s. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

const LIMITS = { quietMs: 600_000, distinctMessages: 10, maxSeries: 4096 };
/** Writes about one object, as client-go allows them; counts go on meanwhile, and are written with the next. */
const ALLOWANCE = { burst: 25, everyMs: 300_000, maxKeys: 4096 };
const WORKERS = 2;
const MAX_FAILURES = 5;
const FLUSH_MS = 3000;
const FLUSH_MOST = 100;

/** Makes a recorder; nothing is written before `run`. */
export function createEventRecorder(connection: Connection, options: EventRecorderOptions): EventRecorder {
  const events: Resource<CoreEvent> = connection.resource<CoreEvent>(EVENTS);
  const { clock, random } = connection;
  const table = new EventSeriesTable(LIMITS);
  const queue = new WorkQueue({ clock, random, backoff: { baseMs: 500, maxMs: 30_000, jitter: 0.5 } });
  const limit = new RateLimit(ALLOWANCE);
  const updateMs = options.updateMs ?? 5000;
  let created = 0;

  async function write(series: EventSeries, signal: AbortSignal): Promise<void> {
    const { count } = series;
    const namespace = series.about.namespace ?? "default";
    const changing = { count, lastTimestamp: timestamp(series.lastAt), message: series.message };
    series.sentAt = clock.wallTime();
    if (series.name !== undefined) {
      try {
        await events.patch({ namespace, name: series.name }, { type: "merge", body: changing }, { signal });
        series.sentCount = count;
        return;
      } catch (error) {
        // The server keeps events for an hour.
        if (!(error instanceof NotFoundError)) throw error;
        series.name = undefined;
      }
    }
    // Time, counter and chance: neither this process nor another replica makes the same name.
    created += 1;
    const unique = [clock.wallTime(), created % 0x1000, Math.floor(random() * 2 ** 24)].map((part) =>
      part.toString(16),
    );
    const name = `${series.about.name.slice(0, 200)}.${unique.join("")}`;
    await events.create(
      {
        metadata: { namespace, name },
        involvedObject: series.about,
        type: series.type,
        reason: series.reason,
        firstTimestamp: timestamp(series.firstAt),
        ...changing,
        source: { component: options.component, host: options.instance },
        reportingComponent: options.component,
        reportingInstance: options.instance,
      },
      { signal },
    );
    series.name = name;
    series.sentCount = count;
  }

  async function send(key: string, signal: AbortSignal): Promise<void> {
    const series = table.get(key);
    if (series === undefined || series.sentCount === series.count) return;
    // A try that is repeated was allowed before.
    const waitMs = queue.failures(key) === 0 ? limit.take(objectKey(series.about), clock.now()) : 0;
    if (waitMs > 0) {
      queue.add(key, { afterMs: waitMs });
      return;
    }
    try {
      await write(series, signal);
    } catch (error) {
      if (isWorthARetry(error) && queue.failures(key) + 1 < MAX_FAILURES) throw error;
      // Refused (a terminating namespace, say), or failed too often: an event is not worth more.
      table.forget(series);
      options.onError(error, series.about);
    }
  }

  return {
    record(about, note) {
      const series = table.record("metadata" in about ? referenceTo(about) : about, note, clock.wallTime());
      queue.add(series.key, { afterMs: series.sentAt + updateMs - clock.wallTime() });
    },
    async run(signal) {
      await runWorkers(queue, { workers: WORKERS, reconcile: send, onError: () => {}, signal, drainMs: FLUSH_MS });
      const flush = new AbortController();
      const cancel = clock.schedule(FLUSH_MS, () => flush.abort());
      const left = [...table.values()].filter((series) => series.sentCount < series.count).slice(-FLUSH_MOST);
      await Promise.all(
        left.map((series) =>
          write(series, flush.signal).catch((error: unknown) => options.onError(error, series.about)),
        ),
      );
      cancel();
    },
  };
}

/** The reference to an object, for events about it. */
export function referenceTo(object: KubernetesObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}

function objectKey({ kind, namespace, name, uid }: ObjectReference): string {
  return JSON.stringify([kind, namespace, name, uid]);
}

function isWorthARetry(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return (
    error.status >= 500 ||
    error instanceof TooManyRequestsError ||
    error instanceof AlreadyExistsError ||
    error instanceof ServerTimeoutError
  );
}

/** meta/v1 Time: whole seconds. */
function timestamp(wallTime: number): string {
  return `${new Date(wallTime).toISOString().slice(0, 19)}Z`;
}
