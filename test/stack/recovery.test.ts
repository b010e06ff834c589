import assert from "node:assert/strict";
import { test } from "node:test";

import { nodePlan } from "../../dev/src/network-plan.ts";
import { said, stackCommand, stackStatus } from "../../dev/src/testing/command-line.ts";
import { becomes, httpGet, pings } from "../../dev/src/testing/probes.ts";
import { authority } from "../../dev/src/kube/certificates.ts";
import { processStat } from "../../dev/src/machine/processes.ts";
import { services } from "../../dev/src/network-plan.ts";

const { code, report } = await stackStatus();
/** A repair of one component may start another anew. */
let { components } = report;

/** Whether the kernel still runs a process. */
function lives(pid: number): boolean {
  const state = processStat(pid)?.state;
  return state !== undefined && state !== "Z";
}

/** Over OVN: through the switches of both nodes, and through the load balancer of the API. */
async function networkWorks(): Promise<void> {
  for (const index of [1, 2]) {
    const { name, podNetworkAddress } = nodePlan(index);
    await becomes(`the host to reach ${name} over OVN`, () => pings(undefined, podNetworkAddress), 30);
  }
  await becomes(
    "the API to answer at the cluster IP",
    async () => {
      const url = `https://${services.kubernetes}/readyz`;
      return (await httpGet(undefined, url, ["--cacert", authority().certificate])) === "ok";
    },
    30,
  );
}

test("everything is up before anything is killed", () => {
  assert.equal(code, 0);
  assert.ok(report.components.length > 15);
});

for (const component of report.components) {
  test(`kill -9 of ${component.name}: status names it, up repairs it`, async (t) => {
    const target = components.find((one) => one.name === component.name)?.pid;
    assert.ok(target !== undefined);
    process.kill(target, "SIGKILL");
    await becomes(`${component.name} to end`, async () => !lives(target), 5);

    const status = await stackCommand(["status"]);
    assert.equal(status.code, 3, said(status));
    assert.match(status.stdout, new RegExp(`^!!  ${component.name}\\s`, "m"));
    assert.match(status.stdout, new RegExp(`not up: .*${component.name}`));

    const up = await stackCommand(["up"]);
    assert.equal(up.code, 0, said(up));
    t.diagnostic(`up again in ${up.seconds.toFixed(1)} s`);
    const after = await stackStatus();
    ({ components } = after.report);
    assert.deepEqual(
      after.report.components.filter((one) => one.state !== "up"),
      [],
    );
    assert.equal(after.code, 0);
    if (/ovs|ovn|mariadb|neutron|octavia|etcd|apiserver/.test(component.name)) await networkWorks();
  });
}
