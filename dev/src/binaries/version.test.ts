import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { compareVersions, goLine, goVersionIn, versionIn } from "./version.ts";

test("the version is found in what each program prints", () => {
  const printed: [string, string][] = [
    ["Kubernetes v1.37.2\n", "1.37.2"],
    ["Client Version: v1.37.2\nKustomize Version: v5.8.1\n", "1.37.2"],
    ["etcd Version: 3.7.0\nGit SHA: Not provided\nGo Version: go1.26.8\n", "3.7.0"],
    ["containerd github.com/containerd/containerd/v2 v2.4.2 \n", "2.4.2"],
    ["containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3\n", "1.6.20~ds1"],
    ["containerd-shim-runc-v2:\n  Version:  v2.4.2\n  Revision: \n  Go version: go1.26.8\n", "2.4.2"],
    ["CoreDNS-1.15.0\nlinux/amd64, go1.26.8, \n", "1.15.0"],
    ["Kubernetes v1.38.0-alpha.1\n", "1.38.0-alpha.1"],
  ];
  for (const [text, version] of printed) assert.equal(versionIn(text), version);
  assert.equal(versionIn("usage: no version here 1.2\n"), undefined);
});

test("versions are ordered by number, not by text", () => {
  assert.ok(compareVersions("1.9.0", "1.26.0") < 0);
  assert.ok(compareVersions("1.26.8", "1.26.6") > 0);
  assert.equal(compareVersions("1.26", "1.26.0"), 0);
});

test("the order of versions is that of their numbers, place by place", () => {
  const parts = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50));
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const weigh = ([x, y, z]: [number, number, number]): number => (x * 100 + y) * 100 + z;
      assert.equal(Math.sign(compareVersions(a.join("."), b.join("."))), Math.sign(weigh(a) - weigh(b)));
    }),
  );
});

test("Go's release is read from `go version`, and a pre-release is not taken for a release", () => {
  assert.equal(goVersionIn("go version go1.26.8 linux/amd64\n"), "1.26.8");
  assert.equal(goVersionIn("go version go1.19 linux/amd64\n"), "1.19");
  assert.equal(goVersionIn("go version go1.27rc1 linux/amd64\n"), undefined);
});

test("the oldest Go that builds a module is its go line, not its godebug line", () => {
  assert.equal(goLine("module x\n\ngo 1.26.0\n\ngodebug default=go1.26\n"), "1.26.0");
  assert.equal(goLine("module x\n"), undefined);
});
