import type { PodInterface } from "../../api/kuryr-port.ts";
import type { Attachment, AttachmentStore } from "../attachments.ts";
import type { CniCall } from "../cni/call.ts";
import { CniError, cniCodes } from "../cni/errors.ts";
import type { AddResult } from "../cni/result.ts";
import type { InterfaceState, Plugger } from "../plug/plugger.ts";
import { isEverywhere, routesOf } from "../plug/routes.ts";
import { nameInside } from "./add.ts";

export interface CheckDependencies {
  readonly attachments: AttachmentStore;
  readonly plugger: Plugger;
  /** The KuryrPort's interfaces, by the pod's UID; undefined while there is no KuryrPort. */
  readonly interfacesOf: (podUid: string) => readonly PodInterface[] | undefined;
}

/**
 * Whether a sandbox still has what its ADD gave it: in the pod the interface, up, with MAC, MTU, addresses and routes; on
 * the node its links; on the switch its row. What others have added since is theirs.
 * Source: CNI specification 1.1.0, section 2 ("CHECK").
 *
 * @throws CniError that says everything that is missing
 */
export async function check(call: CniCall, deps: CheckDependencies): Promise<void> {
  const attachment = deps.attachments.get(call.containerId, call.ifName);
  const interfaces = attachment === undefined ? undefined : deps.interfacesOf(attachment.podUid);
  if (attachment?.result === undefined || interfaces === undefined) {
    throw new CniError(
      cniCodes.unknownContainer,
      "KURYR_CNI_UNKNOWN_SANDBOX",
      `sandbox ${call.containerId} has no interface of Kuryr's`,
    );
  }
  const faults = recordFaults(attachment.result, call.config["prevResult"]);
  const netns = deps.plugger.openNetns(call.netns);
  try {
    if (netns.inode !== attachment.netnsInode) faults.push(`${call.netns} is another namespace than at ADD`);
    for (const [index, spec] of interfaces.entries()) {
      const name = nameInside(call, index, spec.name);
      const state = await deps.plugger.inspect(netns, name, spec, call.containerId);
      faults.push(...stateFaults(expectationOf(attachment, name, spec), state));
    }
  } finally {
    netns.close();
  }
  if (faults.length === 0) return;
  throw new CniError(
    cniCodes.internal,
    "KURYR_CNI_CHECK",
    faults.join("; "),
    "somebody changed it since; delete the pod to have it made anew",
  );
}

/** One interface as it should be. */
export interface Expectation {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly string[];
  readonly routes: readonly { readonly dst: string; readonly gw: string }[];
}

function expectationOf({ result }: Attachment, name: string, spec: PodInterface): Expectation {
  const at = result?.interfaces.findIndex((one) => one.name === name && one.sandbox !== undefined);
  const addresses = result?.ips.filter((ip) => ip.interface === at).map((ip) => ip.address) ?? [];
  // The result has the routes of all interfaces in one list: those by a gateway of this one are its own.
  const gateways = new Set(routesOf(spec).map((route) => route.nextHop));
  const routes = result?.routes.filter((route) => gateways.has(route.gw)) ?? [];
  return { name, mac: spec.mac, mtu: spec.mtu, addresses, routes };
}

/** In what an interface differs from what it should be, in words. Pure. */
export function stateFaults(expected: Expectation, { pod, missingLinks, switchFaults }: InterfaceState): string[] {
  const { name } = expected;
  const faults = missingLinks.map((link) => `the node has no link ${link}`);
  faults.push(...switchFaults);
  if (pod === undefined) return [`the pod has no interface ${name}`, ...faults];
  if (!pod.up) faults.push(`${name} is down`);
  if (pod.mac !== expected.mac) faults.push(`${name} has MAC ${pod.mac ?? "none"} and not ${expected.mac}`);
  if (pod.mtu !== expected.mtu) faults.push(`${name} has MTU ${pod.mtu ?? "none"} and not ${expected.mtu}`);
  const addresses = new Set(pod.addresses);
  for (const address of expected.addresses)
    if (!addresses.has(address)) faults.push(`${name} has not the address ${address}`);
  for (const { dst, gw } of expected.routes) {
    const found = pod.routes.some(
      ({ to, via }) => via === gw && (to === dst || (to === "default" && isEverywhere(dst))),
    );
    if (!found) faults.push(`there is no route to ${dst} by ${gw}`);
  }
  return faults;
}

/**
 * In what the runtime's record of the result misses what ADD answered. Later plugins of the chain may have added to it;
 * a runtime that gives no record (before CNI 0.4.0) is taken at its word. Pure.
 */
export function recordFaults(result: AddResult, previous: unknown): string[] {
  if (typeof previous !== "object" || previous === null) return [];
  const field = (name: string): readonly unknown[] => {
    const value: unknown = Object.entries(previous).find(([key]) => key === name)?.[1];
    return Array.isArray(value) ? value : [];
  };
  const has = (list: readonly unknown[], wanted: Readonly<Record<string, unknown>>): boolean =>
    list.some(
      (one) =>
        typeof one === "object" &&
        one !== null &&
        Object.entries(wanted).every(([key, value]) => new Map(Object.entries(one)).get(key) === value),
    );
  const faults: string[] = [];
  for (const { name, mac, sandbox } of result.interfaces) {
    if (sandbox !== undefined && !has(field("interfaces"), { name, mac }))
      faults.push(`prevResult has not the interface ${name} with MAC ${mac}`);
  }
  for (const { address } of result.ips) {
    if (!has(field("ips"), { address })) faults.push(`prevResult has not the address ${address}`);
  }
  return faults;
}
