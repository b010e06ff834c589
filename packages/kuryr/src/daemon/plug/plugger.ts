import type { PodInterface } from "../../api/kuryr-port.ts";

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

/** An interface of a pod as the kernel and the switch have it. */
export interface InterfaceState {
  /** Inside the pod; undefined where there is none of that name. */
  readonly pod:
    | {
        readonly mac: string | undefined;
        readonly mtu: number | undefined;
        readonly up: boolean;
        /** With prefix lengths. */
        readonly addresses: readonly string[];
        /** `default` or prefixes. */
        readonly routes: readonly { readonly to: string; readonly via?: string }[];
      }
    | undefined;
  /** Links on the node that should be there and are not. */
  readonly missingLinks: readonly string[];
  /** What the switch's row lacks or has otherwise, in words. */
  readonly switchFaults: readonly string[];
}

/** Plugs pod interfaces into the node's network; one implementation per VIF driver. */
export interface Plugger {
  openNetns(path: string): OpenNetns;
  /** Names of the links on the node that an interface has, its pod's other end first; known before anything is made. */
  links(spec: PodInterface): readonly string[];
  /** Plugs one interface and returns when it carries traffic. On failure nothing is left. */
  plug(request: PlugRequest, signal: AbortSignal): Promise<Plugged>;
  /**
   * Takes away what belongs to a sandbox: ports of the switch that carry its id, and their links. Nothing there is fine;
   * but while nobody can say what is there, because the switch does not answer, it is an error.
   */
  unplug(containerId: string, links: readonly string[], signal: AbortSignal): Promise<void>;
  /** Whether the node's switch has the port, whosever it is. */
  hasPort(portId: string): boolean;
  /** Names of the node's links of pods. */
  podLinks(): Promise<ReadonlySet<string>>;
  /**
   * Takes away what is left of sandboxes that nobody accounts for and whose links are gone: after a restart of the node
   * the switch still has their ports.
   * @returns names of the ports taken away
   */
  collectStale(containerIds: ReadonlySet<string>, signal: AbortSignal): Promise<readonly string[]>;
  /** Ids of the sandboxes that the switch has ports of. */
  sandboxes(): ReadonlySet<string>;
  /** Reads what an interface is like. */
  inspect(netns: OpenNetns, name: string, spec: PodInterface, containerId: string): Promise<InterfaceState>;
}

export interface PlugRequest {
  readonly containerId: string;
  readonly netns: OpenNetns;
  /** Name inside the pod. */
  readonly name: string;
  readonly spec: PodInterface;
  readonly timeoutMs: number;
  /** Called when all is done that this node does; what is left is to wait for the backend. */
  readonly made: () => void;
  /** Resolves when the port's status is ACTIVE: for interfaces whose `readiness` is that. */
  readonly active: (portId: string, signal: AbortSignal) => Promise<void>;
}
