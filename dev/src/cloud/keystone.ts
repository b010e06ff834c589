import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";

import { renderIni } from "../ini.ts";
import { stateOf } from "../layout.ts";
import { run } from "../machine/exec.ts";
import type { Service, Step, Work } from "../supervisor/unit.ts";
import { endpoints, region } from "./endpoints.ts";
import { databaseUrl, emptyDatabase, type Database } from "./mariadb.ts";
import type { Release } from "./releases.ts";
import { secrets } from "./secrets.ts";
import { answersWith, uwsgi } from "./wsgi.ts";

const config = (): string => stateOf("keystone", "keystone.conf");

function writeConfig(release: Release): void {
  mkdirSync(stateOf("keystone", "policy.d"), { recursive: true });
  writeFileSync(
    config(),
    renderIni({
      DEFAULT: { use_stderr: true },
      database: { connection: databaseUrl("keystone") },
      cache: { backend: "dogpile.cache.memory", enabled: true },
      catalog: { caching: release.catalogCaching },
      token: { provider: "fernet" },
      fernet_tokens: { key_repository: stateOf("keystone", "fernet-keys") },
      credential: { key_repository: stateOf("keystone", "credential-keys") },
      // A bcrypt of full strength costs 60 ms of CPU a login; these passwords are random and never leave the machine.
      identity: { password_hash_rounds: 4 },
      oslo_policy: { policy_dirs: stateOf("keystone", "policy.d") },
    }),
  );
}

/** A file that says a database was migrated for a release. */
export const migrated = (database: string, release: Release): string => stateOf(database, `.migrated-${release.name}`);

/** A database that no migration has finished with is begun anew; one of an older release is migrated as it is. */
export async function beginMigration(database: Database, signal: AbortSignal): Promise<void> {
  const finished =
    existsSync(stateOf(database)) && readdirSync(stateOf(database)).some((n) => n.startsWith(".migrated-"));
  if (!finished) await emptyDatabase(database, signal);
}

/** Schema, signing keys, and the administrator: what Keystone needs before it starts. */
export function keystoneBootstrapStep(release: Release, needs: readonly string[]): Step {
  const mark = migrated("keystone", release);
  return {
    kind: "step",
    name: "keystone-bootstrap",
    area: "cloud",
    needs,
    timeoutMs: 180_000,
    isDone: async () => existsSync(mark),
    run: async (work: Work) => {
      writeConfig(release);
      for (const keys of ["fernet-keys", "credential-keys"])
        mkdirSync(stateOf("keystone", keys), { recursive: true, mode: 0o700 });
      const manage = (...words: string[]): Promise<unknown> =>
        run([release.program("keystone-manage"), "--config-file", config(), ...words], {
          signal: work.signal,
          log: work.log,
          timeoutMs: 120_000,
        });
      work.say("database schema");
      await beginMigration("keystone", work.signal);
      const identity = ["--keystone-user", "root", "--keystone-group", "root"];
      await Promise.all([
        manage("db_sync"),
        manage("fernet_setup", ...identity),
        manage("credential_setup", ...identity),
      ]);
      work.say("administrator");
      await run(
        [
          release.program("keystone-manage"),
          "--config-file",
          config(),
          "bootstrap",
          "--bootstrap-region-id",
          region,
          "--bootstrap-public-url",
          endpoints.keystone.url,
          "--bootstrap-internal-url",
          endpoints.keystone.url,
          "--bootstrap-admin-url",
          endpoints.keystone.url,
        ],
        { env: { OS_BOOTSTRAP_PASSWORD: secrets().admin }, signal: work.signal, log: work.log, timeoutMs: 120_000 },
      );
      writeFileSync(mark, "");
    },
  };
}

/** The identity service. */
export function keystoneService(release: Release): Service {
  return {
    kind: "service",
    name: "keystone",
    area: "cloud",
    needs: ["keystone-bootstrap", "host-bridges"],
    timeoutMs: 60_000,
    stopMs: 8000,
    version: release.version,
    causes: [[/Address already in use/, `port ${endpoints.keystone.port} of the stack's external address is taken`]],
    prepare: async () => writeConfig(release),
    command: () => ({
      elsewhere: true,
      // One thread: its middleware keeps a request's token where other threads see it (docs/decisions/0010).
      argv: uwsgi(release, "keystone", { port: endpoints.keystone.port, processes: 4, threads: 1 }),
      env: { OS_KEYSTONE_CONFIG_FILES: config() },
    }),
    ready: ({ signal }) => answersWith(endpoints.keystone.url, [200], signal),
  };
}

/** The `[keystone_authtoken]` section of a service. */
export function authToken(user: "neutron" | "octavia"): Record<string, string | boolean> {
  return { ...serviceAuth(user), www_authenticate_uri: endpoints.keystone.url, service_token_roles_required: true };
}

/** Credentials of a service user. */
export function serviceAuth(user: "neutron" | "octavia"): Record<string, string> {
  return {
    auth_type: "password",
    auth_url: endpoints.keystone.url,
    username: user,
    password: secrets()[user],
    project_name: "service",
    user_domain_name: "Default",
    project_domain_name: "Default",
    region_name: region,
  };
}
