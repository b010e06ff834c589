import type { TestContext } from "node:test";

import { connect, type Cloud, type CloudOptions } from "@kuryr/openstack";

import { startOpenStack, type FakeOpenStack, type OpenStackOptions } from "../index.ts";

/** A fake cloud and a client that is Kuryr's user there; both end with the test. */
export async function startedCloud(
  t: TestContext,
  options: OpenStackOptions = {},
  client: Partial<CloudOptions> = {},
): Promise<{ readonly fake: FakeOpenStack; readonly cloud: Cloud; readonly administrator: Cloud }> {
  const fake = await startOpenStack(options);
  const as = (user: FakeOpenStack["admin"]): Cloud =>
    connect({
      auth: {
        type: "password",
        authUrl: fake.authUrl,
        ...user,
        userDomainName: "Default",
        projectDomainName: "Default",
      },
      region: fake.region,
      retry: { baseMs: 1 },
      ...client,
    });
  const cloud = as(fake.kuryr);
  const administrator = as(fake.admin);
  t.after(async () => {
    cloud.close();
    administrator.close();
    await fake.stop();
  });
  return { fake, cloud, administrator };
}

/** A network and a subnet of it. */
export async function withSubnet(cloud: Cloud, cidr = "10.1.0.0/24") {
  const network = await cloud.network.networks.create({ name: "net" });
  const subnet = await cloud.network.subnets.create({ network_id: network.id, ip_version: 4, cidr });
  return { network, subnet };
}
