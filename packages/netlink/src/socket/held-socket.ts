import type { NetnsFile } from "../netns/netns.ts";
import { systemCalls } from "./ffi.ts";
import { type NetlinkSocket, openNetlink } from "./socket.ts";

/** A socket one of whose sends waits, as one does while the kernel's network lock is taken. */
export interface HeldSocket {
  readonly socket: NetlinkSocket;
  /** Resolves when that send is under way. */
  readonly sending: Promise<void>;
  /** Lets it go on. */
  readonly release: () => void;
}

/** Opens one; `send` is the number of the send that waits, from 1. */
export function heldSocket(options: { readonly netns?: NetnsFile; readonly send?: number } = {}): HeldSocket {
  const { send = 1, ...where } = options;
  const gate = Promise.withResolvers<void>();
  const sending = Promise.withResolvers<void>();
  let sends = 0;
  const calls = {
    ...systemCalls,
    async sendAsync(fd: number, data: Buffer) {
      sends += 1;
      if (sends === send) {
        sending.resolve();
        await gate.promise;
      }
      return await systemCalls.sendAsync(fd, data);
    },
  };
  return { socket: openNetlink({ ...where, calls }), sending: sending.promise, release: gate.resolve };
}
