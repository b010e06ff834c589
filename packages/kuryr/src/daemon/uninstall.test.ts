import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { connect } from "@kuryr/kubernetes";

import { isUninstalled } from "./uninstall.ts";

/** Asks a server that answers every request like this. */
async function asked(status: number, body: object): Promise<boolean> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    const { port } = server.address() as AddressInfo;
    const answer = await isUninstalled(connect({ server: `http://127.0.0.1:${port}` }), "kube-system/kuryr-cni");
    assert.equal(seen[0], "/apis/apps/v1/namespaces/kube-system/daemonsets/kuryr-cni");
    return answer;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const daemonSet = (more: object): object => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "kuryr-cni", namespace: "kube-system", uid: "1", resourceVersion: "1", ...more },
});
const refusal = (code: number, reason: string): object => ({
  apiVersion: "v1",
  kind: "Status",
  status: "Failure",
  code,
  reason,
  message: reason,
  details: { name: "kuryr-cni", group: "apps", kind: "daemonsets" },
});

test("a daemon whose DaemonSet is there is only started anew", async () => {
  assert.equal(await asked(200, daemonSet({})), false);
});

test("a daemon whose DaemonSet is gone or on its way out is being uninstalled", async () => {
  assert.equal(await asked(200, daemonSet({ deletionTimestamp: "2026-01-01T00:00:00Z" })), true);
  assert.equal(await asked(404, refusal(404, "NotFound")), true);
});

test("a daemon that lost its account or its rights is being uninstalled with all the rest", async () => {
  assert.equal(await asked(401, refusal(401, "Unauthorized")), true);
  assert.equal(await asked(403, refusal(403, "Forbidden")), true);
});

test("an API server that fails or does not answer says nothing of an uninstallation", async () => {
  assert.equal(await asked(500, refusal(500, "InternalError")), false);
  assert.equal(await isUninstalled(connect({ server: "http://127.0.0.1:1" }), "kube-system/kuryr-cni"), false);
});
