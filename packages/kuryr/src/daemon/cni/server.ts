import { createServer, type Socket } from "node:net";

import { listenPrivately } from "../../process/private-socket.ts";
import { Turns } from "../../process/turns.ts";
import { CniError, cniCodes, cniErrorBody } from "./errors.ts";
import { parseCall, splitFrame, versionOf, type CniCall } from "./call.ts";

/** A network configuration of a megabyte is a mistake or an attack. */
const maxFrame = 1 << 20;

/** Serves CNI calls. */
export interface CniServer {
  /** Stops taking calls, waits for those under way. */
  close(): Promise<void>;
}

/** Answers one call: the result to print, or nothing to print. @throws CniError */
export type CniHandler = (call: CniCall, signal: AbortSignal) => Promise<object | undefined>;

/**
 * Listens on a unix socket that only root may open. One connection is one call; see `cni/kuryr-cni.c` for the frames.
 * A caller that hangs up aborts its call.
 */
export async function serveCni(path: string, handler: CniHandler): Promise<CniServer> {
  const calls = new Set<Promise<void>>();
  const turns = new Turns();
  const server = createServer((socket) => {
    const call = serve(socket, handler, turns).finally(() => calls.delete(call));
    calls.add(call);
  });
  await listenPrivately(server, path);
  return {
    close: async () => {
      server.close();
      await Promise.allSettled(calls);
    },
  };
}

async function serve(socket: Socket, handler: CniHandler, turns: Turns): Promise<void> {
  const gone = new AbortController();
  socket.on("error", (error) => gone.abort(error));
  socket.on("close", () =>
    gone.abort(new CniError(cniCodes.io, "KURYR_CNI_CALLER_GONE", "the runtime gave up on the call")),
  );
  let answer: object | undefined;
  let code = 0;
  let version = "1.0.0";
  try {
    const frame = await readFrame(socket);
    // The calls of a burst are read in one turn of the loop; what each begins with shall not add up.
    await turns.next();
    version = versionOf(tolerantJson(frame));
    answer = await handler(parseCall(frame), gone.signal);
  } catch (error) {
    code = 1;
    answer = cniErrorBody(error, version);
  }
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.end(answerFrame(code, answer));
    if (socket.destroyed) resolve();
    // Whatever the caller still sends is not read; without this it would keep the connection open.
    socket.resume();
  });
}

/** With its length, so that the caller need not wait for the end of the connection, which comes a turn later. */
function answerFrame(code: number, answer: object | undefined): Buffer {
  const text = Buffer.from(answer === undefined ? "" : `${JSON.stringify(answer)}\n`);
  const header = Buffer.alloc(5);
  header.write(String(code), "latin1");
  header.writeUInt32BE(text.length, 1);
  return Buffer.concat([header, text]);
}

function tolerantJson(frame: Buffer): unknown {
  try {
    return JSON.parse(splitFrame(frame).input);
  } catch {
    return undefined;
  }
}

/** Reads the pieces of a frame, each after its length, up to the empty one. */
function readFrame(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let unread: Buffer = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
      while (unread.length >= 4) {
        const length = unread.readUInt32BE(0);
        if (size + length > maxFrame) return fail(tooLarge());
        if (unread.length < 4 + length) return undefined;
        if (length === 0) return done();
        pieces.push(unread.subarray(4, 4 + length));
        size += length;
        unread = unread.subarray(4 + length);
      }
      return undefined;
    };
    const onClose = (): void => fail(new CniError(cniCodes.io, "KURYR_CNI_FRAME", "the caller hung up"));
    const stop = (): void => {
      socket.off("data", onData);
      socket.off("close", onClose);
      // Read on and throw away: only a socket that is read tells when its peer is gone.
      socket.resume();
    };
    const done = (): void => {
      stop();
      resolve(Buffer.concat(pieces));
    };
    const fail = (error: CniError): void => {
      stop();
      reject(error);
    };
    socket.on("data", onData);
    socket.once("close", onClose);
  });
}

function tooLarge(): CniError {
  return new CniError(
    cniCodes.decode,
    "KURYR_CNI_TOO_LARGE",
    `a call of more than ${maxFrame} bytes`,
    "is the network configuration sane?",
  );
}
