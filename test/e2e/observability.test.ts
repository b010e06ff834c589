import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { adminCloud } from "../../dev/src/cloud/identity.ts";
import { topology } from "../../dev/src/cloud/topology.ts";
import { run } from "../../dev/src/machine/exec.ts";
import { ensurePromtool, promtoolPath } from "../../dev/src/machine/promtool.ts";
import { metricsOf } from "../docs/metrics.ts";
import { daemonMetrics } from "../support/daemon.ts";
import {
  controllerAlive,
  controllerIncarnation,
  controllerMetric,
  controllerMetrics,
  controllerReady,
  withControllerConfig,
  withCrippledController,
} from "../support/kuryr.ts";
import { apply, deleteNamespace, demoPod, makeNamespace, nothingLeft, readyPods } from "../support/pods.ts";
import { bringBack, eventually, kill, kubectl, nodes, whilePaused } from "../support/stack.ts";

const namespace = "e2e-observability";
const monitoring = join(import.meta.dirname, "../../deploy/monitoring");

before(async () => {
  await ensurePromtool(AbortSignal.timeout(500_000));
  await makeNamespace(namespace);
});
after(() => deleteNamespace(namespace));

/** A pod of each node that comes and goes; `meanwhile` is done while they are there. */
async function oneRound(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
  const items = nodes.map((node) => demoPod(namespace, `on-${node.name}`, node.name));
  await apply({ apiVersion: "v1", kind: "List", items });
  await readyPods(namespace, items.length);
  await meanwhile();
  await kubectl(["-n", namespace, "delete", "pods", "--all", "--now"]);
  await nothingLeft(namespace, 60_000);
}

const families = (text: string): string[] => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name).sort();

/** What `promtool check metrics` finds; it must be able to read them, and find nothing but this. */
async function lint(text: string, expected: readonly string[]): Promise<void> {
  const { stdout, stderr } = await run([promtoolPath, "check", "metrics"], { input: text, accept: [0, 3] });
  assert.deepEqual(
    `${stdout}${stderr}`.split("\n").filter((line) => line !== ""),
    expected,
  );
}

test("[row 149] promtool finds the controller's and the daemons' metrics in order, and they are those of the documentation", async () => {
  await oneRound();
  const controller = await controllerMetrics();
  // The original's name is kept.
  await lint(controller, [
    'kuryr_quota_free_count non-histogram and non-summary metrics should not have "_count" suffix',
  ]);
  const documented = (process: "controller" | "daemon"): string[] => metricsOf(process).map(({ name }) => name);
  // Pools have metrics where there are pools.
  const ofPools = (name: string): boolean => name.startsWith("kuryr_vif_pool_");
  const [shown, described] = [families(controller), documented("controller")];
  assert.deepEqual(
    shown.filter((name) => !described.includes(name)),
    [],
  );
  assert.deepEqual(
    described.filter((name) => !shown.includes(name) && !ofPools(name)),
    [],
  );
  for (const node of nodes) {
    const daemon = await daemonMetrics(node);
    await lint(daemon, []);
    assert.deepEqual(families(daemon), documented("daemon"));
  }
});

test("[row 149] the controller's counters move with a pod that comes and goes", async () => {
  const counters = async (): Promise<number[]> =>
    Promise.all([
      controllerMetric("kuryr_pod_creation_latency_count"),
      controllerMetric("kuryr_openstack_requests_total", 'operation="POST ports"', 'outcome="ok"'),
      controllerMetric("kuryr_kubernetes_requests_total", 'verb="create"', 'resource="kuryrports.openstack.org"'),
      controllerMetric("kuryr_workqueue_adds_total", 'name="pods"'),
      controllerMetric("process_cpu_seconds_total"),
    ]);
  const earlier = await counters();
  const grown = async (): Promise<true | string> => {
    const now = await counters();
    return now.every((value, i) => value > (earlier[i] ?? Infinity)) ? true : `${earlier.join(" ")} ${now.join(" ")}`;
  };
  // A pod's latency is known when its daemon has told the KuryrPort's status, a second after the ADD.
  await oneRound(() => eventually("all of them to have grown", grown));
});

test("[row 149] a scrape asks OpenStack nothing: it is answered while Keystone and Neutron are stopped, and moves no counter of requests", async () => {
  const asked = (): Promise<number> => controllerMetric("kuryr_openstack_requests_total");
  const scrapes = 50;
  await whilePaused("keystone", () =>
    whilePaused("neutron-api", async () => {
      const earlier = await asked();
      for (let i = 0; i < scrapes; i += 1) {
        const start = performance.now();
        await controllerMetrics();
        assert.ok(performance.now() - start < 1000, "a scrape took a second");
      }
      // What the background checks ask meanwhile is one or two.
      const grown = (await asked()) - earlier;
      assert.ok(grown < 5, `${grown} requests in ${scrapes} scrapes`);
    }),
  );
});

