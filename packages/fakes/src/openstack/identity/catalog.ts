import type { Ids } from "../ids.ts";

/** A service as tokens list it. */
export interface CatalogEntry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly endpoints: readonly {
    readonly id: string;
    readonly interface: string;
    readonly region: string;
    readonly region_id: string;
    readonly url: string;
  }[];
}

/** The three services of the cloud. @param urls without versions */
export function createCatalog(
  ids: Ids,
  region: string,
  urls: Readonly<Record<"identity" | "network" | "load-balancer", string>>,
): CatalogEntry[] {
  const entry = (type: string, name: string, interfaces: readonly string[], url: string): CatalogEntry => ({
    id: ids.plain(),
    name,
    type,
    endpoints: interfaces.map((kind) => ({ id: ids.plain(), interface: kind, region, region_id: region, url })),
  });
  return [
    entry("load-balancer", "octavia", ["public", "internal"], urls["load-balancer"]),
    entry("network", "neutron", ["public", "internal"], urls.network),
    entry("identity", "keystone", ["public", "internal", "admin"], `${urls.identity}/v3`),
  ];
}
