import { NOBODY, podNetwork, PORTS } from "./harness/fixtures.ts";
import { type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, podNetwork);

contract("an address that is taken is a conflict", async (c, s) => {
  const port = { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.200" }] };
  await c.check(c.world.kuryr, "POST", PORTS, { port });
  await c.check(c.world.kuryr, "POST", PORTS, { port });
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: { ...port, fixed_ips: [{ subnet_id: s.subnet, ip_address: "10.60.0.200" }] },
  });
});

contract("the gateway's address is taken", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: { network_id: s.network, fixed_ips: [{ subnet_id: s.subnet, ip_address: "10.60.0.1" }] },
  });
});

contract("an address outside of the subnet is invalid", async (c, s) => {
  const fixed = (one: { readonly [key: string]: Json }) => ({ port: { network_id: s.network, fixed_ips: [one] } });
  await c.check(c.world.kuryr, "POST", PORTS, fixed({ subnet_id: s.subnet, ip_address: "10.99.0.1" }));
  await c.check(c.world.kuryr, "POST", PORTS, fixed({ ip_address: "10.99.0.1" }));
  await c.check(c.world.kuryr, "POST", PORTS, fixed({ subnet_id: s.subnet, ip_address: "10.60.0.255" }));
  await c.check(c.world.kuryr, "POST", PORTS, fixed({ ip_address: "nonsense" }));
});

contract("a MAC that is taken on the network is a conflict", async (c, s) => {
  const port = { network_id: s.network, mac_address: "fa:16:3e:00:00:01" };
  await c.check(c.world.kuryr, "POST", PORTS, { port });
  await c.check(c.world.kuryr, "POST", PORTS, { port });
  await c.check(c.world.kuryr, "POST", PORTS, { port: { ...port, mac_address: "nonsense" } });
});

contract("an unknown network, subnet or group is not found", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: NOBODY } });
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, fixed_ips: [{ subnet_id: NOBODY }] } });
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, security_groups: [NOBODY] } });
});

contract("a subnet of another network is invalid", async (c, s) => {
  const network = await c.make(c.world.kuryr, "/v2.0/networks", "network", { name: "second" }, "second network");
  const subnet = await c.make(
    c.world.kuryr,
    "/v2.0/subnets",
    "subnet",
    { network_id: network, ip_version: 4, cidr: "10.61.0.0/24" },
    "second subnet",
  );
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, fixed_ips: [{ subnet_id: subnet }] } });
});

contract("attributes are checked before anything else", async (c, s) => {
  const wrong: readonly { readonly [key: string]: Json }[] = [
    { security_groups: ["foo"] },
    { security_groups: "foo" },
    { security_groups: [s.group, s.group] },
    { foo: 1 },
    { foo: 1, bar: 2 },
    { tags: "x" },
    { tags: ["x".repeat(256)] },
    { tags: [1] },
    { tags: ["a", "a"] },
    { tags: ["a,b"] },
    { name: "n".repeat(256) },
    { name: 7 },
    { name: null },
    { description: "d".repeat(256) },
    { device_id: "d".repeat(256) },
    { device_owner: "d".repeat(256) },
    { admin_state_up: "perhaps" },
    { admin_state_up: "false" },
    { fixed_ips: "x" },
    { fixed_ips: [{ foo: 1 }] },
    { fixed_ips: [{ subnet_id: "x" }] },
    { fixed_ips: ["x"] },
    { fixed_ips: [{}] },
    { fixed_ips: [{ ip_address: "10.60.0.241" }, { ip_address: "10.60.0.241" }] },
    { allowed_address_pairs: [{ ip_address: "foo" }] },
    { allowed_address_pairs: [{}] },
    { allowed_address_pairs: "x" },
    { allowed_address_pairs: [{ ip_address: "10.60.0.240" }, { ip_address: "10.60.0.240" }] },
    { allowed_address_pairs: [{ ip_address: "10.60.0.240", mac_address: "fa:16:3e:11:11:11" }] },
    { port_security_enabled: "x" },
    { "binding:vnic_type": "nonsense" },
    { "binding:profile": { a: 1 } },
    { id: NOBODY },
    { status: "ACTIVE" },
    { revision_number: 3 },
    { created_at: "x" },
    { project_id: "x" },
    { network_id: "x" },
    { extra_dhcp_opts: "x" },
    { dns_name: "x y" },
  ];
  for (const one of wrong) await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, ...one } });
  await c.check(c.world.kuryr, "POST", PORTS, { port: {} });
  await c.check(c.world.kuryr, "POST", PORTS, {});
  await c.check(c.world.kuryr, "POST", PORTS, { network: {} });
  await c.check(c.world.kuryr, "POST", PORTS, { port: [] });
  await c.check(c.world.kuryr, "POST", PORTS, { port: "x" });
  await c.check(c.world.kuryr, "POST", PORTS, [] as Json);
  await c.check(c.world.kuryr, "POST", PORTS, "{");
  await c.check(c.world.kuryr, "POST", PORTS, "");
});

