import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { layout } from "../../dev/src/layout.ts";

/** What the API server wrote down of one request, as far as the tests read it. Source: audit.k8s.io/v1 Event. */
export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly requestReceivedTimestamp: string;
}

/** The node that a token is of, by the API server's own word. */
export const nodeOf = (event: AuditEvent): string | undefined =>
  event.user.extra?.["authentication.kubernetes.io/node-name"]?.[0];

/** Everything that a ServiceAccount of Kuryr's asked from its pods; what tests asked in its name is not among it. */
export function askedBy(username: string, userAgent: string): AuditEvent[] {
  const found: AuditEvent[] = [];
  for (const file of existsSync(layout.logs) ? readdirSync(layout.logs) : []) {
    if (!/^audit.*\.log$/.test(file)) continue;
    for (const line of readFileSync(join(layout.logs, file), "utf8").split("\n")) {
      if (!line.includes(username)) continue;
      const event = JSON.parse(line) as AuditEvent;
      const own = event.user.username === username && event.userAgent === userAgent && nodeOf(event) !== undefined;
      if (own && event.stage === "ResponseComplete") found.push(event);
    }
  }
  return found;
}
