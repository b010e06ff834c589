import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";
import type { Case } from "./harness/suite.ts";

const LBS = "/v2/lbaas/loadbalancers";
const LISTENERS = "/v2/lbaas/listeners";
const POOLS = "/v2/lbaas/pools";
type Body = { readonly [key: string]: Json };

/** The fake is slow here as the real one is, so that it is surely at work when it is asked again. */
const slow = { providerPaceMs: 250 };

const { contract } = suite(
  import.meta.filename,
  async (c) => {
    const { kuryr } = c.world;
    const make = async (name: string, cidr: string) => {
      const network = await c.make(kuryr, "/v2.0/networks", "network", { name }, `${name} network`);
      const body = { name, network_id: network, ip_version: 4, cidr, enable_dhcp: false };
      return c.make(kuryr, "/v2.0/subnets", "subnet", body, `${name} subnet`);
    };
    return { vip: await make("vip", "10.60.0.0/24"), pods: await make("pods", "10.61.0.0/24") };
  },
  slow,
);

/** A load balancer that is done. */
async function ready(c: Case, body: Body): Promise<string> {
  const id = await c.make(c.world.kuryr, LBS, "loadbalancer", body, "lb");
  await c.settled(id);
  return id;
}

async function poolOf(c: Case, lb: string): Promise<string> {
  const pool = { name: "p", loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" };
  const made = await c.arrange(c.world.kuryr, "POST", POOLS, { pool });
  await c.settled(lb);
  const id = text(made, "pool", "id");
  c.normaliser.name(id, "pool");
  return id;
}

contract("nothing is changed while a load balancer is being made", async (c, { vip }) => {
  // One question for each load balancer: the time that it is at work is short.
  const busy = async (
    name: string,
    method: string,
    path: (lb: string) => string,
    body?: (lb: string) => Json,
  ): Promise<void> => {
    const lb = await c.make(c.world.kuryr, LBS, "loadbalancer", { vip_subnet_id: vip }, name);
    await c.check(c.world.kuryr, method, path(lb), body?.(lb));
    await c.settled(lb);
  };
  const itself = (lb: string) => `${LBS}/${lb}`;
  await busy("lb 1", "PUT", itself, () => ({ loadbalancer: { name: "x" } }));
  await busy("lb 2", "DELETE", itself);
  await busy("lb 3", "DELETE", (lb) => `${LBS}/${lb}?cascade=true`);
  await busy(
    "lb 4",
    "POST",
    () => LISTENERS,
    (lb) => ({
      listener: { loadbalancer_id: lb, protocol: "TCP", protocol_port: 81 },
    }),
  );
  await busy(
    "lb 5",
    "POST",
    () => POOLS,
    (lb) => ({
      pool: { loadbalancer_id: lb, protocol: "TCP", lb_algorithm: "SOURCE_IP_PORT" },
    }),
  );
});

contract("nothing is changed while a load balancer is at work on a member", async (c, { vip, pods }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const made = await c.arrange(kuryr, "POST", LISTENERS, {
    listener: { loadbalancer_id: lb, protocol: "TCP", protocol_port: 80 },
  });
  const listener = text(made, "listener", "id");
  c.normaliser.name(listener, "listener");
  await c.settled(lb);
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  let last = 90;
  const add = () =>
    c.arrange(kuryr, "POST", members, { member: { address: `10.61.0.${last++}`, protocol_port: 80, subnet_id: pods } });
  const first = text(await add(), "member", "id");
  c.normaliser.name(first, "member");
  await c.settled(lb);
  const busy = async (method: string, path: string, body?: Json): Promise<void> => {
    await add();
    await c.check(kuryr, method, path, body);
    await c.settled(lb);
  };
  await busy("PUT", `${LISTENERS}/${listener}`, { listener: { name: "x" } });
  await busy("DELETE", `${LISTENERS}/${listener}`);
  await busy("PUT", `${POOLS}/${pool}`, { pool: { name: "x" } });
  await busy("DELETE", `${POOLS}/${pool}`);
  await busy("POST", members, { member: { address: "10.61.0.200", protocol_port: 80, subnet_id: pods } });
  await busy("PUT", `${members}/${first}`, { member: { name: "x" } });
  await busy("DELETE", `${members}/${first}`);
  await busy("PUT", members, { members: [] });
  await busy("PUT", `${LBS}/${lb}`, { loadbalancer: { name: "x" } });
  await busy("DELETE", `${LBS}/${lb}?cascade=true`);
  await busy("POST", "/v2/lbaas/healthmonitors", {
    healthmonitor: { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 },
  });
});
