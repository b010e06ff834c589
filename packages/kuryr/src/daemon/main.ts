import { hostname } from "node:os";

import { openNetlink } from "@kuryr/netlink";
import { connectOvsdb, openSwitch } from "@kuryr/ovsdb";

import { connectKubernetes } from "../api/kubernetes.ts";
import { errorFields } from "../log/logger.ts";
import { serveHealth } from "../process/health.ts";
import { runProcess } from "../process/run.ts";
import { runDaemon } from "./daemon.ts";
import { neutronVif } from "./neutron-vif.ts";

await runProcess("kuryr-daemon", async ({ config, log, signal }) => {
  const nodeName = process.env["KUBERNETES_NODE_NAME"] ?? hostname();
  const ovsdb = connectOvsdb({
    target: "unix:/run/openvswitch/db.sock",
    onError: (error) => log.warn("Open vSwitch database: trying again", errorFields(error)),
  });
  const ovs = openSwitch(ovsdb);
  const host = openNetlink();
  const deleting = openNetlink();
  let waitingFor = ["the cache of KuryrPorts or the switch is not there yet"];
  const switchDown = (): string[] => (ovsdb.connected ? [] : ["Open vSwitch does not answer"]);
  const health = await serveHealth(config.cni_health_server.port, {
    ready: () => [...waitingFor, ...switchDown()],
    alive: () => [],
  });
  try {
    await runDaemon(
      {
        nodeName,
        kubernetes: connectKubernetes(config.kubernetes, "kuryr-daemon"),
        plugger: neutronVif({ host, deleting, ovs, txChecksumOff: (bridge) => ovs.datapathType(bridge) === "netdev" }),
        log,
        socketPath: "/run/kuryr/cni.sock",
        stateDirectory: "/run/kuryr/attachments",
        conflistPath: "/etc/cni/net.d/10-kuryr.conflist",
        timeoutMs: config.cni_daemon.vif_annotation_timeout * 1000,
        onReady: () => {
          waitingFor = [];
        },
        switchReady: (stop) => ovsdb.ready(stop),
      },
      signal,
    );
  } finally {
    health.close();
    ovsdb.close();
    host.close();
    deleting.close();
  }
});
