import { NOBODY, podNetwork, PORTS } from "./harness/fixtures.ts";
import { type Json } from "./harness/http.ts";
import { suite } from "./harness/suite.ts";

const { contract } = suite(import.meta.filename, podNetwork);

contract("a port's name, device, groups, addresses and host change", async (c, s) => {
  const { kuryr } = c.world;
  const id = await c.make(
    kuryr,
    PORTS,
    "port",
    { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.170" }] },
    "port",
  );
  const put = (port: { readonly [key: string]: Json }) => c.check(kuryr, "PUT", `${PORTS}/${id}`, { port });
  await put({ name: "new", device_id: "pod", device_owner: "compute:kuryr", description: "d" });
  await put({ security_groups: [s.group] });
  await put({ fixed_ips: [{ ip_address: "10.60.0.171" }, { ip_address: "10.60.0.172" }] });
  await put({ "binding:host_id": "node1" });
  await put({ "binding:host_id": "node2" });
  await put({ "binding:host_id": "" });
  await put({ admin_state_up: false });
  await put({ allowed_address_pairs: [{ ip_address: "10.60.0.0/24" }] });
  await put({ security_groups: [] });
  await put({});
  await put({ dns_name: "web" });
});

contract("a change of a port is checked as its making is", async (c, s) => {
  const { kuryr, member } = c.world;
  const taken = { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.180" }] };
  await c.make(kuryr, PORTS, "port", taken, "taken");
  const id = await c.make(
    kuryr,
    PORTS,
    "port",
    { network_id: s.network, fixed_ips: [{ ip_address: "10.60.0.181" }] },
    "port",
  );
  const put = (port: { readonly [key: string]: Json }) => c.check(kuryr, "PUT", `${PORTS}/${id}`, { port });
  await put({ tags: ["x"] });
  await put({ network_id: NOBODY });
  await put({ id: NOBODY });
  await put({ status: "ACTIVE" });
  await put({ project_id: "x" });
  await put({ tenant_id: "x" });
  await put({ foo: 1 });
  await put({ fixed_ips: [{ ip_address: "10.60.0.180" }] });
  await put({ fixed_ips: [{ ip_address: "10.99.0.1" }] });
  await put({ fixed_ips: [{ subnet_id: NOBODY }] });
  await put({ security_groups: [NOBODY] });
  await put({ security_groups: ["x"] });
  await put({ name: "n".repeat(256) });
  await put({ revision_number: 9 });
  await put({ mac_address: "fa:16:3e:00:00:09" });
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, {});
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { ports: [] });
  await c.check(member, "PUT", `${PORTS}/${id}`, { port: { "binding:host_id": "node1" } });
  await c.check(member, "PUT", `${PORTS}/${id}`, { port: { mac_address: "fa:16:3e:00:00:08" } });
});

contract("the MAC of a bound port stays", async (c, s) => {
  const port = { network_id: s.network, "binding:host_id": "node1" };
  const id = await c.make(c.world.admin, PORTS, "port", port, "port");
  await c.check(c.world.admin, "PUT", `${PORTS}/${id}`, { port: { mac_address: "fa:16:3e:00:00:07" } });
});

contract("a stale revision is refused", async (c, s) => {
  const { kuryr } = c.world;
  const id = await c.make(kuryr, PORTS, "port", { network_id: s.network }, "port");
  const stale = { headers: { "If-Match": "revision_number=99" } };
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: { name: "x" } }, stale);
  await c.check(kuryr, "DELETE", `${PORTS}/${id}`, undefined, stale);
  const now = await c.arrange(kuryr, "GET", `${PORTS}/${id}?fields=revision_number`);
  const revision = (now as { port: { revision_number: number } }).port.revision_number;
  const fresh = { headers: { "If-Match": `revision_number=${revision}` } };
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: { name: "x" } }, fresh);
  await c.check(kuryr, "PUT", `${PORTS}/${id}`, { port: { name: "y" } }, { headers: { "If-Match": "nonsense" } });
  await c.check(kuryr, "PUT", `${PORTS}/${NOBODY}`, { port: { name: "x" } }, fresh);
});

contract("tags of a port are set, added, asked for and removed", async (c, s) => {
  const { kuryr, reader } = c.world;
  const id = await c.make(kuryr, PORTS, "port", { network_id: s.network, tags: ["old"] }, "port");
  const tags = `${PORTS}/${id}/tags`;
  await c.check(kuryr, "GET", tags);
  await c.check(kuryr, "PUT", tags, { tags: ["a", "b"] });
  await c.check(kuryr, "PUT", `${tags}/c`);
  await c.check(kuryr, "GET", `${tags}/c`);
  await c.check(kuryr, "GET", `${tags}/nosuch`);
  await c.check(kuryr, "DELETE", `${tags}/a`);
  await c.check(kuryr, "DELETE", `${tags}/a`);
  await c.check(kuryr, "PUT", tags, { tags: "x" });
  await c.check(kuryr, "PUT", tags, { tags: ["x".repeat(256)] });
  await c.check(kuryr, "PUT", tags, { nosuch: [] });
  await c.check(kuryr, "PUT", tags, { tags: ["d", "d"] });
  await c.check(reader, "PUT", tags, { tags: [] });
  await c.check(kuryr, "DELETE", tags);
  await c.check(kuryr, "GET", tags);
  await c.check(kuryr, "PUT", `${PORTS}/${NOBODY}/tags`, { tags: ["a"] });
  await c.check(kuryr, "GET", `${PORTS}/${NOBODY}/tags`);
  await c.check(kuryr, "DELETE", `${PORTS}/${NOBODY}/tags/a`);
  await c.check(kuryr, "POST", tags, { tags: ["later"] });
});
