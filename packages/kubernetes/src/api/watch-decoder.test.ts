import assert from "node:assert/strict";
import { test } from "node:test";
import { KubernetesError, ProtocolError } from "../errors.ts";
import type { KubernetesObject } from "../objects.ts";
import { below, disturbed, mutated, oneOf } from "../testing/mutate.ts";
import { seeded, seedOf } from "../testing/seed.ts";
import { WatchDecoder, type WatchEvent } from "./watch-decoder.ts";

const request = { method: "GET", path: "/api/v1/pods" };

const annotations = { "k8s.io/initial-events-end": "true" };
const metadata = { namespace: "a", name: "ü", uid: "u", resourceVersion: "5", labels: { a: "b" } };
const EVENTS: readonly object[] = [
  { type: "ADDED", object: { apiVersion: "v1", kind: "Pod", metadata } },
  { type: "MODIFIED", object: { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c" }] } } },
  { type: "DELETED", object: { apiVersion: "v1", kind: "Pod", metadata } },
  { type: "BOOKMARK", object: { kind: "Pod", metadata: { resourceVersion: "9", annotations } } },
  { type: "BOOKMARK", object: { kind: "Pod", metadata: { resourceVersion: "9" } } },
  { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old", details: {} } },
];
const TOKENS = [
  "\n",
  "\n\n",
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\u",
  "\\",
  ",",
  ":",
  "null",
  "1e999",
  '{"type":"ERROR"}\n',
  "\r\n",
];
/** Seeds that found something, and two for company. */
const KEPT = [1, 628_392_877];

test("what is JSON but no event is an error of the protocol", () => {
  for (const line of ["null", "5", "[]", "{}", '{"type":"ADDED"}', '{"type":"ADDED","object":{"metadata":null}}']) {
    const { events, failure } = new WatchDecoder<KubernetesObject>(request).push(Buffer.from(`${line}\n`));
    assert.deepEqual(events, []);
    assert.ok(failure instanceof ProtocolError, line);
  }
  const nameless = '{"type":"MODIFIED","object":{"metadata":{"resourceVersion":"1"}}}\n';
  assert.ok(new WatchDecoder(request).push(Buffer.from(nameless)).failure instanceof ProtocolError);
});

test("fuzz: 100,000 broken watch streams give events that hold and an error of this package, or none", (t) => {
  fuzz(seedOf(t), 100_000);
  for (const seed of KEPT) fuzz(seed, 1000);
});

function fuzz(seed: number, inputs: number): void {
  const random = seeded(seed);
  for (let input = 0; input < inputs; input++) {
    let text = "";
    for (let count = 1 + below(random, 3); count > 0; count--) {
      const event = oneOf(random, EVENTS);
      text += `${JSON.stringify(below(random, 3) === 0 ? disturbed(random, event) : event)}\n`;
    }
    if (below(random, 2) === 0) text = mutated(random, text, TOKENS);
    try {
      decodeInPieces(Buffer.from(text, below(random, 2) === 0 ? "utf8" : "latin1"), random);
    } catch (error) {
      throw new Error(`seed ${seed}, input ${input}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
}

function decodeInPieces(bytes: Buffer, random: () => number): void {
  const decoder = new WatchDecoder<KubernetesObject>(request);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(random, bytes.length));
    const { events, failure } = decoder.push(bytes.subarray(at, end));
    for (const event of events) checkEvent(event);
    if (failure !== undefined) {
      assert.ok(failure instanceof KubernetesError, failure.stack ?? failure.message);
      assert.ok(failure.code.startsWith("KUBERNETES_") && failure.hint !== "");
      return;
    }
    assert.ok(decoder.pendingBytes <= bytes.length);
    at = end;
  }
}

function checkEvent(event: WatchEvent<KubernetesObject>): void {
  if (event.type === "BOOKMARK") assert.equal(typeof event.resourceVersion, "string");
  else {
    assert.ok(["ADDED", "MODIFIED", "DELETED"].includes(event.type));
    assert.equal(typeof event.object.metadata.name, "string");
    assert.equal(typeof event.object.metadata.resourceVersion, "string");
  }
}
