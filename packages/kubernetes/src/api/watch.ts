import type { ApiRequest, Connection } from "./connection-options.ts";
import { ConnectionError, WatchStalledError } from "../errors.ts";
import type { KubernetesObject } from "../objects.ts";
import { WatchDecoder, type WatchEvent } from "./watch-decoder.ts";

/**
 * One watch connection, its events in the batches in which they arrived, until the server ends it (return) or
 * something fails (throw). A stalled peer is noticed after `stallMs` without a byte.
 */
export async function* watchBatches<T extends KubernetesObject>(
  connection: Connection,
  request: ApiRequest,
  stallMs: number,
): AsyncGenerator<WatchEvent<T>[], void, undefined> {
  const { clock } = connection;
  const what = `watch ${request.path}`;
  const stalled = new AbortController();
  const signal = request.signal === undefined ? stalled.signal : AbortSignal.any([request.signal, stalled.signal]);
  const stream = await connection.stream({ ...request, signal });
  let lastByteAt = clock.now();
  let cancel = (): void => {};
  const arm = (delay: number): void => {
    cancel = clock.schedule(delay, () => {
      const silent = clock.now() - lastByteAt;
      if (silent >= stallMs) stalled.abort(new WatchStalledError(what, silent));
      else arm(stallMs - silent);
    });
  };
  arm(stallMs);
  const decoder = new WatchDecoder<T>(request);
  try {
    for await (const chunk of stream.chunks) {
      lastByteAt = clock.now();
      const { events, failure } = decoder.push(chunk);
      if (events.length > 0) yield events;
      if (failure !== undefined) throw failure;
      lastByteAt = clock.now();
    }
    if (decoder.pendingBytes > 0) {
      throw new ConnectionError(`${what} ended within an event`, {});
    }
  } finally {
    cancel();
    stream.close();
  }
}
