import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { OvsdbError } from "./errors.ts";

/** Where a server listens, as the Open vSwitch tools write it. */
export type Target =
  | { readonly type: "unix"; readonly path: string }
  | { readonly type: "tcp" | "ssl"; readonly host: string; readonly port: number };

/** Keys for `ssl:` targets, PEM. */
export type TlsKeys = Pick<ConnectionOptions, "ca" | "cert" | "key" | "servername">;

/** The port of OVSDB (IANA). */
const OVSDB_PORT = 6640;

/** Reads `unix:PATH`, `tcp:HOST[:PORT]` or `ssl:HOST[:PORT]`, IPv6 in brackets. @throws OvsdbError `OVSDB_TARGET` */
export function parseTarget(text: string): Target {
  const unix = /^unix:(.+)$/.exec(text);
  if (unix?.[1] !== undefined) return { type: "unix", path: unix[1] };
  const network = /^(tcp|ssl):(?:\[([0-9a-fA-F:.%]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = network?.[2] ?? network?.[3];
  const port = Number(network?.[4] ?? OVSDB_PORT);
  if (host === undefined || port < 1 || port > 65535) {
    throw new OvsdbError(
      "OVSDB_TARGET",
      `not an OVSDB target: ${JSON.stringify(text)}`,
      "Write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT.",
    );
  }
  return { type: network?.[1] === "ssl" ? "ssl" : "tcp", host, port };
}

/** Begins to connect. The socket emits `connect`, or `secureConnect` for TLS, and carries JSON both ways. */
export function dial(target: Target, keys: TlsKeys = {}): { readonly socket: Socket; readonly event: string } {
  if (target.type === "unix") return { socket: connectPlain({ path: target.path }), event: "connect" };
  const { host, port } = target;
  if (target.type === "tcp") return { socket: connectPlain({ host, port, noDelay: true }), event: "connect" };
  return { socket: connectTls({ ...keys, host, port, rejectUnauthorized: true }), event: "secureConnect" };
}
