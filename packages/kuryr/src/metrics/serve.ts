import { createServer } from "../process/http.ts";
import type { Metrics } from "./registry.ts";

/** Serves `/metrics`: what was counted, never a question to anybody else. Resolves once it listens. */
export function serveMetrics(port: number, metrics: Metrics): Promise<{ close(): void }> {
  const server = createServer((request, response) => {
    if (request.url !== "/metrics") {
      response.writeHead(404).end("metrics are at /metrics\n");
      return;
    }
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(metrics.text());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // On all addresses; of IPv4 alone where the host has no IPv6.
    server.listen(port, () => resolve({ close: () => server.close() }));
  });
}
