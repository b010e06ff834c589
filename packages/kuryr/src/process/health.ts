import { createServer } from "./http.ts";

/** What a probe is told: nothing wrong, or the reasons. */
export type Reasons = readonly string[];

/** One reason: a code that docs/troubleshoot.md has, and what is wrong in plain words. */
export function reason(code: `KURYR_${string}`, text: string): string {
  return `${code}: ${text}`;
}

/** The answers of a process's probes. Both must be quick: they read what background checks found. */
export interface Health {
  readonly ready: () => Reasons;
  readonly alive: () => Reasons;
  /** What does not work and makes nobody unready: said behind the `ok` of `/ready`. */
  readonly degraded?: () => Reasons;
  /** What the process does among others of its kind: likewise. */
  readonly role?: () => string;
}

/**
 * Serves `/ready` and `/alive`: 200 `ok` (`/ready` adds `role: ...` and what is degraded, a line each), or 500 with the
 * reasons, a line each (`/ready` adds the role, which an unready process may have too). Resolves once it listens.
 */
export function serveHealth(port: number, health: Health): Promise<{ close(): void }> {
  const server = createServer((request, response) => {
    const probe = { "/ready": health.ready, "/alive": health.alive }[request.url ?? ""];
    if (probe === undefined) {
      response.writeHead(404).end("no such probe: /ready or /alive\n");
      return;
    }
    const reasons = probe();
    response.writeHead(reasons.length === 0 ? 200 : 500, { "content-type": "text/plain" });
    const well = reasons.length === 0;
    const more = request.url === "/ready" ? [...roleOf(health), ...(well ? degradedOf(health) : [])] : [];
    const lines = [...(well ? ["ok"] : reasons), ...more];
    response.end(`${lines.join("\n")}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // On all addresses; of IPv4 alone where the host has no IPv6.
    server.listen(port, () => resolve({ close: () => server.close() }));
  });
}

const roleOf = ({ role }: Health): string[] => (role === undefined ? [] : [`role: ${role()}`]);
const degradedOf = ({ degraded }: Health): string[] => (degraded?.() ?? []).map((line) => `degraded: ${line}`);
