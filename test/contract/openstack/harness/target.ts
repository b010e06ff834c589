import { text, send, type Answer, type Json } from "./http.ts";

export type Service = "identity" | "network" | "load-balancer";

export type Provisioning = "ACTIVE" | "ERROR" | "PENDING_CREATE" | "PENDING_UPDATE" | "PENDING_DELETE";

/** Who asks, of what cloud. */
export interface Caller {
  /** As the expectations name it. */
  readonly name: string;
  readonly token: string;
  readonly userId: string;
  readonly projectId: string;
}

/** A cloud that the suite runs against. */
export interface Target {
  readonly kind: "fake" | "real";
  readonly release: "2026.2" | "zed";
  readonly urls: Readonly<Record<Service, string>>;
  /** Only the administrator of the cloud has it. */
  readonly admin: { readonly username: string; readonly password: string; readonly projectName: string };
  /** Puts a load balancer into a state, as a provider that fails or hangs would. */
  setProvisioning(loadBalancer: string, status: Provisioning): Promise<void>;
  close(): Promise<void>;
}

/** What a file of cases needs of the fake. */
export interface FakeSettings {
  readonly providerPaceMs?: number;
}

const releaseOf = (name: string | undefined): Target["release"] => (name === "zed" ? "zed" : "2026.2");

async function realTarget(): Promise<Target> {
  const { endpoints } = await import("../../../../dev/src/cloud/endpoints.ts");
  const { secrets } = await import("../../../../dev/src/cloud/secrets.ts");
  const { recordedOptions } = await import("../../../../dev/src/options.ts");
  const { runSql } = await import("../../../../dev/src/cloud/mariadb.ts");
  return {
    kind: "real",
    release: releaseOf(recordedOptions()?.openstack),
    urls: {
      identity: new URL(endpoints.keystone.url).origin,
      network: new URL(endpoints.neutron.url).origin,
      "load-balancer": new URL(endpoints.octavia.url).origin,
    },
    admin: { username: "admin", password: secrets().admin, projectName: "admin" },
    async setProvisioning(loadBalancer, status) {
      if (!/^[0-9a-f-]{36}$/.test(loadBalancer)) throw new Error(`${loadBalancer} is no id`);
      const change = `update load_balancer set provisioning_status = '${status}' where id = '${loadBalancer}'`;
      await runSql("octavia", change, AbortSignal.timeout(10_000));
    },
    close: async () => undefined,
  };
}

async function fakeTarget(settings: FakeSettings): Promise<Target> {
  const { startOpenStack } = await import("@kuryr/fakes");
  const release = releaseOf(process.env["KURYR_TEST_OPENSTACK"]);
  const cloud = await startOpenStack({ release, ...settings });
  return {
    kind: "fake",
    release,
    urls: cloud.urls,
    admin: cloud.admin,
    async setProvisioning(id, status) {
      const loadBalancer = cloud.balancer.loadBalancers.get(id);
      if (loadBalancer === undefined) throw new Error(`there is no load balancer ${id}`);
      loadBalancer.provisioning_status = status;
    },
    close: () => cloud.stop(),
  };
}

/** Opens the cloud that `KURYR_TEST_TARGET` names, `fake` unless told. */
export function openTarget(settings: FakeSettings = {}): Promise<Target> {
  const wanted = process.env["KURYR_TEST_TARGET"] ?? "fake";
  if (wanted !== "fake" && wanted !== "real") throw new Error(`KURYR_TEST_TARGET is fake or real, not ${wanted}`);
  return wanted === "real" ? realTarget() : fakeTarget(settings);
}

/** The body of an authentication by password. */
export function passwordAuth(user: string, password: string, project?: string): Json {
  const domain = { id: "default" };
  return {
    auth: {
      identity: { methods: ["password"], password: { user: { name: user, password, domain } } },
      ...(project === undefined ? {} : { scope: { project: { name: project, domain } } }),
    },
  };
}

/** Logs in. @throws when Keystone refuses */
export async function login(
  target: Target,
  name: string,
  user: { readonly username: string; readonly password: string; readonly projectName: string },
): Promise<Caller> {
  const answer = await send({
    method: "POST",
    url: `${target.urls.identity}/v3/auth/tokens`,
    body: passwordAuth(user.username, user.password, user.projectName),
  });
  if (answer.status !== 201) throw new Error(`${user.username} cannot log in: ${answer.status} ${answer.text}`);
  return {
    name,
    token: String(answer.headers["x-subject-token"]),
    userId: text(answer.body, "token", "user", "id"),
    projectId: text(answer.body, "token", "project", "id"),
  };
}

/** The service that a path belongs to. */
export function serviceOf(path: string): Service {
  if (path.startsWith("/v3") || path === "/") return "identity";
  return path.startsWith("/v2/") || path === "/v2" ? "load-balancer" : "network";
}

/** One request as somebody. */
export function ask(
  target: Target,
  caller: Caller | undefined,
  method: string,
  path: string,
  body?: Json,
  headers: Readonly<Record<string, string>> = {},
  service: Service = serviceOf(path),
): Promise<Answer> {
  return send({
    method,
    url: target.urls[service] + path,
    body,
    headers: { ...(caller === undefined ? {} : { "X-Auth-Token": caller.token }), ...headers },
  });
}
