import { balancerNetworks, NOBODY, poolOf, POOLS, ready, thenSettled, type Body } from "./harness/fixtures.ts";
import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, balancerNetworks);

contract("a member is made, shown, changed and deleted", async (c, { vip, pods }) => {
  const { kuryr, other } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const member = { name: "m", address: "10.61.0.20", protocol_port: 8080, subnet_id: pods, weight: 3, tags: ["a"] };
  const made = await thenSettled(c, lb, "POST", members, { member });
  const id = text(made.body, "member", "id");
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "GET", `${POOLS}/${pool}`);
  await c.check(other, "GET", `${members}/${id}`);
  await thenSettled(c, lb, "POST", members, { member });
  await thenSettled(c, lb, "PUT", `${members}/${id}`, { member: { name: "new", weight: 0 } });
  await c.check(kuryr, "GET", `${members}?name=new`);
  await thenSettled(c, lb, "PUT", `${members}/${id}`, { member: { admin_state_up: false } });
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "PUT", `${members}/${id}`, { member: { address: "10.61.0.21" } });
  await c.check(other, "DELETE", `${members}/${id}`);
  await thenSettled(c, lb, "DELETE", `${members}/${id}`);
  await c.check(kuryr, "GET", `${members}/${id}`);
  await c.check(kuryr, "DELETE", `${members}/${NOBODY}`);
  await c.check(kuryr, "GET", `${POOLS}/${NOBODY}/members`);
});

contract("a member's attributes are checked", async (c, { vip, pods, six }) => {
  const { kuryr, reader } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const base = { address: "10.61.0.20", protocol_port: 8080, subnet_id: pods };
  const wrong: readonly Body[] = [
    { address: "foo" },
    { address: "fd00:60::7", subnet_id: six },
    { subnet_id: NOBODY },
    { subnet_id: "x" },
    { protocol_port: 0 },
    { protocol_port: 65536 },
    { weight: 257 },
    { weight: -1 },
    { foo: 1 },
    { monitor_address: "x" },
    { name: "n".repeat(256) },
    { backup: true },
  ];
  for (const one of wrong) await thenSettled(c, lb, "POST", members, { member: { ...base, ...one } });
  await thenSettled(c, lb, "POST", members, { member: { address: "10.61.0.30", protocol_port: 80 } });
  await thenSettled(c, lb, "POST", members, { member: { address: "10.60.0.30", protocol_port: 80 } });
  await c.check(kuryr, "POST", members, { member: { protocol_port: 80 } });
  await c.check(kuryr, "POST", members, { member: { address: "10.61.0.31" } });
  await c.check(kuryr, "POST", members, {});
  await c.check(reader, "POST", members, { member: base });
  await c.check(kuryr, "POST", `${POOLS}/${NOBODY}/members`, { member: base });
});

contract("members are set together", async (c, { vip, pods }) => {
  const { kuryr } = c.world;
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const members = `${POOLS}/${pool}/members`;
  const member = (last: number, more: Body = {}) => ({
    address: `10.61.0.${last}`,
    protocol_port: 8080,
    subnet_id: pods,
    ...more,
  });
  // Not even a whole tree that is ACTIVE means that members which a batch takes away are gone.
  const set = async (list: Json, left: readonly string[], query = ""): Promise<void> => {
    await c.check(kuryr, "PUT", members + query, { members: list });
    const addresses = left
      .map((last) => `10.61.0.${last}`)
      .sort()
      .join();
    await c.until(kuryr, `${members}?fields=address&fields=provisioning_status`, (body) => {
      const listed = (body as { members: { address: string; provisioning_status: string }[] }).members;
      const done = listed.every((one) => one.provisioning_status === "ACTIVE");
      return (
        done &&
        listed
          .map((one) => one.address)
          .sort()
          .join() === addresses
      );
    });
    await c.settled(lb);
    await c.check(kuryr, "GET", `${members}?fields=address&fields=name&fields=weight&fields=provisioning_status`);
  };
  await set([member(1), member(2, { name: "two", weight: 5, tags: ["t"] })], ["1", "2"]);
  await set([member(2), member(3)], ["2", "3"]);
  await set([member(4)], ["2", "3", "4"], "?additive_only=true");
  const before = ["2", "3", "4"];
  await set([member(5), member(5)], before);
  await set([{ address: "10.61.0.6", protocol_port: 80 }], before);
  await set([member(7, { subnet_id: NOBODY })], before);
  await set([{ address: "x", protocol_port: 80 }], before);
  await set("x", before);
  await set([member(2, { foo: 1 })], before);
  await set([], []);
});

contract("a TCP health monitor is taken, an HTTP one is not", async (c, { vip }) => {
  const { kuryr } = c.world;
  const path = "/v2/lbaas/healthmonitors";
  const lb = await ready(c, { name: "lb", vip_subnet_id: vip });
  const pool = await poolOf(c, lb);
  const base = { pool_id: pool, type: "TCP", delay: 5, timeout: 3, max_retries: 3 };
  await thenSettled(c, lb, "POST", path, { healthmonitor: { ...base, type: "HTTP" } });
  await thenSettled(c, lb, "POST", path, { healthmonitor: { ...base, type: "X" } });
  await thenSettled(c, lb, "POST", path, { healthmonitor: { ...base, pool_id: NOBODY } });
  await thenSettled(c, lb, "POST", path, { healthmonitor: { pool_id: pool, type: "TCP" } });
  const made = await thenSettled(c, lb, "POST", path, {
    healthmonitor: { ...base, name: "hm", tags: ["a"], timeout: 9 },
  });
  const id = text(made.body, "healthmonitor", "id");
  await c.check(kuryr, "GET", `${path}/${id}`);
  await thenSettled(c, lb, "POST", path, { healthmonitor: base });
  await thenSettled(c, lb, "PUT", `${path}/${id}`, { healthmonitor: { delay: 7 } });
  await c.check(kuryr, "GET", `${path}?pool_id=${pool}&fields=delay`);
  await thenSettled(c, lb, "DELETE", `${path}/${id}`);
  await c.check(kuryr, "GET", `${path}/${id}`);
});
