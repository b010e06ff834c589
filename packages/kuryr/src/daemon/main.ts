import { existsSync } from "node:fs";
import { hostname } from "node:os";

import { openNetlink } from "@kuryr/netlink";
import { connectOvsdb, openSwitch } from "@kuryr/ovsdb";

import { connectKubernetes } from "../api/kubernetes.ts";
import { errorFields } from "../log/logger.ts";
import { Metrics } from "../metrics/registry.ts";
import { serveMetrics } from "../metrics/serve.ts";
import { reason, serveHealth } from "../process/health.ts";
import { runProcess } from "../process/run.ts";
import { removeConflist } from "./cni/conflist.ts";
import { installShim } from "./cni/shim.ts";
import { runDaemon, type DaemonState } from "./daemon.ts";
import { AddFailures } from "./health/add-failures.ts";
import { BackgroundChecks } from "./health/background.ts";
import { daemonChecks } from "./health/checks.ts";
import { daemonMetrics } from "./metrics.ts";
import { procDirectory } from "./netns-path.ts";
import { neutronVif } from "./plug/neutron-vif.ts";
import { isUninstalled } from "./uninstall.ts";

const conflistPath = "/etc/cni/net.d/10-kuryr.conflist";
/** In the daemon's image, and where runtimes look for plugins. */
const shim = { own: "/opt/kuryr/bin/kuryr-cni", installed: "/opt/cni/bin/kuryr-cni" };

await runProcess("kuryr-daemon", async ({ config, log, signal }) => {
  const nodeName = process.env["KUBERNETES_NODE_NAME"] ?? hostname();
  const registry = new Metrics();
  const metrics = daemonMetrics(registry);
  let lastAnswer = Number.NEGATIVE_INFINITY;
  const kubernetes = connectKubernetes(config.kubernetes, "kuryr-daemon", {
    // It asks for little beside its watch, and nothing that a pod waits for; each connection has buffers of its own.
    maxConnections: 2,
    onRequest: (report) => {
      metrics.asked(report);
      if (report.status !== undefined && report.status < 500) lastAnswer = kubernetes.clock.now();
    },
  });
  const ovsdb = connectOvsdb({
    target: "unix:/run/openvswitch/db.sock",
    onError: (error) => log.warn("Open vSwitch database: trying again", errorFields(error)),
  });
  const ovs = openSwitch(ovsdb);
  const host = openNetlink();
  const deleting = openNetlink();
  const proc = procDirectory(config.cni_daemon, existsSync);
  const failures = new AddFailures(config.cni_daemon.cni_failures_count);
  const checks = new BackgroundChecks(
    daemonChecks({
      kubernetes,
      lastAnswer: () => lastAnswer,
      failures,
      procDirectory: proc,
      memory: config.cni_health_server,
    }),
  );
  const state: DaemonState = {
    starting: [reason("KURYR_NOT_STARTED", "it has just begun")],
    attachments: 0,
    kuryrPorts: 0,
  };
  const switchDown = (): readonly string[] =>
    ovsdb.connected ? [] : [reason("KURYR_NO_SWITCH", "Open vSwitch does not answer")];
  const bridge = config.neutron_defaults.ovs_bridge;
  const bridgeMissing = (): readonly string[] =>
    !ovsdb.connected || ovs.bridgeExists(bridge)
      ? []
      : [reason("KURYR_NO_BRIDGE", `Open vSwitch has no bridge ${bridge}`)];
  const health = await serveHealth(config.cni_health_server.port, {
    ready: () => [...state.starting, ...switchDown(), ...bridgeMissing(), ...checks.reasons("ready")],
    alive: () => checks.reasons("alive"),
  });
  const exporter = await serveMetrics(config.prometheus_exporter.cni_exporter_port, registry);
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const checking = checks.run(kubernetes.clock, ended, () => metrics.sample(state));
  if (installShim(shim.own, shim.installed)) log.info("CNI plugin installed", { path: shim.installed });
  try {
    await runDaemon(
      {
        nodeName,
        kubernetes,
        plugger: neutronVif({
          host,
          deleting,
          ovs,
          txChecksumOff: (name) => ovs.datapathType(name) === "netdev",
          procDirectory: proc,
          onNotAnnounced: (error) =>
            log.warn("neighbours are not told of pods' addresses; that wants NET_RAW", errorFields(error)),
        }),
        log,
        socketPath: "/run/kuryr/cni.sock",
        stateDirectory: "/run/kuryr/attachments",
        conflistPath,
        chainedPlugins: config.cni_daemon.chained_plugins,
        timeoutMs: config.cni_daemon.vif_annotation_timeout * 1000,
        atOnce: config.cni_daemon.worker_num,
        failures,
        metrics,
        switchReady: (stopped) => ovsdb.ready(stopped),
        faults: () => ({
          switchDown: switchDown(),
          lacking: [...bridgeMissing(), ...checks.reasons("status")],
        }),
      },
      state,
      signal,
    );
    const daemonSet = process.env["KUBERNETES_DAEMONSET"] ?? "";
    if (daemonSet !== "" && (await isUninstalled(kubernetes, daemonSet)) && removeConflist(conflistPath))
      log.info("uninstalled: CNI configuration removed", { path: conflistPath });
  } finally {
    stop.abort(new Error("the daemon ends"));
    await checking;
    health.close();
    exporter.close();
    metrics.close();
    ovsdb.close();
    host.close();
    deleting.close();
  }
});
