import { NOBODY, podNetwork, PORTS } from "./harness/fixtures.ts";
import { text, type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, podNetwork);

contract("a port needs only a network", async (c, { network }) => {
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: network } });
});

contract("a pod's port has host, tags, description, device and groups from the call that makes it", async (c, s) => {
  const made = await c.check(c.world.kuryr, "POST", PORTS, {
    port: {
      name: "web-0",
      network_id: s.network,
      fixed_ips: [{ subnet_id: s.subnet }],
      security_groups: [s.group],
      "binding:host_id": "node1",
      device_owner: "compute:kuryr",
      device_id: "uid-of-the-pod",
      description: "kuryr:cluster:pod/default/web-0",
      tags: ["kuryr", "cluster=one"],
      admin_state_up: true,
    },
  });
  const id = text(made.body, "port", "id");
  await c.check(c.world.kuryr, "GET", `${PORTS}/${id}`);
  await c.check(c.world.admin, "GET", `${PORTS}/${id}`);
  await c.check(c.world.member, "GET", `${PORTS}/${id}`);
  await c.check(c.world.reader, "GET", `${PORTS}/${id}`);
  await c.check(c.world.other, "GET", `${PORTS}/${id}`);
  await c.check(c.world.kuryr, "DELETE", `${PORTS}/${id}`);
  await c.check(c.world.kuryr, "GET", `${PORTS}/${id}`);
});

contract("a host that the cloud does not know fails the binding, not the port", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, "binding:host_id": "no-such-host" } });
});

contract("a member without the role kuryr may not bind", async (c, s) => {
  await c.check(c.world.member, "POST", PORTS, { port: { network_id: s.network, "binding:host_id": "node1" } });
});

contract("a reader makes, changes and deletes no port", async (c, s) => {
  const { kuryr, reader } = c.world;
  await c.check(reader, "POST", PORTS, { port: { network_id: s.network } });
  const id = await c.make(kuryr, PORTS, "port", { network_id: s.network }, "port");
  await c.check(reader, "PUT", `${PORTS}/${id}`, { port: { name: "x" } });
  await c.check(reader, "DELETE", `${PORTS}/${id}`);
});

contract("another project's ports are not there", async (c, s) => {
  const id = await c.make(c.world.kuryr, PORTS, "port", { network_id: s.network }, "port");
  await c.check(c.world.other, "PUT", `${PORTS}/${id}`, { port: { name: "x" } });
  await c.check(c.world.other, "DELETE", `${PORTS}/${id}`);
  await c.check(c.world.other, "POST", PORTS, { port: { network_id: s.network } });
  await c.check(c.world.other, "GET", PORTS);
});

contract("a member deletes no port of a compute device", async (c, s) => {
  const port = { network_id: s.network, device_owner: "compute:kuryr" };
  const id = await c.make(c.world.kuryr, PORTS, "port", port, "port");
  await c.check(c.world.member, "DELETE", `${PORTS}/${id}`);
});

contract("an address pair without a MAC is taken", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: {
      network_id: s.network,
      allowed_address_pairs: [{ ip_address: "10.60.0.77" }, { ip_address: "10.70.0.0/16" }],
    },
  });
});

contract("an address pair with a MAC that is not the port's own is taken from an unbound port only", async (c, s) => {
  const { kuryr } = c.world;
  const make = (name: string, more: { readonly [key: string]: Json }) =>
    c.check(kuryr, "POST", PORTS, { port: { name, network_id: s.network, ...more } });
  const pair = (mac: string) => ({ allowed_address_pairs: [{ ip_address: "10.60.0.210", mac_address: mac }] });
  const unbound = await make("unbound", pair("fa:16:3e:22:22:22"));
  await make("bound", { ...pair("fa:16:3e:22:22:22"), "binding:host_id": "node1" });
  await make("bound-vrrp", { ...pair("00:00:5e:00:01:07"), "binding:host_id": "node1" });
  await c.check(kuryr, "GET", `${PORTS}?name=bound&fields=name`);
  const id = text(unbound.body, "port", "id");
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: { name: "renamed" } });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: pair("fa:16:3e:22:22:23") });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: pair("00:00:5e:00:01:08") });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: pair("00:00:5e:00:02:08") });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: pair("nonsense") });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: { "binding:host_id": "node1" } });
});