contract("an unknown port is not found", async (c) => {
  await c.check(c.world.kuryr, "GET", `${PORTS}/${NOBODY}`);
  await c.check(c.world.kuryr, "GET", `${PORTS}/foo`);
  await c.check(c.world.kuryr, "PUT", `${PORTS}/${NOBODY}`, { port: { name: "x" } });
  await c.check(c.world.kuryr, "DELETE", `${PORTS}/${NOBODY}`);
  await c.check(c.world.kuryr, "DELETE", `${PORTS}/foo`);
  await c.check(c.world.kuryr, "PATCH", `${PORTS}/${NOBODY}`, {});
  await c.check(c.world.kuryr, "POST", `${PORTS}/${NOBODY}`, { port: {} });
});

contract("a network without a subnet gives ports without addresses", async (c) => {
  const network = await c.make(c.world.kuryr, "/v2.0/networks", "network", { name: "bare" }, "bare network");
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: network } });
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: { network_id: network, fixed_ips: [{ ip_address: "10.0.0.5" }] },
  });
});

contract("a subnet runs out of addresses", async (c) => {
  const { kuryr } = c.world;
  const network = await c.make(kuryr, "/v2.0/networks", "network", { name: "tiny" }, "tiny network");
  const body = { network_id: network, ip_version: 4, cidr: "10.62.0.0/29", enable_dhcp: false };
  const subnet = await c.make(kuryr, "/v2.0/subnets", "subnet", body, "tiny subnet");
  const port = { network_id: network };
  await c.arrange(kuryr, "POST", PORTS, { ports: [port, port, port] });
  await c.check(kuryr, "POST", PORTS, { ports: [port, port, port] });
  // Zed has lost the two addresses that were left: what a refused bulk had allocated does not come back.
  await c.check(kuryr, "POST", PORTS, { ports: [port, port] });
  await c.check(kuryr, "POST", PORTS, { port });
  await c.check(kuryr, "POST", PORTS, { port: { ...port, fixed_ips: [{ subnet_id: subnet }] } });
});

contract("a quota ends the making of ports", async (c, s) => {
  const { admin, kuryr } = c.world;
  const path = `/v2.0/quotas/${kuryr.projectId}`;
  const listed = await c.arrange(kuryr, "GET", `${PORTS}?project_id=${kuryr.projectId}&fields=id`);
  const used = (listed as { ports: Json[] }).ports.length;
  await c.arrange(admin, "PUT", path, { quota: { port: used + 1 } });
  c.onEnd(async () => void (await c.arrange(admin, "DELETE", path)));
  await c.check(kuryr, "POST", PORTS, { ports: [{ network_id: s.network }, { network_id: s.network }] });
  await c.check(kuryr, "POST", PORTS, { port: { network_id: s.network, name: "last" } });
  await c.check(kuryr, "POST", PORTS, { port: { network_id: s.network } });
});
