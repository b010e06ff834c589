import type { PodInterface } from "../api/kuryr-port.ts";

/** A network namespace, open. */
export interface OpenNetns {
  readonly inode: string;
  /** The node's own: nothing of a pod's may be done there. */
  readonly isHost: boolean;
  close(): void;
}

/** How long each part of a plug took, in milliseconds. */
export interface PlugTimes {
  readonly netns: number;
  readonly ovsdb: number;
  readonly installed: number;
}

/** What the plugger made on the host's side. */
export interface Plugged {
  readonly host: { readonly name: string; readonly mac: string };
  readonly times: PlugTimes;
}

/** Plugs pod interfaces into the node's network; one implementation per VIF driver. */
export interface Plugger {
  openNetns(path: string): OpenNetns;
  /** Name of the host's end for a port, known before anything is made. */
  hostName(portId: string): string;
  /** Plugs one interface and returns when it carries traffic. On failure nothing is left. */
  plug(request: PlugRequest, signal: AbortSignal): Promise<Plugged>;
  /** Takes away what belongs to a sandbox: ports of the switch that carry its id, and their links. Nothing there is fine. */
  unplug(containerId: string, hostNames: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether the node's switch has the port, whosever it is. */
  hasPort(portId: string): boolean;
  /**
   * Takes away what is left of sandboxes that nobody accounts for and whose links are gone: after a restart of the node
   * the switch still has their ports.
   * @returns names of the ports taken away
   */
  collectStale(containerIds: ReadonlySet<string>, signal: AbortSignal): Promise<readonly string[]>;
  /** Whether a pod has the interface, with the MAC that it should have. */
  isPlugged(netns: OpenNetns, name: string, mac: string): Promise<boolean>;
}

export interface PlugRequest {
  readonly containerId: string;
  readonly netns: OpenNetns;
  /** Name inside the pod. */
  readonly name: string;
  readonly spec: PodInterface;
  readonly timeoutMs: number;
}
