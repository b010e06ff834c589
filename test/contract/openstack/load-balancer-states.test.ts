import { balancerNetworks, LBS, LISTENERS, poolOf, POOLS, ready } from "./harness/fixtures.ts";
import { text, type Json } from "./harness/http.ts";
import { suite, type Case } from "./harness/suite.ts";
import type { Provisioning } from "./harness/target.ts";

const MONITORS = "/v2/lbaas/healthmonitors";

const { contract } = suite(import.meta.filename, balancerNetworks);

interface Tree {
  readonly lb: string;
  readonly listener: string;
  readonly pool: string;
  readonly member: string;
  readonly pods: string;
}

/** A load balancer with one of each. */
async function tree(c: Case, vip: string, pods: string): Promise<Tree> {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const body = { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 };
  const listener = text(await c.arrange(kuryr, "POST", LISTENERS, { listener: body }), "listener", "id");
  c.normaliser.name(listener, "listener");
  await c.settled(lb);
  const pool = await poolOf(c, lb);
  const given = { address: "10.61.0.90", protocol_port: 80, subnet_id: pods };
  const made = await c.arrange(kuryr, "POST", `${POOLS}/${pool}/members`, { member: given });
  const member = text(made, "member", "id");
  c.normaliser.name(member, "member");
  await c.settled(lb);
  return { lb, listener, pool, member, pods };
}

/** All that changes a load balancer but its deletion. */
async function changes(c: Case, { lb, listener, pool, member, pods }: Tree): Promise<void> {
  const members = `${POOLS}/${pool}/members`;
  const ask = (method: string, path: string, body?: Json) => c.check(c.world.kuryr, method, path, body);
  await ask("PUT", `${LBS}/${lb}`, { loadbalancer: { name: "x" } });
  await ask("POST", LISTENERS, { listener: { loadbalancer_id: lb, protocol: "TCP", protocol_port: 81 } });
  await ask("PUT", `${LISTENERS}/${listener}`, { listener: { name: "x" } });
  await ask("DELETE", `${LISTENERS}/${listener}`);
  await ask("POST", POOLS, { pool: { loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" } });
  await ask("PUT", `${POOLS}/${pool}`, { pool: { name: "x" } });
  await ask("DELETE", `${POOLS}/${pool}`);
  await ask("POST", members, { member: { address: "10.61.0.200", protocol_port: 80, subnet_id: pods } });
  await ask("PUT", `${members}/${member}`, { member: { name: "x" } });
  await ask("DELETE", `${members}/${member}`);
  await ask("PUT", members, { members: [] });
  await ask("POST", MONITORS, { healthmonitor: { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 } });
  await ask("PUT", `${LBS}/${lb}/failover`);
}

for (const status of ["PENDING_CREATE", "PENDING_UPDATE", "PENDING_DELETE"] satisfies Provisioning[]) {
  contract(`a load balancer in ${status} takes no change, and no deletion either`, async (c, { vip, pods }) => {
    const made = await tree(c, vip, pods);
    await c.world.target.setProvisioning(made.lb, status);
    try {
      await changes(c, made);
      await c.check(c.world.kuryr, "DELETE", `${LBS}/${made.lb}`);
      await c.check(c.world.kuryr, "DELETE", `${LBS}/${made.lb}?cascade=true`);
      await c.check(c.world.kuryr, "GET", `${LBS}/${made.lb}/status`);
    } finally {
      await c.world.target.setProvisioning(made.lb, "ACTIVE");
    }
  });
}

contract("a load balancer in ERROR takes its deletion with all that is in it, and nothing else", async (c, shared) => {
  const made = await tree(c, shared.vip, shared.pods);
  await c.world.target.setProvisioning(made.lb, "ERROR");
  await changes(c, made);
  await c.check(c.world.kuryr, "GET", `${LBS}?provisioning_status=ERROR&fields=name`);
  await c.check(c.world.kuryr, "DELETE", `${LBS}/${made.lb}`);
  await c.check(c.world.kuryr, "DELETE", `${LBS}/${made.lb}?cascade=true`);
  await c.settled(made.lb);
  await c.check(c.world.kuryr, "GET", `${LBS}/${made.lb}`);
});
