import { configError } from "./errors.ts";

/** The services this client speaks to, by their type in the catalogue. */
export type Service = "identity" | "network" | "load-balancer";

/** Which of a service's endpoints to use. */
export type Interface = "public" | "internal" | "admin";

/** One service in Keystone's catalogue. */
export interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly CatalogEndpoint[];
}

/** One address of a service. */
export interface CatalogEndpoint {
  readonly interface: string;
  readonly region: string | null;
  readonly region_id?: string | null;
  readonly url: string;
}

/** Types under which older catalogues list a service. */
const ALIASES: Readonly<Record<Service, readonly string[]>> = {
  identity: ["identity", "identityv3"],
  network: ["network"],
  "load-balancer": ["load-balancer"],
};

/**
 * The URL of a service in a catalogue, or undefined when the catalogue does not list the service at all.
 *
 * @throws config when it is listed, but not for this region and interface, or for several regions and none was chosen.
 */
export function findEndpoint(
  catalog: readonly CatalogEntry[],
  service: Service,
  wanted: { readonly region: string | undefined; readonly interface: Interface },
): string | undefined {
  const all = catalog.filter((entry) => ALIASES[service].includes(entry.type)).flatMap((entry) => entry.endpoints);
  if (all.length === 0) return undefined;
  const here = all.filter((endpoint) => wanted.region === undefined || regionOf(endpoint) === wanted.region);
  const fitting = here.filter((endpoint) => endpoint.interface === wanted.interface);
  const [first] = fitting;
  if (first === undefined) {
    const known = all.map((endpoint) => `${endpoint.interface} in ${regionOf(endpoint)}`).join(", ");
    const where = wanted.region === undefined ? "any region" : wanted.region;
    throw configError(
      `the catalogue has no ${wanted.interface} endpoint of ${service} in ${where}, only: ${known}`,
      "Correct region or interface, or give the URL in endpoints.",
    );
  }
  const regions = new Set(fitting.map(regionOf));
  if (regions.size > 1) {
    throw configError(
      `${service} is in several regions: ${[...regions].join(", ")}`,
      "Set region to the one that is meant.",
    );
  }
  return first.url;
}

function regionOf(endpoint: CatalogEndpoint): string {
  return endpoint.region_id ?? endpoint.region ?? "";
}
