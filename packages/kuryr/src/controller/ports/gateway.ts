import type { Cloud } from "@kuryr/openstack";

import { podDeviceOwner } from "../../api/keys.ts";
import { isMarkOf } from "../../api/ownership.ts";
import { portFields, type NeutronPort } from "./inventory.ts";

/** Attributes of a port to create; names as in the Networking API. */
export type NewPort = Readonly<Record<string, unknown>>;

/** The one way by which ports are written. */
export interface PortGateway {
  create(port: NewPort, signal: AbortSignal): Promise<NeutronPort>;
  /** A port that is gone already counts as deleted. */
  delete(id: string, signal: AbortSignal): Promise<void>;
  /** All ports with this cluster's mark. */
  all(signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Ports with our mark made for a pod. */
  ofPod(podUid: string, signal: AbortSignal): Promise<readonly NeutronPort[]>;
  /** Whether a failed create may have happened all the same. */
  isUncertain(error: unknown): boolean;
}
