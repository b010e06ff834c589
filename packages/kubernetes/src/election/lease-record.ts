import type { KubernetesObject, ResourceDefinition } from "../objects.ts";

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubernetesObject {
  readonly spec?: LeaseSpec;
}

/** coordination.k8s.io/v1 LeaseSpec; times are RFC 3339 with six decimals. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export const LEASES: ResourceDefinition = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** meta/v1 MicroTime: the server accepts exactly six decimals. */
export function microTime(wallTime: number): string {
  return new Date(wallTime).toISOString().replace("Z", "000Z");
}

/** What one contender knows of the lease, by its own clock alone. */
export interface Observation {
  readonly spec: LeaseSpec;
  /** Local monotonic time at which this content was first seen; the server's times are never compared with ours. */
  readonly since: number;
}

/** Joins a freshly read lease with what was known: the same content keeps the time of its first sight. */
export function observe(known: Observation | undefined, spec: LeaseSpec, now: number): Observation {
  const { holderIdentity, renewTime, acquireTime, leaseDurationSeconds, leaseTransitions } = spec;
  const same =
    known !== undefined &&
    known.spec.holderIdentity === holderIdentity &&
    known.spec.renewTime === renewTime &&
    known.spec.acquireTime === acquireTime &&
    known.spec.leaseDurationSeconds === leaseDurationSeconds &&
    known.spec.leaseTransitions === leaseTransitions;
  return same ? known : { spec, since: now };
}

/** How far the clocks of two API servers may be apart before a lease that is renewed looks abandoned. */
const SERVER_SKEW_MS = 30_000;

/**
 * Whether nobody has written the lease for longer than it lasts, by the API servers' clocks alone: the newest time of
 * its managedFields against the `Date` (RFC 9110 section 6.6.1) of the answer that it came with. False where the server
 * does not tell.
 */
export function abandoned(lease: Lease, date: string | undefined): boolean {
  const written = (lease.metadata.managedFields ?? []).map(({ time = "" }) => Date.parse(time));
  if (written.length === 0) return false;
  const idleMs = Date.parse(date ?? "") - Math.max(...written);
  // Not a number where any of them is no time.
  return idleMs > (lease.spec?.leaseDurationSeconds ?? 0) * 1000 + SERVER_SKEW_MS;
}

/** For how long a contender leaves a lease alone, in milliseconds. */
export interface Waits {
  /** Nobody must be seen to renew a held lease for so long; the lease's own duration unless told. */
  readonly patienceMs?: number | undefined;
  /** So much longer it gives way to other contenders. */
  readonly deferMs?: number | undefined;
}

/** Whether the lease is not to be taken now: somebody else holds it and may still be alive, or others go first. */
export function mustWait(observation: Observation, identity: string, now: number, waits: Waits = {}): boolean {
  const { holderIdentity = "", leaseDurationSeconds = 0 } = observation.spec;
  if (holderIdentity === identity) return false;
  const patienceMs = holderIdentity === "" ? 0 : (waits.patienceMs ?? leaseDurationSeconds * 1000);
  return now < observation.since + patienceMs + (waits.deferMs ?? 0);
}

/** The lease as this contender wants it written: acquired anew, or renewed. */
export function claim(
  observation: Observation | undefined,
  identity: string,
  leaseDurationMs: number,
  wallTime: number,
): LeaseSpec {
  const now = microTime(wallTime);
  const old = observation?.spec;
  const renewal = old?.holderIdentity === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.ceil(leaseDurationMs / 1000)),
    acquireTime: renewal ? (old.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: (old?.leaseTransitions ?? 0) + (old === undefined || renewal ? 0 : 1),
  };
}
