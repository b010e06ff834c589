// What tests of this repository take from here; not part of the published package.
export { ip, ipHasLink, lacksRoot, type ScratchNetns, scratchName, scratchNetns } from "./netns/scratch-netns.ts";
export { type SlowFile, slowFile } from "./netns/slow-file.ts";
export { type HeldSocket, heldSocket } from "./socket/held-socket.ts";
