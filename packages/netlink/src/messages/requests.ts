import { decodeAddress, encodeAddress, encodeAddressQuery, type InterfaceAddress } from "./address.ts";
import { PayloadWriter } from "./attributes.ts";
import { Family, LinkFilter, LinkFlag, MessageFlag, MessageType } from "../constants.ts";
import { decodeLink, type DecodedLink, encodeLink, type Link, LinkAttribute } from "./link.ts";
import { kindName } from "./link-kind.ts";
import {
  decodeNeighbour,
  type DecodedNeighbour,
  encodeNeighbour,
  encodeNeighbourQuery,
  type Neighbour,
} from "./neighbour.ts";
import { decodeRule, type DecodedRule, encodeRule, encodeRuleQuery, type Rule } from "./rule.ts";
import { decodeRoute, type DecodedRoute, encodeRoute, encodeRouteQuery, type Route } from "./route.ts";

/** One thing to ask of the kernel, encoded and ready to go into a batch; `T` is what each answer decodes to. */
export interface Request<T = never> {
  readonly type: number;
  /** Without NLM_F_REQUEST and NLM_F_ACK, which the socket adds. */
  readonly flags: number;
  readonly payload: Buffer;
  /** For errors: the request in words, as `ip` would say it. */
  readonly words: string;
  /** Decodes one answer; absent where the kernel only says yes or no. */
  readonly decode?: (payload: Buffer) => T;
}

/** What a new object may find in its place. */
export type IfExists = "refuse" | "replace";

/** A link by index, name, or (delete and set only) group. */
export type LinkReference =
  | { readonly index: number }
  | { readonly name: string }
  /** Every link of the group; 0, the group of all ordinary links, is refused. */
  | { readonly group: number };

/** Creates a link; fails with EEXIST when the name is taken. */
export function createLink(link: Link): Request {
  return {
    type: MessageType.newLink,
    flags: MessageFlag.create | MessageFlag.exclusive,
    payload: encodeLink(link),
    words: `link add ${link.name ?? ""} type ${link.kind === undefined ? "?" : kindName(link.kind)}`,
  };
}

/** Changes the named fields of a link found by `index` or `name`. With an index, `name` renames it. */
export function setLink(link: Link): Request {
  return {
    // Options of a kind change only by RTM_NEWLINK. Everything else goes by RTM_SETLINK: RTM_NEWLINK with a group and a
    // name that does not exist is taken for "change all links of that group".
    type: link.kind === undefined ? MessageType.setLink : MessageType.newLink,
    flags: 0,
    payload: encodeLink(link),
    words: `link set ${describe(link)}`,
  };
}

/** Brings a link up or down. */
export function setLinkUp(link: { readonly index: number } | { readonly name: string }, up = true): Request {
  const flags = { flags: up ? LinkFlag.up : 0, change: LinkFlag.up };
  return {
    type: MessageType.newLink,
    flags: 0,
    payload: encodeLink({ ...link, ...flags }),
    words: `link set ${describe(link)} ${up ? "up" : "down"}`,
  };
}

/** Deletes one link, or all links of a group with a single wait in the kernel. */
export function deleteLink(link: LinkReference): Request {
  if ("group" in link && link.group === 0) throw new RangeError("group 0 holds every ordinary link: not deleted");
  return {
    type: MessageType.delLink,
    flags: 0,
    payload: encodeLink(link),
    words: `link delete ${describe(link)}`,
  };
}

/** Asks for one link. */
export function getLink(
  link: { readonly index: number } | { readonly name: string },
  options: { readonly virtualFunctions?: boolean } = {},
): Request<DecodedLink> {
  return {
    type: MessageType.getLink,
    flags: 0,
    payload: encodeLink(link, linkFilter(options.virtualFunctions)),
    words: `link get ${describe(link)}`,
    decode: decodeLink,
  };
}

/** Asks for all links, or those with this master or of this kind. */
export function dumpLinks(
  options: { readonly master?: number; readonly kind?: string; readonly virtualFunctions?: boolean } = {},
): Request<DecodedLink> {
  const { kind } = options;
  const writer = new PayloadWriter(64);
  writer.bytes(
    encodeLink(options.master === undefined ? {} : { master: options.master }, linkFilter(options.virtualFunctions)),
  );
  if (kind !== undefined) writer.nested(LinkAttribute.linkInfo, (info) => info.text(1, kind));
  return {
    type: MessageType.getLink,
    flags: MessageFlag.dump,
    payload: writer.finish(),
    words: "link list",
    decode: decodeLink,
  };
}

/** Adds an address to a link. */
export function addAddress(address: InterfaceAddress, ifExists: IfExists = "refuse"): Request {
  return {
    type: MessageType.newAddress,
    flags: createFlags(ifExists),
    payload: encodeAddress(address),
    words: `address add ${address.address}/${address.prefixLength} dev ${address.index}`,
  };
}

