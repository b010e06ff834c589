/** core/v1 ObjectReference: what an event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid?: string | undefined;
  readonly fieldPath?: string | undefined;
}

/** What happened. */
export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** CamelCase, few and stable: people filter by it. */
  readonly reason: string;
  readonly message: string;
}

/** The same event, as often as it has happened. */
export interface EventSeries {
  readonly key: string;
  readonly about: ObjectReference;
  readonly type: EventNote["type"];
  readonly reason: string;
  /** Of the last occurrence. */
  message: string;
  count: number;
  /** Wall times in milliseconds. */
  readonly firstAt: number;
  lastAt: number;
  /** How many occurrences the server knows of. */
  sentCount: number;
  sentAt: number;
  /** Name of the Event object, once there is one. */
  name: string | undefined;
}

/** Limits of the aggregation. */
export interface SeriesLimits {
  /** A series that was quiet for so long is over; the next occurrence starts another. */
  readonly quietMs: number;
  /** More different messages of one reason about one object than this are counted together. */
  readonly distinctMessages: number;
  /** Series kept; the longest quiet goes first. */
  readonly maxSeries: number;
}

/** The beginning of the message of a series whose messages differ (the words that kubectl users know). */
const COMBINED = "(combined from similar events): ";
/** What events.k8s.io/v1 allows for a note. */
const MAX_MESSAGE = 1024;

/** Turns occurrences into series, so that an event in a loop is one object whose count grows. */
export class EventSeriesTable {
  readonly #limits: SeriesLimits;
  /** In the order of the last occurrence. */
  readonly #series = new Map<string, EventSeries>();
  /** Keys of the series of one reason about one object. */
  readonly #groups = new Map<string, Set<string>>();

  constructor(limits: SeriesLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#series.size;
  }

  get(key: string): EventSeries | undefined {
    return this.#series.get(key);
  }

  values(): MapIterator<EventSeries> {
    return this.#series.values();
  }

  /** Counts one occurrence and returns its series. */
  record(about: ObjectReference, note: EventNote, wallTime: number): EventSeries {
    this.#expire(wallTime);
    const message = note.message.slice(0, MAX_MESSAGE);
    const group = groupOf(about, note);
    let key = `${group}${message}`;
    let text = message;
    if (!this.#series.has(key) && (this.#groups.get(group)?.size ?? 0) >= this.#limits.distinctMessages) {
      key = group;
      text = (COMBINED + message).slice(0, MAX_MESSAGE);
    }
    const old = this.#series.get(key);
    if (old !== undefined) {
      old.count += 1;
      old.lastAt = wallTime;
      old.message = text;
      this.#series.delete(key);
      this.#series.set(key, old);
      return old;
    }
    const series: EventSeries = {
      key,
      about,
      type: note.type,
      reason: note.reason,
      message: text,
      count: 1,
      firstAt: wallTime,
      lastAt: wallTime,
      sentCount: 0,
      sentAt: Number.NEGATIVE_INFINITY,
      name: undefined,
    };
    this.#series.set(key, series);
    if (key !== group) {
      const members = this.#groups.get(group);
      if (members === undefined) this.#groups.set(group, new Set([key]));
      else members.add(key);
    }
    for (const oldest of this.#series.values()) {
      if (this.#series.size <= this.#limits.maxSeries) break;
      this.forget(oldest);
    }
    return series;
  }

  /** Ends a series; its next occurrence starts another. */
  forget(series: EventSeries): void {
    this.#series.delete(series.key);
    const group = groupOf(series.about, series);
    const members = this.#groups.get(group);
    members?.delete(series.key);
    if (members?.size === 0) this.#groups.delete(group);
  }

  #expire(wallTime: number): void {
    for (const series of this.#series.values()) {
      if (wallTime - series.lastAt < this.#limits.quietMs) return;
      this.forget(series);
    }
  }
}

function groupOf(about: ObjectReference, note: Pick<EventNote, "type" | "reason">): string {
  const { kind, namespace, name, uid, fieldPath } = about;
  return JSON.stringify([kind, namespace, name, uid, fieldPath, note.type, note.reason]);
}
