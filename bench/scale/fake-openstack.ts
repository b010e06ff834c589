/**
 * OpenStack with a port of each of so many pods, in a process of its own; tells the parent, whenever it asks, how often
 * was asked of it:
 *
 *     fake-openstack.ts PODS NODES
 */
import { startOpenStack } from "@kuryr/fakes";
import { connect } from "@kuryr/openstack";

import { nodeName, portOf } from "./population.ts";

/** What the parent is told once all is there. */
export interface OpenStackFacts {
  readonly authUrl: string;
  readonly user: { readonly username: string; readonly password: string; readonly projectName: string };
  readonly networkId: string;
  readonly subnetId: string;
  readonly groupId: string;
}

/** Requests by name, such as `network GET /v2.0/ports`. */
export type Counts = Readonly<Record<string, number>>;

const [pods = 0, nodes = 0] = process.argv.slice(2).map(Number);
const cloud = await startOpenStack({ hosts: Array.from({ length: nodes }, (_, i) => nodeName(i)) });
const auth = { type: "password", authUrl: cloud.authUrl, userDomainName: "Default" } as const;
const client = connect({ auth: { ...auth, ...cloud.kuryr, projectDomainName: "Default" } });
const network = await client.network.networks.create({ name: "pods" });
const subnet = await client.network.subnets.create({
  network_id: network.id,
  ip_version: 4,
  cidr: "10.0.0.0/8",
  enable_dhcp: false,
});
const group = await client.network.securityGroups.create({ name: "pods" });
const sample = await client.network.ports.create({ network_id: network.id, security_groups: [group.id] });
const row = cloud.network.ports.get(sample.id);
if (row === undefined) throw new Error("the fake has lost a port");
await client.network.ports.delete(sample.id);
client.close();
cloud.network.quotas.set(row.project_id, { port: -1 });
for (let i = 0; i < pods; i += 1)
  cloud.network.ports.set({ ...row, "binding:vif_type": "ovs", ...portOf(i, { pods, nodes }, subnet.id) });
process.on("disconnect", () => process.exit());
process.on("message", () => process.send?.({ counts: Object.fromEntries(cloud.counts) }));
const facts: OpenStackFacts = {
  authUrl: cloud.authUrl,
  user: cloud.kuryr,
  networkId: network.id,
  subnetId: subnet.id,
  groupId: group.id,
};
process.send?.({ facts });