/** Takes an address from a link. */
export function deleteAddress(address: InterfaceAddress): Request {
  return {
    type: MessageType.delAddress,
    flags: 0,
    payload: encodeAddress(address),
    words: `address delete ${address.address}/${address.prefixLength} dev ${address.index}`,
  };
}

/** Asks for the addresses of one link, or of all. */
export function dumpAddresses(
  options: { readonly index?: number; readonly family?: number } = {},
): Request<ReturnType<typeof decodeAddress>> {
  return {
    type: MessageType.getAddress,
    flags: MessageFlag.dump,
    payload: encodeAddressQuery(options.index ?? 0, options.family ?? Family.unspecified),
    words: "address list",
    decode: decodeAddress,
  };
}

/** Adds a route. */
export function addRoute(route: Route, ifExists: IfExists = "refuse"): Request {
  return {
    type: MessageType.newRoute,
    flags: createFlags(ifExists),
    payload: encodeRoute(route),
    words: `route add ${describeRoute(route)}`,
  };
}

/** Deletes the route that matches every given field. */
export function deleteRoute(route: Route): Request {
  return {
    type: MessageType.delRoute,
    flags: 0,
    // Scope "nowhere" matches any scope.
    payload: encodeRoute({ scope: 255, protocol: 0, type: 0, ...route }),
    words: `route delete ${describeRoute(route)}`,
  };
}

/** Asks for the routes of a family, of one table when given. */
export function dumpRoutes(family: number, table?: number): Request<DecodedRoute> {
  return {
    type: MessageType.getRoute,
    flags: MessageFlag.dump,
    payload: encodeRouteQuery(family, table),
    words: "route list",
    decode: decodeRoute,
  };
}

/** Adds a routing rule. */
export function addRule(rule: Rule): Request {
  return {
    type: MessageType.newRule,
    flags: createFlags("refuse"),
    payload: encodeRule(rule),
    words: `rule add ${describeRule(rule)}`,
  };
}

/** Deletes the first routing rule that matches every given field. */
export function deleteRule(rule: Rule): Request {
  return {
    type: MessageType.delRule,
    flags: 0,
    payload: encodeRule(rule),
    words: `rule delete ${describeRule(rule)}`,
  };
}

/** Asks for the routing rules of a family. */
export function dumpRules(family: number): Request<DecodedRule> {
  return {
    type: MessageType.getRule,
    flags: MessageFlag.dump,
    payload: encodeRuleQuery(family),
    words: "rule list",
    decode: decodeRule,
  };
}

/** Adds a neighbour entry, or replaces it. */
export function addNeighbour(neighbour: Neighbour, ifExists: IfExists = "replace"): Request {
  return {
    type: MessageType.newNeighbour,
    flags: createFlags(ifExists),
    payload: encodeNeighbour(neighbour),
    words: `neighbour add ${neighbour.address ?? neighbour.hardwareAddress ?? ""} dev ${neighbour.index}`,
  };
}

/** Deletes a neighbour entry. */
export function deleteNeighbour(neighbour: Neighbour): Request {
  return {
    type: MessageType.delNeighbour,
    flags: 0,
    payload: encodeNeighbour(neighbour),
    words: `neighbour delete ${neighbour.address ?? neighbour.hardwareAddress ?? ""} dev ${neighbour.index}`,
  };
}

/** Asks for neighbours of one link, or of all; family `Family.bridge` lists forwarding entries. */
export function dumpNeighbours(
  options: { readonly index?: number; readonly family?: number } = {},
): Request<DecodedNeighbour> {
  return {
    type: MessageType.getNeighbour,
    flags: MessageFlag.dump,
    payload: encodeNeighbourQuery(options.index ?? 0, options.family ?? Family.unspecified),
    words: "neighbour list",
    decode: decodeNeighbour,
  };
}

function createFlags(ifExists: IfExists): number {
  return MessageFlag.create | (ifExists === "replace" ? MessageFlag.replace : MessageFlag.exclusive);
}

/** Statistics are most of a link message and nobody here reads them. */
function linkFilter(virtualFunctions: boolean | undefined): number {
  return LinkFilter.skipStatistics | (virtualFunctions === true ? LinkFilter.virtualFunctions : 0);
}

function describe(link: { readonly index?: number; readonly name?: string; readonly group?: number }): string {
  if (link.index !== undefined && link.index !== 0) return `#${link.index}`;
  return link.name ?? `group ${link.group ?? "?"}`;
}

function describeRule({ from = "all", to = "all", table }: Rule): string {
  return `from ${from} to ${to} table ${table ?? "?"}`;
}

function describeRoute(route: Route): string {
  const via = route.via === undefined ? "" : ` via ${route.via}`;
  return `${route.to}${via}${route.index === undefined ? "" : ` dev ${route.index}`}`;
}
