import { KuryrError } from "../../api/errors.ts";
import { interfaceIds, interfaceOwner } from "../../api/keys.ts";
import type { PodInterface } from "../../api/kuryr-port.ts";
import {
  announce,
  deleteLinks,
  describePod,
  isOwnNetns,
  linkExists,
  listLinks,
  NetlinkSocketError,
  NetlinkTimeoutError,
  openNetns,
  plumbPod,
  type Netns,
  type NetlinkSocket,
  type PlumbedPod,
  type VethInterface,
} from "@kuryr/netlink";
import {
  OvsdbBusyError,
  OvsdbClosedError,
  OvsdbConnectionError,
  OvsdbTimeoutError,
  type InterfaceRow,
  type OpenSwitch,
  type SwitchPort,
} from "@kuryr/ovsdb";

import { Turns } from "../../process/turns.ts";
import { CniError, cniCodes } from "../cni/errors.ts";
import { netnsCandidates } from "../netns-path.ts";
import { GroupCommit } from "./group-commit.ts";
import { deleteHybridBridges, makeHybridBridge } from "./hybrid.ts";
import { installed } from "./installed.ts";
import { linkNames, siblings } from "./names.ts";
import type { OpenNetns, Plugged, Plugger, PlugRequest } from "./plugger.ts";
import { isEverywhere, routesOf } from "./routes.ts";

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
  /** Where the node's /proc is. */
  readonly procDirectory: string;
  /** Told the first time that neighbours could not be told of a pod's addresses (without NET_RAW, say). */
  readonly onNotAnnounced: (error: unknown) => void;
}

/** The messages that plumb an interface, from what the KuryrPort says. Pure. */
export function plumbingOf(spec: PodInterface, name: string): VethInterface {
  return {
    hostName: linkNames(spec.portId).pod,
    ifName: name,
    mac: spec.mac,
    mtu: spec.mtu,
    addresses: addressesOf(spec),
    routes: routesOf(spec).map(({ destination, nextHop }) => ({
      to: isEverywhere(destination) ? "default" : destination,
      via: nextHop,
    })),
  };
}

/**
 * The VIF driver `neutron-vif`: a veth pair with its host end as a port of the integration bridge (native plug), or in
 * a Linux bridge that is one (hybrid plug, `qbr...`).
 */
