/**
 * Runs a task and says, while it lasts, what it is and for how long it has run.
 * @param everyMs between two remarks
 */
export async function withHeartbeat<T>(
  what: string,
  progress: (text: string) => void,
  task: () => Promise<T>,
  everyMs = 10_000,
): Promise<T> {
  const since = performance.now();
  progress(what);
  const timer = setInterval(
    () => progress(`${what}, ${Math.round((performance.now() - since) / 1000)} s so far`),
    everyMs,
  );
  try {
    return await task();
  } finally {
    clearInterval(timer);
  }
}
