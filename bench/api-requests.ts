import { installation } from "@kuryr/kuryr";

import { askedBy, type AuditEvent } from "../test/support/audit.ts";
import { apply, deleteNamespace, demoPod, makeNamespace, nothingLeft, readyPods } from "../test/support/pods.ts";
import { kubectl, nodes } from "../test/support/stack.ts";
import { below, figure, type Row } from "./row.ts";

const bench = "api-requests";
const namespace = "bench-api-requests";
/** At once, and how often. */
const pods = 20;
const rounds = 3;

const account = (name: string): string => `system:serviceaccount:${installation.namespace}:${name}`;

/** What Kuryr's processes asked of the API server since a moment, watches and Lease renewals aside. */
function asked(since: Date): AuditEvent[] {
  return [
    ...askedBy(account(installation.controller), "kuryr-controller"),
    ...askedBy(account(installation.daemon), "kuryr-daemon"),
  ].filter(
    ({ verb, objectRef, requestReceivedTimestamp }) =>
      new Date(requestReceivedTimestamp) >= since && verb !== "watch" && objectRef?.resource !== "leases",
  );
}

const nameOf = ({ verb, objectRef, requestURI }: AuditEvent): string => {
  const resource = objectRef?.resource;
  if (resource === undefined) return `${verb} ${requestURI.split("?")[0] ?? ""}`;
  return `${verb} ${[resource, ...(objectRef?.subresource === undefined ? [] : [objectRef.subresource])].join("/")}`;
};

/** Kubernetes requests of a pod, from its creation until nothing is left of it, by the API server's audit log. */
export async function apiRequests(): Promise<Row[]> {
  await makeNamespace(namespace);
  try {
    const since = new Date();
    for (let round = 0; round < rounds; round += 1) {
      const items = Array.from({ length: pods }, (_, i) =>
        demoPod(namespace, `p${round}-${i}`, nodes[i % nodes.length]?.name),
      );
      await apply({ apiVersion: "v1", kind: "List", items });
      await readyPods(namespace, pods);
      await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
      await nothingLeft(namespace, 120_000);
    }
    const events = asked(since);
    const total = pods * rounds;
    const byName = Map.groupBy(events, nameOf);
    return [
      below(bench, "requests of a pod, create to delete", events.length / total, 6, total, "count"),
      ...[...byName]
        .sort(([, a], [, b]) => b.length - a.length)
        .map(([name, ones]) => figure(bench, `of them ${name}`, ones.length / total, total, "count")),
    ];
  } finally {
    await deleteNamespace(namespace);
  }
}
