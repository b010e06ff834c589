import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { renderIni } from "../ini.ts";
import { stateOf } from "../layout.ts";
import { run } from "../machine/exec.ts";
import type { Service, Step } from "../supervisor/unit.ts";
import { endpoints, region } from "./endpoints.ts";
import { authToken, beginMigration, migrated, serviceAuth } from "./keystone.ts";
import { databaseUrl } from "./mariadb.ts";
import { ovnConnection } from "./ovn.ts";
import type { Release } from "./releases.ts";
import { answersWith, uwsgi } from "./wsgi.ts";

const conf = (): string => stateOf("octavia", "octavia.conf");
/** Hard-coded in octavia-lib. */
const sockets = "/var/run/octavia";

function writeConfig(): void {
  mkdirSync(stateOf("octavia", "policy.d"), { recursive: true });
  writeFileSync(
    conf(),
    renderIni({
      DEFAULT: { transport_url: "fake://", use_stderr: true },
      api_settings: {
        auth_strategy: "keystone",
        enabled_provider_drivers: "ovn:OVN provider",
        default_provider_driver: "ovn",
        allow_tls_terminated_listeners: false,
      },
      database: { connection: databaseUrl("octavia") },
      driver_agent: { enabled_provider_agents: "ovn" },
      keystone_authtoken: authToken("octavia"),
      service_auth: serviceAuth("octavia"),
      neutron: { region_name: region, valid_interfaces: "public" },
      controller_worker: { network_driver: "allowed_address_pairs_driver", compute_driver: "compute_noop_driver" },
      ovn: { ovn_nb_connection: ovnConnection("nb"), ovn_sb_connection: ovnConnection("sb") },
      oslo_policy: { policy_dirs: stateOf("octavia", "policy.d") },
    }),
  );
}

/** Octavia's schema. */
export function octaviaSchemaStep(release: Release, needs: readonly string[]): Step {
  const mark = migrated("octavia", release);
  return {
    kind: "step",
    name: "octavia-schema",
    area: "cloud",
    needs,
    timeoutMs: 180_000,
    isDone: async () => existsSync(mark),
    run: async (work) => {
      writeConfig();
      await beginMigration("octavia", work.signal);
      await run([release.program("octavia-db-manage"), "--config-file", conf(), "upgrade", "head"], {
        signal: work.signal,
        log: work.log,
        timeoutMs: 170_000,
      });
      writeFileSync(mark, "");
    },
  };
}

/** The directory of Octavia's sockets; not under the stack's own, since its path cannot be configured. */
export function octaviaSocketsStep(): Step {
  return {
    kind: "step",
    name: "octavia-sockets",
    area: "cloud",
    needs: ["run-directory"],
    timeoutMs: 5000,
    isDone: async () => existsSync(sockets),
    run: async () => {
      mkdirSync(sockets, { recursive: true });
    },
    undo: async () => rmSync(sockets, { recursive: true, force: true }),
  };
}

/**
 * Whether something listens on a unix socket, by the kernel's own table.
 * Not by connecting: for a client that leaves without a word the agent forks a child that spins for ever.
 */
function listens(path: string): true | string {
  const listening = readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .some((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[3] === "00010000");
  return listening ? true : `nobody listens on ${path}`;
}

/** Runs the OVN provider; must be there before the API. */
export function octaviaDriverAgentService(release: Release): Service {
  return {
    kind: "service",
    name: "octavia-driver-agent",
    area: "cloud",
    needs: ["octavia-schema", "octavia-sockets", "identity", "ovn-nb", "ovn-sb"],
    timeoutMs: 60_000,
    stopMs: 8000,
    version: release.version,
    prepare: async () => {
      writeConfig();
      for (const name of ["status", "stats", "get"]) rmSync(`${sockets}/${name}.sock`, { force: true });
    },
    command: () => ({ elsewhere: true, argv: [release.program("octavia-driver-agent"), "--config-file", conf()] }),
    ready: async () => {
      for (const name of ["status", "stats", "get"]) {
        const answer = listens(`${sockets}/${name}.sock`);
        if (answer !== true) return answer;
      }
      return true;
    },
  };
}

/** The load-balancing API. */
export function octaviaService(release: Release): Service {
  return {
    kind: "service",
    name: "octavia-api",
    area: "cloud",
    needs: ["octavia-driver-agent", "neutron-api"],
    timeoutMs: 60_000,
    stopMs: 8000,
    version: release.version,
    causes: [[/Address already in use/, `port ${endpoints.octavia.port} of the stack's external address is taken`]],
    prepare: async () => writeConfig(),
    command: () => ({
      elsewhere: true,
      argv: uwsgi(release, "octavia", {
        port: endpoints.octavia.port,
        processes: 1,
        threads: 8,
        extra: ["--pyargv", `--config-file=${conf()}`],
      }),
    }),
    ready: ({ signal }) => answersWith(`${endpoints.octavia.url}/v2/lbaas/loadbalancers`, [401], signal),
  };
}
