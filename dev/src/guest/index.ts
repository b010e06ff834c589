/**
 * A small virtual machine for what this machine's kernel lacks: Debian's kernel, emulated in software, with a program
 * of the checkout as its only work.
 */
export { bootGuest, type GuestOptions, type GuestResult } from "./boot.ts";
export { ensureEmulator, ensureKernel, type GuestContext, type GuestKernel, type KernelFlavour } from "./kernel.ts";
export { nodePayload, type Payload, programEntries } from "./payload.ts";
