/**
 * Node's HTTP server. Not by `import`, which reads every export, and that of `WebSocket` loads all of undici: up to
 * 10 MiB for nothing, in each process of Kuryr.
 */
export const { createServer } = process.getBuiltinModule("node:http");
