/**
 * Where a command runs: the namespaces of a node, or the host.
 * `nsenter` and not `ip netns exec`, because the latter mounts a new /sys, which hides the cgroup mounts from the kubelet.
 */
export interface Place {
  /** Path of a pinned network namespace. */
  readonly net?: string;
  /** Path of a pinned mount namespace. */
  readonly mount?: string;
}

/** The argv that runs `argv` at `place`; `nsenter` execs, so the pid stays that of the command. */
export function at(place: Place | undefined, argv: readonly string[]): string[] {
  if (place === undefined || (place.net === undefined && place.mount === undefined)) return [...argv];
  const enter = ["/usr/bin/nsenter"];
  if (place.net !== undefined) enter.push(`--net=${place.net}`);
  if (place.mount !== undefined) enter.push(`--mount=${place.mount}`);
  return [...enter, "--", ...argv];
}
