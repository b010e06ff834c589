import { existsSync, writeFileSync } from "node:fs";

import { connect, type Cloud } from "@kuryr/openstack";

import { stateOf } from "../layout.ts";
import type { Step } from "../supervisor/unit.ts";
import { endpoints, region } from "./endpoints.ts";
import type { Release } from "./releases.ts";
import { secrets } from "./secrets.ts";

/** The roles of Kuryr's user in its own project: no administrator among them. */
export const kuryrRoles = ["member", "load-balancer_member", "kuryr"] as const;

/** A connection as the administrator. */
export function adminCloud(): Cloud {
  return connect({
    auth: {
      type: "password",
      authUrl: endpoints.keystone.url,
      username: "admin",
      password: secrets().admin,
      userDomainName: "Default",
      projectName: "admin",
      projectDomainName: "Default",
    },
    region,
  });
}

/** A connection as Kuryr's own user. */
export function kuryrCloud(): Cloud {
  return connect({
    auth: {
      type: "password",
      authUrl: endpoints.keystone.url,
      username: "kuryr",
      password: secrets().kuryr,
      userDomainName: "Default",
      projectName: "kuryr",
      projectDomainName: "Default",
    },
    region,
  });
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Finds an identity resource by name, or makes it. */
async function ensure(cloud: Cloud, plural: string, singular: string, name: string, body: object): Promise<string> {
  const listed = await cloud.request("identity", "GET", `/v3/${plural}`, { query: { name } });
  const found = (listed.body as Record<string, readonly Named[]>)[plural]?.find((one) => one.name === name);
  if (found !== undefined) return found.id;
  const made = await cloud.request("identity", "POST", `/v3/${plural}`, { body: { [singular]: { name, ...body } } });
  const one = (made.body as Record<string, Named>)[singular];
  if (one === undefined) throw new Error(`Keystone made ${singular} ${name} and did not return it`);
  return one.id;
}

async function ensureService(cloud: Cloud, type: string, name: string, url: string): Promise<void> {
  const service = await ensure(cloud, "services", "service", name, { type });
  const { body } = await cloud.request("identity", "GET", "/v3/endpoints", { query: { service_id: service } });
  const there = new Set((body as { endpoints: { interface: string }[] }).endpoints.map((e) => e.interface));
  for (const kind of ["public", "internal"]) {
    if (there.has(kind)) continue;
    const endpoint = { interface: kind, service_id: service, region_id: region, url };
    await cloud.request("identity", "POST", "/v3/endpoints", { body: { endpoint } });
  }
}

/** Users, projects, roles, services and endpoints, through the API in one process: the CLI costs seconds a call. */
export function identityStep(release: Release): Step {
  const mark = stateOf("keystone", `.identity-${release.name}`);
  return {
    kind: "step",
    name: "identity",
    area: "cloud",
    needs: ["keystone"],
    timeoutMs: 60_000,
    isDone: async () => existsSync(mark),
    run: async ({ signal }) => {
      const cloud = adminCloud();
      const domain = "default";
      const passwords = secrets();
      const project = async (name: string): Promise<string> =>
        ensure(cloud, "projects", "project", name, { domain_id: domain });
      const user = async (name: "neutron" | "octavia" | "kuryr"): Promise<string> =>
        ensure(cloud, "users", "user", name, { domain_id: domain, password: passwords[name] });
      const grant = async (projectId: string, userId: string, roles: readonly string[]): Promise<void> => {
        for (const role of roles) {
          const roleId = await ensure(cloud, "roles", "role", role, {});
          await cloud.request("identity", "PUT", `/v3/projects/${projectId}/users/${userId}/roles/${roleId}`, {
            signal,
          });
        }
      };
      // One request at a time: what is found missing is made once, and a worker of Keystone that gets two at its very
      // first refuses the second (docs/decisions/0003).
      const servicesProject = await project("service");
      for (const name of ["neutron", "octavia"] as const)
        await grant(servicesProject, await user(name), ["admin", "service"]);
      await ensureService(cloud, "network", "neutron", endpoints.neutron.url);
      await ensureService(cloud, "load-balancer", "octavia", endpoints.octavia.url);
      await grant(await project("kuryr"), await user("kuryr"), kuryrRoles);
      writeFileSync(mark, "");
    },
  };
}
