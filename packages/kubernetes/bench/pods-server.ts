/**
 * An API server that knows only pods: a list, by pages or as a stream when asked, and a watch that sends so many MODIFIED
 * events as the parent process says (`{events}`). A process of its own, so that its processor time and memory are not measured. Sends
 * its port, `{port}`, to the parent.
 */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { podJson } from "./pod.ts";

const pods = Number(process.argv[2]);
const watches = new Set<ServerResponse>();
const watched = Promise.withResolvers<void>();
let version = pods;
/** Events written at once; more than a socket's buffer. */
const BATCH = 32;

/** Items from `start`, of which `limit` are wanted. */
function page(start: number, limit: number): string {
  const end = Math.min(pods, start + limit);
  const items = Array.from({ length: end - start }, (_, index) => podJson(start + index, start + index));
  const rest = end < pods ? `,"continue":"${end}","remainingItemCount":${pods - end}` : "";
  const metadata = `{"resourceVersion":"${version}"${rest}}`;
  return `{"kind":"PodList","apiVersion":"v1","metadata":${metadata},"items":[${items.join(",")}]}`;
}

/** The streaming list that Kubernetes offers from 1.34 on: every pod as ADDED, then a bookmark that says so. */
async function sendInitialEvents(response: ServerResponse): Promise<void> {
  for (let start = 0; start < pods; start += BATCH) {
    let batch = "";
    for (let index = start; index < Math.min(pods, start + BATCH); index++) {
      batch += `{"type":"ADDED","object":${podJson(index, index)}}\n`;
    }
    if (!response.write(batch)) await once(response, "drain");
  }
  const metadata = `{"resourceVersion":"${version}","annotations":{"k8s.io/initial-events-end":"true"}}`;
  response.write(`{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":${metadata}}}\n`);
}

async function send(count: number): Promise<void> {
  await watched.promise;
  for (let sent = 0; sent < count; ) {
    let batch = "";
    for (let index = 0; index < BATCH && sent < count; index++, sent++) {
      batch += `{"type":"MODIFIED","object":${podJson(sent % pods, ++version)}}\n`;
    }
    for (const response of watches) if (!response.write(batch)) await once(response, "drain");
  }
}

const server = createServer((request, response) => {
  const query = new URL(request.url ?? "/", "http://server").searchParams;
  response.writeHead(200, { "Content-Type": "application/json" });
  if (query.get("watch") === "true" || query.get("watch") === "1") {
    response.flushHeaders();
    const follow = (): void => {
      watches.add(response);
      watched.resolve();
    };
    response.on("close", () => watches.delete(response));
    if (query.get("sendInitialEvents") === "true") void sendInitialEvents(response).then(follow);
    else follow();
    return;
  }
  response.end(page(Number(query.get("continue") ?? 0), Number(query.get("limit") ?? 0) || pods));
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", (message: { readonly events: number }) => void send(message.events));
process.on("disconnect", () => process.exit());
