/** How the daemon sees the node's namespaces. */
export interface NetnsView {
  /** Where the node's /proc is, e.g. `/proc` or `/host_proc`. */
  readonly procDirectory: string;
}

/**
 * Where to look for the network namespace that a runtime names. Runtimes name it as they see it: by a process
 * (`/proc/17/ns/net`: Docker, older CRI-O) or by a file (`/var/run/netns/...`: containerd, CRI-O; `/run/netns/...`).
 * In the daemon's own mounts the node's /proc may be elsewhere, and `/var/run` need not be a link to `/run`. Pure.
 */
export function netnsCandidates(path: string, { procDirectory }: NetnsView): readonly string[] {
  if (path.startsWith("/proc/")) return [`${procDirectory}${path.slice("/proc".length)}`];
  if (path.startsWith("/var/run/")) return [path, path.slice("/var".length)];
  if (path.startsWith("/run/")) return [path, `/var${path}`];
  return [path];
}

/** Where the manifests mount the node's /proc, as those of the original did. */
const mounted = "/host_proc";

/**
 * The node's /proc: as `[cni_daemon]docker_mode` and `netns_proc_dir` say it, else where the manifests mount it, else
 * the daemon's own. In a container that is another one, without the node's processes, and read-only where settings are.
 */
export function procDirectory(
  config: { readonly docker_mode: boolean; readonly netns_proc_dir: string },
  exists: (path: string) => boolean,
): string {
  if (config.docker_mode && config.netns_proc_dir !== "") return config.netns_proc_dir.replace(/\/+$/, "");
  return exists(`${mounted}/sys/net`) ? mounted : "/proc";
}
