import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { kuryrPortCrd } from "../../../packages/kuryr/src/api/crds.ts";
import { Exchange, type Answer, type Sent } from "./exchange.ts";
import { Normaliser } from "./normalise.ts";
import { openTarget, recordedAnswers, type OpenTarget } from "./target.ts";
import { Watching } from "./watching.ts";

/** What a case talks to. Every exchange but the `quiet` ones is compared with what the real server answered. */
export interface Session {
  /** The case's own namespace. */
  readonly namespace: string;
  send(sent: Sent): Promise<Answer>;
  get(path: string, as?: Sent["as"]): Promise<Answer>;
  post(path: string, body: object | string): Promise<Answer>;
  put(path: string, body: object | string): Promise<Answer>;
  patch(path: string, type: PatchType, body: object | string): Promise<Answer>;
  delete(path: string, body?: object): Promise<Answer>;
  /** Sends without comparing the answer, which must have a good status. */
  quiet(sent: Sent): Promise<Answer>;
  /** Opens a watch; its events are compared when it is closed. */
  watch(path: string): Promise<Watching>;
  /** Makes the server forget the history of everything. */
  compact(): Promise<void>;
  /** Looks until it holds. */
  eventually(what: string, probe: () => Promise<boolean>): Promise<void>;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

const patchTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

type Case = (api: Session) => Promise<void>;

/** A directory: the answers are written there instead of compared. */
const recordTo = process.env["KURYR_CONTRACT_RECORD"];

/** Registers the cases of one file; `name` also names the file of recorded answers. */
export function contractSuite(file: string, cases: Readonly<Record<string, Case>>): void {
  const answersName = `${basename(file, ".test.ts")}.json`;
  const recorded = recordedAnswers(join(import.meta.dirname, "answers", answersName));
  const seen = new Map<string, unknown>();
  let target: OpenTarget;
  let exchange: Exchange;
  let ownCrd = false;

  before(async () => {
    target = await openTarget();
    exchange = new Exchange(target.endpoint);
    ownCrd = await installKuryrPorts(exchange);
  });
  after(async () => {
    if (ownCrd) await exchange.send({ method: "DELETE", path: `${crds}/${kuryrPortCrd.metadata.name}` });
    exchange.close();
    await target.stop();
    if (recordTo !== undefined) {
      const kept = Object.keys(cases).map((name) => [name, seen.get(name) ?? recorded.get(name)]);
      writeFileSync(join(recordTo, answersName), `${JSON.stringify(Object.fromEntries(kept), undefined, 1)}\n`);
    }
  });

  for (const [name, run] of Object.entries(cases)) {
    test(name, { timeout: 120_000 }, async () => {
      const transcript = await runCase(target, exchange, run);
      if (recordTo !== undefined) seen.set(name, transcript);
      else compare(transcript, recorded.get(name));
    });
  }
  test("every recorded answer belongs to a case", () => {
    if (recordTo === undefined) assert.deepEqual([...recorded.keys()].toSorted(), Object.keys(cases).toSorted());
  });
}

/** Exchange by exchange, so that a difference says where it is. */
function compare(transcript: readonly unknown[], recorded: unknown): void {
  assert.ok(Array.isArray(recorded), "no answers of a real server are recorded");
  for (const [index, exchange] of transcript.entries()) assert.deepEqual(exchange, recorded[index]);
  assert.equal(transcript.length, recorded.length);
}

const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** Returns whether the definition was made here. */
async function installKuryrPorts(exchange: Exchange): Promise<boolean> {
  let made = 0;
  await eventually("the definition of KuryrPorts", async () => {
    made = (await exchange.send({ method: "POST", path: crds, body: kuryrPortCrd })).status;
    const { body } = await exchange.send({ method: "GET", path: `${crds}/${kuryrPortCrd.metadata.name}` });
    // One that another file has just deleted is still going.
    return (body as { metadata: { deletionTimestamp?: string } }).metadata.deletionTimestamp === undefined;
  });
  await eventually("KuryrPorts to be served", async () => {
    const { status } = await exchange.send({ method: "GET", path: "/apis/openstack.org/v1/kuryrports" });
    return status === 200;
  });
  return made === 201;
}

async function eventually(what: string, probe: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await probe()); await sleep(20))
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
}

async function runCase(target: OpenTarget, exchange: Exchange, run: Case): Promise<unknown[]> {
  const normaliser = new Normaliser();
  const namespace = `contract-${randomBytes(4).toString("hex")}`;
  normaliser.replace(namespace, "namespace");
  const transcript: unknown[] = [];
  const keep = (entry: Record<string, unknown>): void => void transcript.push(normaliser.normalise(entry));
  const quiet = async (sent: Sent): Promise<Answer> => {
    const answer = await exchange.send(sent);
    assert.ok(answer.status < 300, `${sent.method} ${sent.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
  const send = async (sent: Sent): Promise<Answer> => {
    const answer = await exchange.send(sent);
    const as = sent.as === undefined ? "" : ` as ${sent.as}`;
    const { status, type, body, headers } = answer;
    const warning = headers["warning"];
    keep({
      request: `${sent.method} ${withoutTokens(sent.path)}${as}`,
      status,
      type,
      ...(warning === undefined ? {} : { warning }),
      body,
    });
    return answer;
  };
  const session: Session = {
    namespace,
    send,
    quiet,
    get: (path, as) => send({ method: "GET", path, as }),
    post: (path, body) => send({ method: "POST", path, body }),
    put: (path, body) => send({ method: "PUT", path, body }),
    patch: (path, type, body) => send({ method: "PATCH", path, body, contentType: patchTypes[type] }),
    delete: (path, body) => send({ method: "DELETE", path, body }),
    async watch(path) {
      const opened = await exchange.open({ method: "GET", path });
      return new Watching(opened, (status, events) =>
        keep({ request: `WATCH ${withoutTokens(path)}`, status, events }),
      );
    },
    compact: () => target.compact(),
    eventually,
  };
  const namespaces = "/api/v1/namespaces";
  const defaultAccount = `${namespaces}/${namespace}/serviceaccounts/default`;
  await quiet({ method: "POST", path: namespaces, body: { metadata: { name: namespace } } });
  try {
    // Without it no pod can be made.
    await eventually(
      "the default ServiceAccount",
      async () => (await exchange.send({ method: "GET", path: defaultAccount })).status === 200,
    );
    await run(session);
  } finally {
    await releaseFinalizers(exchange, namespace);
    await exchange.send({ method: "DELETE", path: `${namespaces}/${namespace}` });
  }
  return transcript;
}

/** A namespace goes only when nothing in it waits for a finalizer. */
async function releaseFinalizers(exchange: Exchange, namespace: string): Promise<void> {
  for (const [api, plural] of [
    ["/apis/openstack.org/v1", "kuryrports"],
    ["/api/v1", "services"],
    ["/api/v1", "configmaps"],
  ] as const) {
    const path = `${api}/namespaces/${namespace}/${plural}`;
    const { items = [] } = (await exchange.send({ method: "GET", path })).body as {
      items?: { metadata: { name: string; finalizers?: string[] } }[];
    };
    for (const { metadata } of items.filter((item) => item.metadata.finalizers !== undefined))
      await exchange.send({
        method: "PATCH",
        path: `${path}/${metadata.name}`,
        contentType: patchTypes.merge,
        body: { metadata: { finalizers: null } },
      });
  }
}

/** What of a path differs between runs. */
function withoutTokens(path: string): string {
  return path.replaceAll(/([?&](?:continue|resourceVersion)=)[^&]{3,}/g, "$1<version>");
}
