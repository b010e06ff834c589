import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";

import { renderIni } from "../ini.ts";
import { runOf, stateOf } from "../layout.ts";
import { run } from "../machine/exec.ts";
import { external } from "../network-plan.ts";
import type { Service, Step } from "../supervisor/unit.ts";
import { endpoints } from "./endpoints.ts";
import { authToken, beginMigration, migrated } from "./keystone.ts";
import { databaseUrl } from "./mariadb.ts";
import { ovnConnection } from "./ovn.ts";
import type { Release } from "./releases.ts";
import { answersWith, uwsgi } from "./wsgi.ts";

const conf = (): string => stateOf("neutron", "neutron.conf");
const ml2 = (): string => stateOf("neutron", "ml2_conf.ini");
const configFiles = (): string[] => ["--config-file", conf(), "--config-file", ml2()];

function writeConfig(release: Release): void {
  const policies = stateOf("neutron", "policy.d");
  mkdirSync(policies, { recursive: true });
  copyFileSync(release.policyFile, `${policies}/kuryr.yaml`);
  const server =
    release.neutron === "server"
      ? {
          bind_host: external.hostAddress,
          bind_port: endpoints.neutron.port,
          api_workers: 2,
          rpc_workers: 1,
          rpc_state_report_workers: 0,
        }
      : { rpc_workers: 0 };
  writeFileSync(
    conf(),
    renderIni({
      DEFAULT: {
        core_plugin: "ml2",
        service_plugins: "ovn-router,trunk,qos",
        transport_url: "fake://",
        api_paste_config: release.apiPaste,
        state_path: stateOf("neutron"),
        notify_nova_on_port_status_changes: false,
        notify_nova_on_port_data_changes: false,
        dhcp_agent_notification: false,
        global_physnet_mtu: 1500,
        use_stderr: true,
        ...server,
      },
      database: { connection: databaseUrl("neutron"), max_pool_size: 20, max_overflow: 40 },
      keystone_authtoken: authToken("neutron"),
      oslo_concurrency: { lock_path: stateOf("neutron", "lock") },
      oslo_policy: { policy_dirs: policies },
      quotas: {
        quota_network: -1,
        quota_subnet: -1,
        quota_port: -1,
        quota_router: -1,
        quota_floatingip: -1,
        quota_security_group: -1,
        quota_security_group_rule: -1,
      },
    }),
  );
  writeFileSync(
    ml2(),
    renderIni({
      ml2: {
        type_drivers: "geneve,flat,local",
        [release.projectNetworkTypes]: "geneve",
        mechanism_drivers: "ovn",
        extension_drivers: "port_security,qos,tag_ports_during_bulk_creation",
      },
      ml2_type_geneve: { vni_ranges: "1:65536", max_header_size: 38 },
      ml2_type_flat: { flat_networks: "physnet1" },
      ovn: {
        ovn_nb_connection: ovnConnection("nb"),
        ovn_sb_connection: ovnConnection("sb"),
        ovn_metadata_enabled: false,
      },
    }),
  );
}

/** Neutron's schema. */
export function neutronSchemaStep(release: Release, needs: readonly string[]): Step {
  const mark = migrated("neutron", release);
  return {
    kind: "step",
    name: "neutron-schema",
    area: "cloud",
    needs,
    timeoutMs: 180_000,
    isDone: async () => existsSync(mark),
    run: async (work) => {
      writeConfig(release);
      await beginMigration("neutron", work.signal);
      await run([release.program("neutron-db-manage"), ...configFiles(), "upgrade", "heads"], {
        signal: work.signal,
        log: work.log,
        timeoutMs: 170_000,
      });
      writeFileSync(mark, "");
    },
  };
}

/** The networking API; on Zed the server that also talks to OVN by itself. */
export function neutronService(release: Release): Service {
  // The first API worker is elected by files in TMPDIR: one of its own, empty at every start.
  const temporary = runOf("neutron", "tmp");
  return {
    kind: "service",
    name: "neutron-api",
    area: "cloud",
    needs: ["neutron-schema", "identity", "ovn-nb", "ovn-sb", "ovn-northd"],
    timeoutMs: 90_000,
    stopMs: 10_000,
    version: release.version,
    causes: [
      [/Address already in use/, `port ${endpoints.neutron.port} of the stack's external address is taken`],
      [/ovsdbapp.*Timeout|Could not retrieve schema/, "the OVN databases do not answer: npm run stack -- status"],
    ],
    prepare: async () => {
      writeConfig(release);
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true });
    },
    command: () => ({
      elsewhere: true,
      argv:
        release.neutron === "server"
          ? [release.program("neutron-server"), ...configFiles()]
          : uwsgi(release, "neutron", { port: endpoints.neutron.port, processes: 2, threads: 4 }),
      env: { OS_NEUTRON_CONFIG_FILES: `${conf()};${ml2()}`, TMPDIR: temporary },
    }),
    // 401 comes from the API itself with its plugins loaded; `/` would answer 200 before that.
    ready: ({ signal }) => answersWith(`${endpoints.neutron.url}/v2.0/networks`, [401], signal),
  };
}

/** Keeps OVN and Neutron's database in step; a process of its own since the API runs under uwsgi. */
export function neutronMaintenanceService(release: Release): Service {
  return {
    kind: "service",
    name: "neutron-ovn-maintenance",
    area: "cloud",
    needs: ["neutron-api"],
    timeoutMs: 60_000,
    stopMs: 5000,
    prepare: async () => writeConfig(release),
    command: () => ({ elsewhere: true, argv: [release.program("neutron-ovn-maintenance-worker"), ...configFiles()] }),
    ready: async () => true, // It listens nowhere; that its process lives is all there is to see.
  };
}
