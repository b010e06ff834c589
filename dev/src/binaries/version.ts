/** The first `1.2.3` in a text, without its `v`; `undefined` where there is none. Suffixes (`-rc.1`, `~ds1`) are kept. */
export function versionIn(text: string): string | undefined {
  return /(?<![\d.])v?(\d+\.\d+\.\d+(?:[-+~][0-9A-Za-z.~+-]*)?)/.exec(text)?.[1];
}

/** Compares dotted numbers: negative when `a` is older. A missing place counts as 0 (`1.26` is `1.26.0`). */
export function compareVersions(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The Go release of `go version`'s output (`go version go1.26.8 linux/amd64`); pre-releases count as `undefined`. */
export function goVersionIn(text: string): string | undefined {
  return /\bgo(\d+\.\d+(?:\.\d+)?)(?=\s)/.exec(text)?.[1];
}

/** The `go` line of a go.mod: the oldest Go that builds the module. Source: Go Modules Reference, "go directive". */
export function goLine(goMod: string): string | undefined {
  return /^go (\d+\.\d+(?:\.\d+)?)\s*$/m.exec(goMod)?.[1];
}
