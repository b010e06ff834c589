import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Newest CNI version that a runtime can be given, by what its node reports (`containerd://2.4.2`). */
export function cniVersionFor(containerRuntimeVersion: string): "1.0.0" | "1.1.0" {
  const match = /^containerd:\/\/v?(\d+)\./.exec(containerRuntimeVersion);
  return match?.[1] !== undefined && Number(match[1]) >= 2 ? "1.1.0" : "1.0.0";
}

/** The configuration that makes the runtime call Kuryr. */
export function conflist(cniVersion: string): string {
  const plugin = { type: "kuryr-cni", kuryr_conf: "/etc/kuryr/kuryr.conf" };
  return `${JSON.stringify({ cniVersion, name: "kuryr", plugins: [plugin] }, undefined, 2)}\n`;
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
