import { createServer } from "node:http";

/** What a probe is told: nothing wrong, or the reasons. */
export type Reasons = readonly string[];

/** The answers of a process's probes. Both must be quick: they read what background checks found. */
export interface Health {
  readonly ready: () => Reasons;
  readonly alive: () => Reasons;
}

/** Serves `/ready` and `/alive`: 200 `ok`, or 500 with the reasons, a line each. Resolves once it listens. */
export function serveHealth(port: number, health: Health): Promise<{ close(): void }> {
  const server = createServer((request, response) => {
    const probe = { "/ready": health.ready, "/alive": health.alive }[request.url ?? ""];
    if (probe === undefined) {
      response.writeHead(404).end("no such probe: /ready or /alive\n");
      return;
    }
    const reasons = probe();
    response.writeHead(reasons.length === 0 ? 200 : 500, { "content-type": "text/plain" });
    response.end(`${reasons.length === 0 ? "ok" : reasons.join("\n")}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "::", () => resolve({ close: () => server.close() }));
  });
}