contract("a port whose address is in another port's address pairs is bound all the same", async (c, s) => {
  const { kuryr } = c.world;
  const pair = { network_id: s.network, allowed_address_pairs: [{ ip_address: "10.60.0.211" }] };
  await c.make(kuryr, PORTS, "port", pair, "parent");
  const port = { network_id: s.network, fixed_ips: [{ subnet_id: s.subnet, ip_address: "10.60.0.211" }] };
  const made = await c.check(kuryr, "POST", PORTS, { port });
  await c.check(kuryr, "PUT", `${PORTS}/${text(made.body, "port", "id")}`, { port: { "binding:host_id": "node1" } });
  await c.arrange(kuryr, "DELETE", `${PORTS}/${text(made.body, "port", "id")}`);
  await c.check(kuryr, "POST", PORTS, { port: { ...port, "binding:host_id": "node1" } });
});

contract("a port has ten addresses and more", async (c, s) => {
  const fixed_ips = Array.from({ length: 11 }, (_, at) => ({ ip_address: `10.60.0.${220 + at}` }));
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, fixed_ips } });
});

contract("a port without groups, and one without port security", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, security_groups: [] } });
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: { network_id: s.network, security_groups: [], port_security_enabled: false },
  });
  await c.check(c.world.kuryr, "POST", PORTS, {
    port: { network_id: s.network, security_groups: [s.group], port_security_enabled: false },
  });
});

contract("a port without addresses", async (c, s) => {
  await c.check(c.world.kuryr, "POST", PORTS, { port: { network_id: s.network, fixed_ips: [] } });
});

contract("several ports are made in one call, tags and hosts of each its own", async (c, s) => {
  const port = (name: string, more: { readonly [key: string]: Json }) => ({ name, network_id: s.network, ...more });
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [
      port("a", { tags: ["a"], "binding:host_id": "node1", fixed_ips: [{ ip_address: "10.60.0.150" }] }),
      port("b", { tags: ["b1", "b2"], "binding:host_id": "node2", security_groups: [s.group] }),
      port("c", { device_owner: "compute:kuryr", description: "pool" }),
    ],
  });
});

contract("several ports for compute devices, and not, bound and not, are made in one call", async (c, s) => {
  const base = { network_id: s.network };
  const compute = { ...base, device_owner: "compute:kuryr" };
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [
      { ...compute, name: "a" },
      { ...compute, name: "b", "binding:host_id": "node1" },
      { ...base, name: "c" },
      { ...base, name: "d", "binding:host_id": "node1", tags: ["t"] },
      { ...base, name: "e", tags: ["t"] },
      { ...base, name: "f", description: "d", device_id: "x" },
    ],
  });
  await c.check(c.world.kuryr, "POST", PORTS, { ports: [{ ...compute, name: "g" }] });
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [
      { ...compute, name: "h" },
      { ...compute, name: "i" },
    ],
  });
});

contract("several ports are made together or not at all", async (c, s) => {
  await c.arrange(c.world.kuryr, "POST", PORTS, {
    port: { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.160" }] },
  });
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [
      { name: "left", network_id: s.network },
      { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.160" }] },
    ],
  });
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [
      { name: "left", network_id: s.network },
      { network_id: s.network, security_groups: [NOBODY] },
    ],
  });
  await c.check(c.world.kuryr, "POST", PORTS, {
    ports: [{ name: "left", network_id: s.network }, { network_id: NOBODY }],
  });
  await c.check(c.world.kuryr, "POST", PORTS, { ports: [{ name: "left", network_id: s.network }, { foo: 1 }] });
  await c.check(c.world.kuryr, "GET", `${PORTS}?name=left`);
  await c.check(c.world.kuryr, "POST", PORTS, { ports: [] });
  await c.check(c.world.kuryr, "POST", PORTS, { ports: {} });
  await c.check(c.world.kuryr, "PUT", PORTS, { ports: [] });
  await c.check(c.world.kuryr, "DELETE", PORTS);
});
