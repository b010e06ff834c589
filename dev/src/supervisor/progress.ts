/** Tells a person what is going on: one line per finished unit, and a line for what takes long. */
export interface Progress {
  readonly started: (name: string, log: string) => void;
  readonly says: (name: string, text: string) => void;
  readonly finished: (name: string, outcome: "up" | "failed" | "ended") => void;
  /** No longer running, whatever came of it; says nothing. */
  readonly settled: (name: string) => void;
  /** A remark of its own line. */
  readonly note: (text: string) => void;
  readonly close: () => void;
}

interface Running {
  readonly since: number;
  readonly log: string;
  text: string | undefined;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Progress as lines on a stream. What still runs is repeated every `everyMs` with its age and its log. */
export function lineProgress(write: (line: string) => void, everyMs = 10_000): Progress {
  const running = new Map<string, Running>();
  const remind = setInterval(() => {
    const now = performance.now();
    for (const [name, item] of running) {
      if (now - item.since < everyMs) continue;
      const what = item.text === undefined ? "" : `: ${item.text}`;
      write(`  ..  ${name}${what} (${seconds(now - item.since)} so far; log ${item.log})`);
    }
  }, everyMs);
  remind.unref();
  return {
    started: (name, log) => {
      running.set(name, { since: performance.now(), log, text: undefined });
    },
    says: (name, text) => {
      const item = running.get(name);
      if (item !== undefined) item.text = text;
    },
    finished: (name, outcome) => {
      const item = running.get(name);
      running.delete(name);
      const took = item === undefined ? "" : seconds(performance.now() - item.since).padStart(8);
      const mark = { up: "ok", failed: "!!", ended: "--" }[outcome];
      write(`  ${mark}  ${name.padEnd(34)}${took}`);
    },
    settled: (name) => {
      running.delete(name);
    },
    note: (text) => write(`  ${text}`),
    close: () => clearInterval(remind),
  };
}

/** Progress that says nothing, for tests. */
export const silentProgress: Progress = {
  started: () => undefined,
  says: () => undefined,
  finished: () => undefined,
  settled: () => undefined,
  note: () => undefined,
  close: () => undefined,
};
