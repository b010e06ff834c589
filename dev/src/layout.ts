import { join } from "node:path";

/**
 * Where the development stack keeps its things. One place for every path, so that `wipe` can name them all.
 * All lie outside the checkout: a second clone finds the same stack, and a removed clone leaves nothing to guess.
 */
export interface Layout {
  /** Survives `down`: databases, certificates, keys, container snapshots, the recorded options. */
  readonly state: string;
  /** Gone with `down`: sockets, pid records, pinned namespaces. A tmpfs of the stack's own. */
  readonly run: string;
  /** Survives `wipe`: binaries by version, images, the OpenStack virtual environment. */
  readonly cache: string;
  readonly logs: string;
}

export const layout: Layout = {
  state: "/var/lib/kuryr-dev",
  run: "/run/kuryr-dev",
  cache: "/var/cache/kuryr-dev",
  logs: "/var/log/kuryr-dev",
};

/** A directory of one component that survives `down`. */
export function stateOf(component: string, ...rest: string[]): string {
  return join(layout.state, component, ...rest);
}

/** A directory of one component that is gone with `down`. */
export function runOf(component: string, ...rest: string[]): string {
  return join(layout.run, component, ...rest);
}

/** The log of one unit; a unit of a node (`node1/kubelet`) gets `node1-kubelet.log`. */
export function logOf(unit: string): string {
  return join(layout.logs, `${unit.replaceAll("/", "-")}.log`);
}
