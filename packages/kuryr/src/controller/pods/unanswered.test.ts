import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { isMarkOf } from "../../api/ownership.ts";
import { startCloud, startCluster } from "../testing/rig.ts";

const cluster = "c";

test("a port that Neutron finishes after it was given up, and after it was looked for, is the pod's: no second one is made", async (t) => {
  const on = await startCloud();
  t.after(() => on.fake.stop());
  const it = await startCluster(on, { cluster });
  t.after(() => it.stop());
  const response = { status: 503, body: { message: "busy" } };
  on.fake.faults.network.add({
    fault: { kind: "answer", response },
    methods: ["POST"],
    matching: /\/ports$/,
    times: 1,
  });
  const slow = on.connect();
  t.after(() => slow.close());
  const { network_id } = await slow.network.subnets.get(on.subnet);
  let late: Promise<unknown> | undefined;
  let posts = 0;
  on.fake.onRequest = ({ method, target }) => {
    if (method === "POST" && target.endsWith("/ports")) posts += 1;
    const uid = /[?&]device_id=([^&]+)/.exec(target)?.[1];
    if (method !== "GET" || uid === undefined || late !== undefined) return;
    // The answer to this list is on its way, without the port; now the request that was given up has its effect.
    late = pause(50).then(() =>
      slow.network.ports.create({
        network_id,
        fixed_ips: [{ subnet_id: on.subnet }],
        security_groups: [on.group],
        device_owner: "compute:kuryr",
        device_id: uid,
        description: `kuryr:${cluster}:pod/default/p`,
        "binding:host_id": "node1",
      }),
    );
  };
  const pod = await it.pod("p", "node1");
  const limit = AbortSignal.timeout(30_000);
  while ((await it.kuryrPorts.find({ namespace: "default", name: "p" })) === undefined) {
    assert.equal(limit.aborted, false, it.log.join(""));
    await pause(20);
  }
  await late;
  const ports = [...on.fake.network.ports.values()].filter((port) => isMarkOf(cluster, port.description));
  assert.deepEqual(
    ports.map((port) => port.device_id),
    [pod.metadata.uid],
  );
  assert.equal(posts, 2, "the one that was given up, and its late effect");
});
