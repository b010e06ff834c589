import type { BinarySpec, Release } from "./catalogue.ts";
import { compareVersions } from "./version.ts";

/** A program found on PATH and the version it prints. */
export interface Candidate {
  readonly path: string;
  readonly version: string | undefined;
}

/** What the machine has of one program. */
export interface Found {
  readonly onPath: readonly Candidate[];
  /** Its file in the cache, if there. The cache is keyed by version, so it is the wanted one. */
  readonly cached: string | undefined;
}

export type Existing = { readonly source: "path" | "cache"; readonly path: string };

/** The first way: a program of exactly the wanted version, on PATH before the cache. Another version never counts. */
export function chooseExisting(version: string, found: Found): Existing | undefined {
  const onPath = found.onPath.find((candidate) => candidate.version === version);
  if (onPath !== undefined) return { source: "path", path: onPath.path };
  return found.cached === undefined ? undefined : { source: "cache", path: found.cached };
}

/** A Go on this machine. */
export interface Go {
  readonly path: string;
  readonly version: string;
}

/** The second way: the newest Go, if it is as new as the module's `go` line wants. */
export function chooseGo(found: readonly Go[], needed: string): Go | undefined {
  const newest = found.toSorted((a, b) => compareVersions(b.version, a.version))[0];
  return newest !== undefined && compareVersions(newest.version, needed) >= 0 ? newest : undefined;
}

/** The arguments of one `go build`. Source: `go help build`. */
export function buildArguments(release: Release, binary: BinarySpec, output: string): string[] {
  const link = ["-s", "-w", ...release.stamps.map((stamp) => `-X ${stamp}`)].join(" ");
  const tags = release.tags.length === 0 ? [] : ["-tags", release.tags.join(",")];
  return ["build", "-trimpath", ...tags, "-ldflags", link, "-o", output, binary.package];
}

/**
 * The SHA-256 of `file` in a checksum file: either the bare digest, or lines as `sha256sum` writes them.
 * @returns lower-case hexadecimal, or `undefined` where the file is not listed
 */
export function checksumOf(file: string, checksums: string): string | undefined {
  const lines = checksums.split("\n").map((line) => line.trim());
  const bare = lines.filter((line) => line !== "");
  if (bare.length === 1 && /^[0-9a-f]{64}$/i.test(bare[0] ?? "")) return bare[0]?.toLowerCase();
  for (const line of lines) {
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (name !== undefined && name.slice(name.lastIndexOf("/") + 1) === file) return digest?.toLowerCase();
  }
  return undefined;
}
