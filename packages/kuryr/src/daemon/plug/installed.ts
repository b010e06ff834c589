import type { OpenSwitch } from "@kuryr/ovsdb";

import { CniError, cniCodes } from "../cni/errors.ts";
import type { PlugRequest } from "./plugger.ts";

/**
 * Waits until an interface carries traffic: OVN's sign on the switch's row, or the port's status where the backend has
 * no such sign.
 * @throws CniError 11 after the request's time, the signal's reason
 */
export async function installed(
  ovs: OpenSwitch,
  rowName: string,
  { spec, timeoutMs, active }: PlugRequest,
  signal: AbortSignal,
): Promise<void> {
  // Its own timer and not AbortSignal.timeout: that one would be kept, with all that waits, until its time is over.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  const giveUp = (): void => late.abort(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    signal.throwIfAborted();
    if (spec.readiness === "active") await active(spec.portId, late.signal);
    else await ovs.waitInstalled(rowName, { portId: spec.portId, signal: late.signal });
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
    throw spec.readiness === "active" ? notActive(spec.portId, timeoutMs) : notInstalled(spec.portId, timeoutMs);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

const notInstalled = (portId: string, timeoutMs: number): CniError =>
  new CniError(
    cniCodes.tryAgain,
    "KURYR_NOT_INSTALLED",
    `OVN did not program port ${portId} on this node within ${timeoutMs / 1000} s`,
    "does ovn-controller run here, and is the port bound to this node? (openstack port show, ovs-vsctl list interface)",
  );

const notActive = (portId: string, timeoutMs: number): CniError =>
  new CniError(
    cniCodes.tryAgain,
    "KURYR_NOT_ACTIVE",
    `Neutron did not call port ${portId} ACTIVE within ${timeoutMs / 1000} s`,
    "does the Open vSwitch agent of this node run, and is the port bound to it? (openstack port show, openstack network agent list)",
  );
