import type { OpenSwitch } from "@kuryr/ovsdb";

import { firstSignal } from "../../process/work-signal.ts";
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
  const late = (): CniError =>
    spec.readiness === "active" ? notActive(spec.portId, timeoutMs) : new NotInstalledError(spec.portId, timeoutMs);
  using limited = firstSignal([signal], { timeoutMs, late });
  limited.signal.throwIfAborted();
  if (spec.readiness === "active") await active(spec.portId, limited.signal);
  else await ovs.waitInstalled(rowName, { portId: spec.portId, signal: limited.signal });
}

/** OVN did not give its sign in time. */
export class NotInstalledError extends CniError {
  readonly portId: string;

  constructor(portId: string, timeoutMs: number) {
    super(
      cniCodes.tryAgain,
      "KURYR_NOT_INSTALLED",
      `OVN did not program port ${portId} on this node within ${timeoutMs / 1000} s`,
      "does ovn-controller run here, and is the port bound to this node? (openstack port show, ovs-vsctl list interface)",
    );
    this.name = "NotInstalledError";
    this.portId = portId;
  }
}

const notActive = (portId: string, timeoutMs: number): CniError =>
  new CniError(
    cniCodes.tryAgain,
    "KURYR_NOT_ACTIVE",
    `Neutron did not call port ${portId} ACTIVE within ${timeoutMs / 1000} s`,
    "does the Open vSwitch agent of this node run, and is the port bound to it? (openstack port show, openstack network agent list)",
  );
