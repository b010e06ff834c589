import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { request } from "node:https";
import { after, before, test } from "node:test";

import type { KubernetesObject } from "@kuryr/kubernetes";

import { authority } from "../../dev/src/kube/certificates.ts";
import { api } from "../../dev/src/network-plan.ts";
import { withControllerConfig } from "../support/kuryr.ts";
import {
  apply,
  deleteNamespace,
  demoPod,
  kuryrPortApi,
  makeNamespace,
  nothingLeft,
  readyPods,
} from "../support/pods.ts";
import { kubectl } from "../support/stack.ts";

const namespace = "e2e-resync";

before(() => makeNamespace(namespace));
after(() => deleteNamespace(namespace));

/** The Kubernetes API behind a proxy that loses what watches say of some pods. */
async function lossyApi(lost: ReadonlySet<string>): Promise<{ url: string; dropped: () => number; close: () => void }> {
  const target = new URL(api.url);
  const ca = readFileSync(authority().certificate);
  let dropped = 0;
  const passLines = (answer: IncomingMessage, response: ServerResponse, listing: boolean): void => {
    let rest = "";
    // A watch may begin with a list, which has everything.
    let inList = listing;
    answer.setEncoding("utf8");
    answer.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { metadata } = (JSON.parse(line) as { object: Pick<KubernetesObject, "metadata"> }).object;
        if (metadata.annotations?.["k8s.io/initial-events-end"] === "true") inList = false;
        if (!inList && metadata.namespace === namespace && lost.has(metadata.name)) dropped += 1;
        else response.write(`${line}\n`);
      }
    });
    answer.on("end", () => response.end());
  };
  const server = createServer((incoming, response) => {
    const { method, url = "/", headers } = incoming;
    const outgoing = request(
      { host: target.hostname, port: target.port, ca, method, path: url, headers: { ...headers, host: target.host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        const { pathname, searchParams } = new URL(url, target);
        if (pathname === "/api/v1/pods" && searchParams.has("watch"))
          passLines(answer, response, searchParams.has("sendInitialEvents"));
        else answer.pipe(response);
      },
    );
    outgoing.on("error", () => response.destroy());
    response.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, target.hostname, resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    url: `http://${target.hostname}:${address.port}`,
    dropped: () => dropped,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("[row 167] events of pods that are lost on the way are made up for within two minutes", async () => {
  const lost = new Set(["new"]);
  const proxy = await lossyApi(lost);
  try {
    // A quarter of the usual period: the test need not take minutes.
    await withControllerConfig({ kubernetes: { api_root: proxy.url, watch_reconcile_period: "30" } }, async () => {
      await apply(demoPod(namespace, "old", "node1"));
      await readyPods(namespace, 1);
      lost.add("old");
      await apply(demoPod(namespace, "new", "node1"));
      await kubectl(["-n", namespace, "delete", "pod", "old", "--now"]);
      assert.equal(await kuryrPortApi.find({ namespace, name: "new" }), undefined);
      assert.ok(proxy.dropped() > 0, "events were lost");
      await readyPods(namespace, 1, 120_000);
      await kubectl(["-n", namespace, "delete", "pod", "new", "--now"]);
      await nothingLeft(namespace, 120_000);
    });
  } finally {
    proxy.close();
  }
});
