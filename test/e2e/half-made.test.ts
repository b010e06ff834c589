import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { runSql } from "../../dev/src/cloud/mariadb.ts";
import {
  apply,
  deleteNamespace,
  demoPod,
  makeNamespace,
  nothingLeft,
  podApi,
  podPorts,
  readyPods,
} from "../support/pods.ts";
import { bringBack, eventually, kill, kubectl, nodes, pidOf } from "../support/stack.ts";

const namespace = "e2e-half-made";
/** Neutron looks for what OVN lacks every five minutes. */
const longBeforeNeutronMendsMs = 150_000;

before(() => makeNamespace(namespace));
after(async () => {
  await bringBack("kuryr-controller");
  await deleteNamespace(namespace);
});

/**
 * Ends Neutron when ports of new pods are in its database and OVN has not heard of them, and lets all run again.
 * @returns ids of those ports
 */
async function endNeutronHalfWay(names: readonly string[], first: () => Promise<void>): Promise<readonly string[]> {
  process.kill(pidOf("ovn-nb"), "SIGSTOP");
  let ids: readonly string[] = [];
  try {
    for (const [at, name] of names.entries()) await apply(demoPod(namespace, name, nodes[at % nodes.length]?.name));
    const { items } = await podApi.list({ namespace });
    const uids = items.filter(({ metadata }) => names.includes(metadata.name)).map(({ metadata }) => metadata.uid);
    await eventually("ports in Neutron's database", async () => {
      const sql = `SELECT id FROM ports WHERE device_id IN (${uids.map((uid) => `'${uid}'`).join()})`;
      ids = (await runSql("neutron", sql, AbortSignal.timeout(10_000))).split("\n").filter((line) => line !== "");
      return ids.length > 0 ? true : "none";
    });
    await first();
  } finally {
    await kill("neutron-api");
    // What it was sent and has not read must not be done later; and it must not stay stopped, whatever happened.
    await kill("ovn-nb");
    await bringBack("ovn-nb");
    await bringBack("neutron-api");
  }
  return ids;
}

/** None of these ports is left, and neither is anything once the pods are gone. */
async function allReplaced(halfMade: readonly string[]): Promise<void> {
  const left = new Set((await podPorts()).map(({ id }) => id));
  assert.deepEqual(
    halfMade.filter((id) => left.has(id)),
    [],
  );
  await kubectl(["-n", namespace, "delete", "pod", "--all", "--now"]);
  await nothingLeft(namespace);
}

const replaced = async (): Promise<string> =>
  kubectl(["-n", namespace, "get", "events", "--field-selector=reason=PortReplaced", "-o", "name"]);

test("pods whose ports Neutron had half made when it ended get others, and start as soon as it is back", async () => {
  const halfMade = await endNeutronHalfWay(["a", "b", "c", "d"], async () => undefined);
  await readyPods(namespace, 4, 60_000);
  // Nobody had to find out by a pod that did not start.
  assert.equal(await replaced(), "");
  await allReplaced(halfMade);
});

test("with the controller ended, too, its successor takes what it finds, and replaces what OVN does not program", async (t) => {
  const halfMade = await endNeutronHalfWay(["e", "f"], () => kill("kuryr-controller"));
  await bringBack("kuryr-controller");
  const start = performance.now();
  await readyPods(namespace, 2, longBeforeNeutronMendsMs);
  t.diagnostic(`Ready ${((performance.now() - start) / 1000).toFixed(0)} s after the controller was back`);
  assert.notEqual(await replaced(), "");
  await allReplaced(halfMade);
});
