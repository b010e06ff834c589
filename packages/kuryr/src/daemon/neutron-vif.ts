import { KuryrError } from "../api/errors.ts";
import { interfaceIds, interfaceOwner } from "../api/keys.ts";
import type { InterfaceAddress, PodInterface } from "../api/kuryr-port.ts";
import {
  deleteLinks,
  describePod,
  isOwnNetns,
  listLinks,
  openNetns,
  plumbPod,
  type Netns,
  type NetlinkSocket,
  type VethInterface,
} from "@kuryr/netlink";
import type { OpenSwitch, SwitchPort } from "@kuryr/ovsdb";

import { CniError, cniCodes } from "./cni/errors.ts";
import { GroupCommit } from "./group-commit.ts";
import type { OpenNetns, Plugged, Plugger, PlugRequest } from "./plug.ts";

/** An open namespace with the handle that the netlink library wants. */
interface Opened extends OpenNetns {
  readonly handle: Netns;
}

/** What the plugger works on. */
export interface NeutronVifDependencies {
  /** A socket of the node's own namespace. */
  readonly host: NetlinkSocket;
  /** Another one, for deletions: the kernel takes its time for them, and creations shall not queue behind. */
  readonly deleting: NetlinkSocket;
  readonly ovs: OpenSwitch;
  /** Whether the pod's kernel must compute checksums itself: the userspace datapath cannot finish them. */
  readonly txChecksumOff: (bridge: string) => boolean;
}

/** Name of the host's end: `tap` and the beginning of the port's id, as the original and Nova have it. */
export function hostNameOf(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}

/** The messages that plumb an interface, from what the KuryrPort says. Pure. */
export function plumbingOf(spec: PodInterface, name: string): VethInterface {
  const defaults = spec.default
    ? spec.addresses
        .filter((a): a is InterfaceAddress & { gateway: string } => a.gateway !== undefined)
        .map((a) => ({ to: "default", via: a.gateway }))
    : [];
  return {
    hostName: hostNameOf(spec.portId),
    ifName: name,
    mac: spec.mac,
    mtu: spec.mtu,
    addresses: spec.addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`),
    routes: [...spec.routes.map((route) => ({ to: route.destination, via: route.nextHop })), ...defaults],
  };
}

/** The VIF driver `neutron-vif`, native plug: a veth pair with its host end as a port of the integration bridge. */
export function neutronVif(deps: NeutronVifDependencies): Plugger {
  const { host, ovs } = deps;
  // A burst of pods costs the switch, OVN and the kernel a few rounds instead of one each.
  const additions = new GroupCommit<SwitchPort>(
    async (ports) => {
      await ovs.addPorts(ports);
    },
    { lingerMs: 20 },
  );
  const portDeletions = new GroupCommit<readonly string[]>((names) => ovs.deletePorts(names.flat()));
  const linkDeletions = new GroupCommit<readonly string[]>(async (names) => {
    await deleteLinks(names.flat(), { host: deps.deleting });
  });

  return {
    openNetns(path): Opened {
      let handle: Netns;
      try {
        handle = openNetns(path);
      } catch (cause) {
        throw new CniError(
          cniCodes.unknownContainer,
          "KURYR_NETNS_GONE",
          `network namespace ${path} cannot be opened`,
          "the sandbox is gone; the kubelet makes a new one",
          {
            cause,
          },
        );
      }
      return { handle, inode: String(handle.inode), isHost: isOwnNetns(handle), close: () => handle.close() };
    },

    hostName: hostNameOf,

    async plug({ containerId, netns, name, spec, timeoutMs }: PlugRequest, signal): Promise<Plugged> {
      const { handle } = netns as Opened;
      const hostName = hostNameOf(spec.portId);
      const pod = { ...plumbingOf(spec, name), netns: handle, txChecksumOff: deps.txChecksumOff(spec.bridge) };
      const start = performance.now();
      let netnsDone = start;
      let ovsdbDone = start;
      const plugged = Promise.withResolvers<void>();
      // As soon as the link is there, and not before: a row without its link costs the switch another round (36 ms to
      // OVN's sign instead of 24). What is left to do inside the pod runs beside it.
      const arrived = additions.announce();
      let isCreated = false;
      const created = (): void => {
        isCreated = true;
        arrived();
        additions.add({ bridge: spec.bridge, port: hostName, externalIds: externalIds(spec, containerId) }).then(
          () => {
            ovsdbDone = performance.now();
            plugged.resolve();
          },
          (error: unknown) => plugged.reject(error),
        );
      };
      const plumbing = plumbPod(pod, { host, replaceStale: true, signal, created }).then(
        (plumbed) => {
          netnsDone = performance.now();
          return plumbed;
        },
        (error: unknown) => {
          arrived();
          // A plug that is under way must end before anything is undone: what is not there yet cannot be taken back.
          if (!isCreated) plugged.resolve();
          throw error;
        },
      );
      const [plumbed, added] = await Promise.allSettled([plumbing, plugged.promise]);
      if (plumbed.status === "rejected") throw plumbed.reason;
      if (added.status === "rejected") throw added.reason;
      await installed(ovs, hostName, spec, timeoutMs, signal);
      const host_ = plumbed.value.host;
      if (host_ === undefined) throw new KuryrError("KURYR_INTERNAL", "a veth pair without a host end");
      return {
        host: { name: host_.name, mac: host_.mac },
        times: {
          netns: netnsDone - start,
          ovsdb: ovsdbDone - start,
          installed: performance.now() - Math.max(netnsDone, ovsdbDone),
        },
      };
    },

    async unplug(containerId, hostNames) {
      const ours = ovs.interfaces({ [interfaceIds.container]: containerId }).map((row) => row.name);
      if (ours.length > 0) await portDeletions.add(ours);
      const links = [...new Set([...ours, ...hostNames])];
      if (links.length > 0) await linkDeletions.add(links);
    },

    hasPort: (portId) => ovs.interfaces({ [interfaceIds.port]: portId }).length > 0,

    async collectStale(containerIds, signal) {
      const links = new Set((await listLinks({ kind: "veth", host })).map((link) => link.name));
      const stale = ovs
        .interfaces({ [interfaceIds.owner]: interfaceOwner })
        .filter((row) => !links.has(row.name) && !containerIds.has(row.external_ids.get(interfaceIds.container) ?? ""))
        .map((row) => row.name);
      if (stale.length > 0) await ovs.deletePorts(stale, signal);
      return stale;
    },

    async isPlugged(netns, name, mac) {
      const { handle } = netns as Opened;
      return (await describePod(handle, name))?.mac === mac;
    },
  };
}

/** What the Interface row says of itself: whose port it is for OVN, and whose sandbox for us. */
function externalIds(spec: PodInterface, containerId: string): Record<string, string> {
  return {
    [interfaceIds.port]: spec.portId,
    [interfaceIds.mac]: spec.mac,
    [interfaceIds.status]: "active",
    [interfaceIds.owner]: interfaceOwner,
    [interfaceIds.container]: containerId,
  };
}

async function installed(
  ovs: OpenSwitch,
  hostName: string,
  spec: PodInterface,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    await ovs.waitInstalled(hostName, { portId: spec.portId, signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw new CniError(
      cniCodes.tryAgain,
      "KURYR_NOT_INSTALLED",
      `OVN did not program port ${spec.portId} on this node within ${timeoutMs / 1000} s`,
      "does ovn-controller run here, and is the port bound to this node? (openstack port show, ovs-vsctl list interface)",
    );
  }
}
