import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Newest CNI version that a runtime can be given, by what its node reports (`containerd://2.4.2`). */
export function cniVersionFor(containerRuntimeVersion: string): "1.0.0" | "1.1.0" {
  const match = /^containerd:\/\/v?(\d+)\./.exec(containerRuntimeVersion);
  return match?.[1] !== undefined && Number(match[1]) >= 2 ? "1.1.0" : "1.0.0";
}

/**
 * What plugins of the chain are told, by their names. `portmap` masquerades: what comes from elsewhere to a pod through
 * its node would else keep a source address that the node's own port may not send from. Versions before 1.6 do not know
 * `masqAll` and masquerade only what comes from the node and from the pod itself.
 */
const settings: ReadonlyMap<string, object> = new Map([
  ["portmap", { snat: true, masqAll: true, capabilities: { portMappings: true } }],
  ["bandwidth", { capabilities: { bandwidth: true } }],
]);

/** The configuration that makes the runtime call Kuryr, and then the chained plugins, in order. */
export function conflist(cniVersion: string, chained: readonly string[] = []): string {
  const plugins = [
    { type: "kuryr-cni", kuryr_conf: "/etc/kuryr/kuryr.conf" },
    ...chained.map((type) => ({ type, ...settings.get(type) })),
  ];
  return `${JSON.stringify({ cniVersion, name: "kuryr", plugins }, undefined, 2)}\n`;
}

/** Writes the configuration unless it is there already. In place: containerd 1.6 does not see a file that is moved in. */
export function installConflist(path: string, content: string): boolean {
  try {
    if (readFileSync(path, "utf8") === content) return false;
  } catch {
    // Not there yet.
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o644 });
  return true;
}

/** Takes the configuration away: the node gets no more pods from Kuryr. Returns whether it was there. */
export function removeConflist(path: string): boolean {
  const there = existsSync(path);
  rmSync(path, { force: true });
  return there;
}
