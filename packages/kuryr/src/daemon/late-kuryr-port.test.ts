import assert from "node:assert/strict";
import { test } from "node:test";

import { startKubernetes } from "@kuryr/fakes";
import { connect, createInformer, type Informer, type Resource } from "@kuryr/kubernetes";

import { kuryrPortCrd } from "../api/crds.ts";
import { nodeNameLabel } from "../api/keys.ts";
import { kuryrPorts, type KuryrPort } from "../api/kuryr-port.ts";
import { examplePort } from "../testing/custom-objects.ts";
import { projectNodePort, type NodePort } from "./kuryr-ports.ts";
import { lookForLate } from "./late-kuryr-port.ts";

interface Rig {
  readonly api: Resource<KuryrPort>;
  readonly informer: Informer<NodePort>;
  readonly make: (name: string, node: string) => Promise<KuryrPort>;
  /** Looks for the KuryrPort of a pod. @returns the queries that it asked, watches aside */
  readonly look: (name: string) => Promise<readonly string[]>;
}

/** An informer of node1's KuryrPorts whose watch tells of nothing. */
async function withSilentWatch(work: (rig: Rig) => Promise<void>): Promise<void> {
  const server = await startKubernetes();
  const connection = connect({ server: server.url, token: server.token });
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await connection.request({ method: "POST", path, body: kuryrPortCrd });
  const api = connection.resource<KuryrPort>(kuryrPorts);
  const make: Rig["make"] = (name, node) =>
    api.create({
      metadata: { namespace: "default", name, labels: { [nodeNameLabel]: node } },
      spec: { podUid: name, podNodeName: node, interfaces: [examplePort] },
    });
  const informer = createInformer<KuryrPort, NodePort>(api, {
    labelSelector: `${nodeNameLabel}=node1`,
    project: projectNodePort,
    onError: (error) => assert.fail(String(error)),
  });
  const stop = new AbortController();
  await make("known", "node1");
  const watched = server.controls.nextWatch();
  const running = informer.run(stop.signal);
  try {
    const watch = await watched;
    await informer.synced;
    watch.silent = true;
    const look: Rig["look"] = async (name) => {
      const asked: string[] = [];
      server.controls.onRequest = ({ verb, path: at, query }) => {
        if (verb === "list") asked.push(`${at}?${query.get("fieldSelector") ?? "all"}&${query.get("labelSelector")}`);
      };
      const pod = { namespace: "default", name };
      await lookForLate(pod, { api, nodeName: "node1", informer }, stop.signal);
      return asked;
    };
    await work({ api, informer, make, look });
  } finally {
    stop.abort(new Error("the test is over"));
    await running;
    connection.close();
    await server.stop();
  }
}

const all = "/apis/openstack.org/v1/kuryrports";
const one = (name: string): string => `/apis/openstack.org/v1/namespaces/default/kuryrports?metadata.name=${name}`;
const ofNode = `${nodeNameLabel}=node1`;

test("a KuryrPort that nobody has made, or that is another node's, costs the API server one look-up and no list", () =>
  withSilentWatch(async ({ make, look, informer }) => {
    assert.deepEqual(await look("late"), [`${one("late")}&${ofNode}`]);
    await make("elsewhere", "node2");
    assert.deepEqual(await look("elsewhere"), [`${one("elsewhere")}&${ofNode}`]);
    assert.equal(informer.size, 1);
  }));

test("one that the informer has needs no list either; one that the watch has kept back does, and is then known", () =>
  withSilentWatch(async ({ make, look, informer }) => {
    assert.deepEqual(await look("known"), [`${one("known")}&${ofNode}`]);
    await make("missed", "node1");
    assert.deepEqual(await look("missed"), [`${one("missed")}&${ofNode}`, `${all}?all&${ofNode}`]);
    assert.equal(informer.get("default/missed")?.podUid, "missed");
  }));

test("a namesake of one that the informer has is one that the watch has kept back", () =>
  withSilentWatch(async ({ api, make, look, informer }) => {
    await api.delete({ namespace: "default", name: "known" });
    const { uid } = (await make("known", "node1")).metadata;
    assert.notEqual(informer.get("default/known")?.uid, uid);
    assert.equal((await look("known")).length, 2);
    assert.equal(informer.get("default/known")?.uid, uid);
  }));
