import { startOpenStack } from "@kuryr/fakes";
import { connect } from "@kuryr/openstack";

const ID = "00000000-0000-0000-0000-000000000000";

/** What each verb of the client is called with; what comes of it does not matter, only what it asks. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  list: [],
  get: [ID],
  find: [ID],
  create: [{}],
  createMany: [[{}]],
  createMarked: [{}, { name: "mark" }],
  update: [ID, {}],
  delete: [ID, { cascade: true }],
  setTags: [ID, []],
  addTag: [ID, "tag"],
  removeTag: [ID, "tag"],
  addInterface: [ID, {}],
  removeInterface: [ID, {}],
  setGateway: [ID, null],
  details: [ID],
  aliases: [],
  reset: [ID],
  addSubports: [ID, []],
  removeSubports: [ID, [ID]],
  subports: [ID],
  addAddresses: [ID, []],
  removeAddresses: [ID, []],
  statusTree: [ID],
  statistics: [ID],
  failover: [ID],
  replaceAll: [[]],
  providers: [],
};
/** These give the verbs of what is inside of one thing. */
const INSIDE: ReadonlySet<string> = new Set([
  "members",
  "l7Rules",
  "bandwidthLimitRules",
  "dscpMarkingRules",
  "minimumBandwidthRules",
]);

/** Of these the client's types let nobody call more than what reads. */
const READ_ONLY: ReadonlySet<string> = new Set(["agents", "flavors"]);
const READS: ReadonlySet<string> = new Set(["list", "get", "find"]);

function* verbs(value: unknown, name: string): Generator<readonly [string, (...given: readonly unknown[]) => unknown]> {
  if (typeof value === "function") {
    const verb = value as (...given: readonly unknown[]) => unknown;
    if (INSIDE.has(name)) yield* verbs(verb(ID), name);
    else yield [name, verb];
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (!READ_ONLY.has(name) || READS.has(key)) yield* verbs(inner, key);
    }
  }
}

/**
 * Everything that the client can ask of Neutron, Octavia and Keystone, by the names under which it counts it.
 * @throws when it has a verb whose arguments are not known here
 */
export async function clientOperations(): Promise<ReadonlySet<string>> {
  const fake = await startOpenStack();
  const operations = new Set<string>();
  const cloud = connect({
    auth: {
      type: "password",
      authUrl: fake.authUrl,
      ...fake.admin,
      userDomainName: "Default",
      projectDomainName: "Default",
    },
    retry: { attempts: 1 },
    onRequest: ({ operation }) => operations.add(operation),
  });
  try {
    for (const [name, verb] of verbs({ network: cloud.network, loadBalancer: cloud.loadBalancer }, "")) {
      const given = ARGUMENTS[name];
      if (given === undefined) throw new Error(`the client has a verb ${name}: say here what to call it with`);
      // Most of these are refused, as they should be.
      await Promise.resolve(verb(...given)).catch(() => undefined);
    }
  } finally {
    cloud.close();
    await fake.stop();
  }
  return operations;
}
