import { isIPv6 } from "node:net";

import type { PodInterface } from "../../api/kuryr-port.ts";
import { routesOf } from "../plug/routes.ts";

/** A plumbed interface, as the result tells it. */
export interface PlumbedInterface {
  readonly spec: PodInterface;
  /** Name inside the pod. */
  readonly name: string;
  /** The host's end of the pair, if there is one. */
  readonly host: { readonly name: string; readonly mac: string } | undefined;
}

/** The result of an ADD. Source: CNI specification 1.1.0, section 5 ("ADD Success"). */
export interface AddResult {
  readonly cniVersion: string;
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly mtu?: number;
    /** Path of the namespace; absent for the host's end. */
    readonly sandbox?: string;
  }[];
  readonly ips: readonly {
    /** Up to 0.4.0. */
    readonly version?: "4" | "6";
    /** Index into `interfaces`. */
    readonly interface: number;
    /** With prefix length. */
    readonly address: string;
    readonly gateway?: string;
  }[];
  readonly routes: readonly { readonly dst: string; readonly gw: string }[];
  readonly dns: { readonly nameservers?: readonly string[] };
}

/**
 * The result of an ADD in the shape of the configuration's version. Source: CNI specification 1.1.0, section 5
 * ("ADD Success"); 0.3.0 to 0.4.0 name the IP version of every address, 1.1.0 adds the MTU.
 */
export function addResult(cniVersion: string, netns: string, plumbed: readonly PlumbedInterface[]): AddResult {
  const old = cniVersion.startsWith("0.");
  const interfaces: AddResult["interfaces"][number][] = [];
  const ips: AddResult["ips"][number][] = [];
  const routes: AddResult["routes"][number][] = [];
  const nameservers: string[] = [];
  for (const { spec, name, host } of plumbed) {
    if (host !== undefined) interfaces.push(host);
    const index = interfaces.length;
    interfaces.push({ name, mac: spec.mac, ...(cniVersion === "1.1.0" ? { mtu: spec.mtu } : {}), sandbox: netns });
    for (const { ip, prefixLength, gateway } of spec.addresses) {
      ips.push({
        ...(old ? { version: isIPv6(ip) ? ("6" as const) : ("4" as const) } : {}),
        interface: index,
        address: `${ip}/${prefixLength}`,
        ...(gateway === undefined ? {} : { gateway }),
      });
    }
    for (const { destination, nextHop } of routesOf(spec)) routes.push({ dst: destination, gw: nextHop });
    nameservers.push(...spec.nameservers);
  }
  return { cniVersion, interfaces, ips, routes, dns: nameservers.length === 0 ? {} : { nameservers } };
}
