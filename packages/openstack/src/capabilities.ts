import type { Cloud } from "./cloud.ts";
import { isKind, OpenStackError } from "./errors.ts";
import { isRecord } from "./request/listing.ts";
import type { CallOptions } from "./request/request.ts";

/** Kinds of objects whose creation is tried with tags. */
export type Taggable = "port" | "network" | "subnet" | "router" | "security_group" | "floatingip";

/** What a cloud can do. Some of it only says that the API knows a thing, not that the backend does it. */
export interface Capabilities {
  /** Aliases of Neutron's extensions. */
  readonly extensions: ReadonlySet<string>;
  /** Kinds that take tags in the request that creates them; the others need a second one. */
  readonly tagsOnCreate: ReadonlySet<Taggable>;
  /** Undefined when the cloud has no Octavia. */
  readonly loadBalancing:
    | {
        /** The newest minor version, such as [2, 27]. */
        readonly version: readonly [major: number, minor: number];
        readonly providers: ReadonlySet<string>;
      }
    | undefined;
}

const NONE = "00000000-0000-0000-0000-000000000000";
/** Texts may have 255 characters. */
const TOO_LONG = "x".repeat(256);

/** Creations that must be refused, all required attributes there, the last one too long. */
const PROBES: Readonly<Record<Taggable, readonly [path: string, body: Readonly<Record<string, unknown>>]>> = {
  port: ["/v2.0/ports", { network_id: NONE, name: TOO_LONG }],
  network: ["/v2.0/networks", { name: TOO_LONG }],
  subnet: ["/v2.0/subnets", { network_id: NONE, ip_version: 4, cidr: "192.0.2.0/24", name: TOO_LONG }],
  router: ["/v2.0/routers", { name: TOO_LONG }],
  security_group: ["/v2.0/security-groups", { name: TOO_LONG }],
  floatingip: ["/v2.0/floatingips", { floating_network_id: NONE, description: TOO_LONG }],
};

/**
 * Finds out what a cloud can do, by its lists and by creations with tags that it must refuse for another reason: the
 * extension list does not tell (ports take tags although no extension says so).
 *
 * @param kinds which to try with tags; none leaves `tagsOnCreate` empty and sends nothing but GETs.
 */
export async function discover(
  cloud: Cloud,
  kinds: readonly Taggable[] = ["port", "network"],
  options: CallOptions = {},
): Promise<Capabilities> {
  const [extensions, loadBalancing, ...accepted] = await Promise.all([
    cloud.network.extensions.aliases(options),
    discoverLoadBalancing(cloud, options),
    ...kinds.map((kind) => acceptsTags(cloud, kind, options)),
  ]);
  return { extensions, loadBalancing, tagsOnCreate: new Set(kinds.filter((_, index) => accepted[index] === true)) };
}

async function discoverLoadBalancing(cloud: Cloud, options: CallOptions): Promise<Capabilities["loadBalancing"]> {
  try {
    const [{ body }, providers] = await Promise.all([
      cloud.request("load-balancer", "GET", "/", options),
      cloud.loadBalancer.providers(options),
    ]);
    return { version: newestVersion(body), providers: new Set(providers.map(({ name }) => name)) };
  } catch (error) {
    if (error instanceof OpenStackError && error.code === "OPENSTACK_SERVICE_MISSING") return undefined;
    throw error;
  }
}

/** The highest of `{versions: [{id: "v2.27"}, ...]}`, or [0, 0]. */
export function newestVersion(body: unknown): readonly [major: number, minor: number] {
  const versions: unknown = isRecord(body) ? body["versions"] : undefined;
  let newest: readonly [number, number] = [0, 0];
  if (!Array.isArray(versions)) return newest;
  for (const version of versions as readonly unknown[]) {
    const id = isRecord(version) ? /^v(\d+)(?:\.(\d+))?$/.exec(String(version["id"])) : null;
    const [major, minor] = [Number(id?.[1] ?? 0), Number(id?.[2] ?? 0)];
    if (major > newest[0] || (major === newest[0] && minor > newest[1])) newest = [major, minor];
  }
  return newest;
}

async function acceptsTags(cloud: Cloud, kind: Taggable, options: CallOptions): Promise<boolean> {
  const [path, attributes] = PROBES[kind];
  const operation = `POST ${kind} probe`;
  try {
    const made = await cloud.request("network", "POST", path, {
      ...options,
      operation,
      body: { [kind]: { ...attributes, tags: ["probe"] } },
    });
    // It cannot be, but must not stay.
    const object: unknown = isRecord(made.body) ? made.body[kind] : undefined;
    if (isRecord(object)) await cloud.request("network", "DELETE", `${path}/${String(object["id"])}`, options);
    return true;
  } catch (error) {
    if (!isKind(error, "invalid")) throw error;
    // The value was looked at, so the tags had passed.
    return /exceeds maximum length/.test(error.message) && !/tags/.test(error.message);
  }
}