test("[row 150] the histogram of CNI requests has buckets from 1 ms, and from 0.1 to 60 s", async () => {
  await oneRound();
  for (const node of nodes) {
    const text = await daemonMetrics(node);
    const bounds = new Set(
      [...text.matchAll(/^kuryr_cni_request_duration_seconds_bucket\{command="ADD",[^}]*le="([^"]+)"\}/gm)].map(
        ([, bound = ""]) => bound,
      ),
    );
    for (const bound of ["0.001", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "+Inf"])
      assert.ok(bounds.has(bound), `${node.name} has no bucket of ${bound} s, but ${[...bounds].join(" ")}`);
    for (const command of ["ADD", "DEL"])
      assert.match(text, new RegExp(`_duration_seconds_count\\{command="${command}",error="false"\\} [1-9]`));
  }
});

test("[row 151] work queue, retries and API calls are there for each kind of the controller's objects", async () => {
  await oneRound();
  const text = await controllerMetrics();
  for (const sample of [
    /^kuryr_workqueue_depth\{name="pods"\} \d/m,
    /^kuryr_workqueue_adds_total\{name="pods"\} [1-9]/m,
    /^kuryr_workqueue_queue_duration_seconds_count\{name="pods"\} [1-9]/m,
    /^kuryr_workqueue_work_duration_seconds_count\{name="pods"\} [1-9]/m,
    /^# TYPE kuryr_workqueue_retries_total counter$/m,
    /^kuryr_openstack_requests_total\{service="network",operation="POST ports",outcome="ok"\} [1-9]/m,
    /^kuryr_openstack_request_duration_seconds_count\{service="network",operation="POST ports"\} [1-9]/m,
    /^kuryr_kubernetes_requests_total\{verb="create",resource="kuryrports.openstack.org",outcome="ok"\} [1-9]/m,
    /^kuryr_kubernetes_request_duration_seconds_count\{verb="watch",resource="pods"\} [1-9]/m,
    /^kuryr_ports \d/m,
  ])
    assert.match(text, sample);
});

test("[row 151] the sizes of pools are told, by state and by node, where there are pools", async () => {
  const config = {
    kubernetes: { vif_pool_driver: "neutron" },
    vif_pool: { ports_pool_min: "2", ports_pool_batch: "2" },
  };
  await withControllerConfig(config, () =>
    eventually("the pools to be filled, and to tell it", async () => {
      const text = await controllerMetrics();
      const idle = nodes.every(({ name }) =>
        new RegExp(`^kuryr_vif_pool_idle_ports\\{node="${name}"\\} [1-9]`, "m").test(text),
      );
      return idle && /^kuryr_vif_pool_ports\{state="idle"\} [1-9]/m.test(text) ? true : "not yet";
    }),
  );
  await nothingLeft(namespace, 60_000);
});

test("[row 149] promtool takes the alert rules, and their own tests pass", async () => {
  await run([promtoolPath, "check", "rules", "alerts.yaml"], { cwd: monitoring });
  await run([promtoolPath, "test", "rules", "alerts.test.yaml"], { cwd: monitoring });
});

/** Nothing is degraded; of several controllers each says its role. */
const well = /^ok\n(role: \w+\n)?$/;

/** Waits until /ready, of this status, says this; /alive is 200 all the while. */
const probesSay = (status: number, what: RegExp): Promise<void> =>
  eventually(`/ready to be ${status} and say ${what}`, async () => {
    assert.deepEqual(await controllerAlive(), { status: 200, body: "ok\n" });
    const said = await controllerReady();
    return said.status === status && what.test(said.body) ? true : `${said.status} ${said.body}`;
  });

for (const [component, line] of [
  ["kube-apiserver", /^ok\n(.*\n)*degraded: Kubernetes API: \S/],
  ["keystone", /^ok\n(.*\n)*degraded: Keystone: OPENSTACK_\w+: \S/],
  ["neutron-api", /^ok\n(.*\n)*degraded: Neutron: OPENSTACK_\w+: \S/],
] as const) {
  test(`[row 147] without ${component} the controller's /ready stays 200 and says why, /alive stays 200, nothing restarts`, async () => {
    const incarnation = await controllerIncarnation();
    await kill(component);
    try {
      await probesSay(200, line);
    } finally {
      await bringBack(component);
    }
    await probesSay(200, well);
    assert.equal(await controllerIncarnation(), incarnation);
  });
}

test("[row 147] a used-up quota is said by /ready, which stays 200, and /alive stays 200", async () => {
  const { quotas } = adminCloud().network;
  const { project } = topology();
  const usedUp = /^ok\n(.*\n)*degraded: quota of ports is used up: \d+ of \d+/;
  try {
    await eventually("/ready to say that the quota is used up", async () => {
      // Ports of tests before may still go, and Neutron takes no limit below what is used.
      const { port } = await quotas.details(project);
      if (port !== undefined && port.limit !== port.used) await quotas.update(project, { port: port.used });
      assert.deepEqual(await controllerAlive(), { status: 200, body: "ok\n" });
      const said = await controllerReady();
      return said.status === 200 && usedUp.test(said.body) ? true : `${said.status} ${said.body}`;
    });
  } finally {
    await quotas.update(project, { port: -1 });
  }
  await probesSay(200, well);
});

test("[row 147] a controller that cannot read its ports is not ready, and says what it waits for and why; it is alive", async () => {
  await withCrippledController({ neutron: { password: "not-the-password" } }, () =>
    probesSay(500, /^the .+ (not filled|not all been read) yet\nKeystone: OPENSTACK_CREDENTIALS_REFUSED: /),
  );
  await probesSay(200, well);
});
