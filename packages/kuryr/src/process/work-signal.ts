/** A signal for one piece of work; disposed of when the work is over. */
export interface WorkSignal extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * A signal that aborts with the first of several, or with `late` after `timeoutMs`, until it is disposed of. Unlike those
 * of `AbortSignal.any` and `AbortSignal.timeout` it then leaves nothing behind: not on signals that live as long as the
 * process, of which each piece of work would leave a reference, and no timer.
 */
export function firstSignal(
  signals: readonly AbortSignal[],
  limit?: { readonly timeoutMs: number; readonly late: () => unknown },
): WorkSignal {
  const own = new AbortController();
  const stopListening = onAborts(signals, ({ reason }) => own.abort(reason));
  const timer = limit === undefined ? undefined : setTimeout(() => own.abort(limit.late()), limit.timeoutMs);
  return {
    signal: own.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      stopListening();
    },
  };
}

/** A signal that aborts, with the last one's reason, once all of several have; without any it never does. */
export function lastSignal(signals: readonly AbortSignal[]): WorkSignal {
  const own = new AbortController();
  const stopListening = onAborts(signals, ({ reason }) => {
    if (signals.every(({ aborted }) => aborted)) own.abort(reason);
  });
  return { signal: own.signal, [Symbol.dispose]: stopListening };
}

/** Calls back for each that aborts or has aborted; the returned function ends it. */
function onAborts(signals: readonly AbortSignal[], callback: (signal: AbortSignal) => void): () => void {
  const ends = signals.map((signal) => {
    const onAbort = (): void => callback(signal);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    return () => signal.removeEventListener("abort", onAbort);
  });
  return () => {
    for (const end of ends) end();
  };
}