export function neutronVif(deps: NeutronVifDependencies): Plugger {
  const { host, ovs } = deps;
  // A burst of pods costs the switch, OVN and the kernel a few rounds instead of one each.
  const additions = new GroupCommit<SwitchPort>(
    async (ports) => {
      await ovs.addPorts(ports);
    },
    { lingerMs: 20, isOfAll: hasNoAnswer },
  );
  const portDeletions = new GroupCommit<readonly string[]>(
    (names, unwanted) => ovs.deletePorts(names.flat(), unwanted),
    { isOfAll: hasNoAnswer },
  );
  const linkDeletions = new GroupCommit<readonly string[]>(
    async (names, unwanted) => {
      await deleteLinks(names.flat(), { host: deps.deleting, signal: unwanted });
    },
    { isOfAll: hasNoAnswer },
  );
  const turns = new Turns();

  let hasComplained = false;

  const links = (spec: PodInterface): readonly string[] => {
    const { pod, bridge, switchEnd } = linkNames(spec.portId);
    return spec.hybridPlug === true ? [pod, switchEnd, bridge] : [pod];
  };
  const rowName = (spec: PodInterface): string => {
    const { pod, switchEnd } = linkNames(spec.portId);
    return spec.hybridPlug === true ? switchEnd : pod;
  };

  return {
    openNetns: (path) => open(path, deps.procDirectory),

    links,

    async plug(request: PlugRequest, signal): Promise<Plugged> {
      const { containerId, netns, name, spec } = request;
      const { handle } = netns as Opened;
      const row = rowName(spec);
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
        additions.add({ bridge: spec.bridge, port: row, externalIds: externalIds(spec, containerId) }).then(
          () => {
            ovsdbDone = performance.now();
            plugged.resolve();
          },
          (error: unknown) => plugged.reject(error),
        );
      };
      const plumb = async (): Promise<PlumbedPod> => {
        const hostMaster =
          spec.hybridPlug === true
            ? await makeHybridBridge(host, linkNames(spec.portId), spec.mtu, deps.procDirectory, signal)
            : undefined;
        const pod = {
          ...plumbingOf(spec, name),
          ...(hostMaster === undefined ? {} : { hostMaster }),
          netns: handle,
          txChecksumOff: deps.txChecksumOff(spec.bridge),
        };
        return plumbPod(pod, { host, replaceStale: true, signal, created, procDirectory: deps.procDirectory });
      };
      const plumbing = plumb().then(
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
      request.made();
      await installed(ovs, row, request, signal);
      const installedAt = performance.now();
      // One message of the switch brings the signs of many pods; what follows for each shall not add up.
      await turns.next();
      // Neutron gives the address of a pod that went to another one, and who has talked to the one that went keeps its MAC
      // for half a minute without asking anybody, OVN or not.
      try {
        announce(handle, plumbed.value.index, spec.mac, addressesOf(spec));
      } catch (error) {
        // The pod works all the same; neighbours that knew its addresses learn later.
        if (!hasComplained) deps.onNotAnnounced(error);
        hasComplained = true;
      }
      const host_ = plumbed.value.host;
      if (host_ === undefined) throw new KuryrError("KURYR_INTERNAL", "a veth pair without a host end");
      return {
        host: { name: host_.name, mac: host_.mac },
        times: {
          netns: netnsDone - start,
          ovsdb: ovsdbDone - start,
          installed: installedAt - Math.max(netnsDone, ovsdbDone),
        },
      };
    },

    async unplug(containerId, known, signal) {
      // What the copy lacks while the connection is down would stay for ever: the runtime does not ask again.
      await ovs.upToDate(signal);
      const ours = ovs.interfaces({ [interfaceIds.container]: containerId }).map((row) => row.name);
      if (ours.length > 0) await portDeletions.add(ours, signal);
      const all = [...new Set([...ours.flatMap(linksOfRow), ...known])];
      const bridges = all.filter((name) => siblings(name)?.bridge === name);
      const pairs = all.filter((name) => !bridges.includes(name));
      if (pairs.length > 0) await linkDeletions.add(pairs, signal);
      if (bridges.length > 0) await deleteHybridBridges(deps.deleting, bridges, signal);
    },

    hasPort: (portId) => ovs.interfaces({ [interfaceIds.port]: portId }).length > 0,

    podLinks: async () => new Set((await listLinks({ kind: "veth", host })).map((link) => link.name ?? "")),

    async collectStale(containerIds, signal) {
      const there = new Set((await listLinks({ kind: "veth", host })).map((link) => link.name));
      const stale = ovs
        .interfaces({ [interfaceIds.owner]: interfaceOwner })
        // The pod's link goes with its sandbox; the bridge of a hybrid plug stays.
        .filter(({ name }) => !there.has(siblings(name)?.pod ?? name))
        .filter((row) => !containerIds.has(row.external_ids.get(interfaceIds.container) ?? ""))
        .map((row) => row.name);
      if (stale.length === 0) return stale;
      await ovs.deletePorts(stale, signal);
      const left = stale.flatMap(linksOfRow);
      await deleteLinks(
        left.filter((name) => siblings(name)?.bridge !== name),
        { host: deps.deleting, signal },
      );
      await deleteHybridBridges(
        deps.deleting,
        left.filter((name) => siblings(name)?.bridge === name),
        signal,
      );
      return stale;
    },

    sandboxes: () =>
      new Set(
        ovs
          .interfaces({ [interfaceIds.owner]: interfaceOwner })
          .map((row) => row.external_ids.get(interfaceIds.container) ?? ""),
      ),

    async inspect(netns, name, spec, containerId) {
      const expected = links(spec);
      const there = await Promise.all(expected.map((link) => linkExists(link, { host })));
      return {
        pod: await describePod((netns as Opened).handle, name),
        missingLinks: expected.filter((_, i) => there[i] !== true),
        switchFaults: switchFaults(ovs.interface(rowName(spec)), rowName(spec), externalIds(spec, containerId)),
      };
    },
  };
}

/** Whether it was the switch or the kernel that did not answer, whatever was asked. */
const hasNoAnswer = (error: unknown): boolean =>
  [
    OvsdbConnectionError,
    OvsdbTimeoutError,
    OvsdbClosedError,
    OvsdbBusyError,
    NetlinkTimeoutError,
    NetlinkSocketError,
  ].some((kind) => error instanceof kind);

/** Opens a namespace by whatever name the runtime has for it. */
function open(path: string, procDirectory_: string): Opened {
  let cause: unknown;
  for (const candidate of netnsCandidates(path, { procDirectory: procDirectory_ })) {
    try {
      const handle = openNetns(candidate);
      return { handle, inode: String(handle.inode), isHost: isOwnNetns(handle), close: () => handle.close() };
    } catch (error) {
      cause ??= error;
    }
  }
  throw new CniError(
    cniCodes.unknownContainer,
    "KURYR_NETNS_GONE",
    `network namespace ${path} cannot be opened`,
    "the sandbox is gone; the kubelet makes a new one",
    { cause },
  );
}

/** All links that go with a row of the switch: of a hybrid plug the bridge and the pod's link too. */
function linksOfRow(row: string): readonly string[] {
  const names = siblings(row);
  return names?.switchEnd === row ? [names.pod, names.switchEnd, names.bridge] : [row];
}

const addressesOf = (spec: PodInterface): string[] =>
  spec.addresses.map(({ ip, prefixLength }) => `${ip}/${prefixLength}`);

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

/** In what a row differs from what the plug wrote, in words. */
function switchFaults(row: InterfaceRow | undefined, name: string, wanted: Record<string, string>): string[] {
  if (row === undefined) return [`the switch has no interface ${name}`];
  const faults = Object.entries(wanted)
    .filter(([key, value]) => row.external_ids.get(key) !== value)
    .map(([key, value]) => `${name} has not external_ids:${key}=${value}`);
  if (row.error !== undefined && row.error !== "") faults.push(`${name}: ${row.error}`);
  return faults;
}
