import assert from "node:assert/strict";
import { test } from "node:test";

import { corednsRelease, releasesFor } from "./catalogue.ts";
import { buildArguments, checksumOf, chooseExisting, chooseGo } from "./choose.ts";

const digest = "0123456789abcdef".repeat(4);

test("a program in PATH counts only with exactly the wanted version, and then comes before the cache", () => {
  const older = { path: "/usr/bin/etcd", version: "3.4.23" };
  const same = { path: "/opt/etcd", version: "3.7.0" };
  assert.deepEqual(chooseExisting("3.7.0", { onPath: [older, same], cached: "/cache/etcd" }), {
    source: "path",
    path: "/opt/etcd",
  });
  assert.deepEqual(chooseExisting("3.7.0", { onPath: [older], cached: "/cache/etcd" }), {
    source: "cache",
    path: "/cache/etcd",
  });
  const mute = { path: "/usr/bin/etcd", version: undefined };
  assert.equal(chooseExisting("3.7.0", { onPath: [older, mute], cached: undefined }), undefined);
});

test("the newest Go is taken, and none where all are older than the module wants", () => {
  const go = (version: string) => ({ path: `/go${version}/go`, version });
  assert.equal(chooseGo([go("1.19.8"), go("1.26.8"), go("1.9")], "1.26.6")?.version, "1.26.8");
  assert.equal(chooseGo([go("1.19.8"), go("1.26.5")], "1.26.6"), undefined);
  assert.equal(chooseGo([], "1.26.6"), undefined);
});

test("every stamp of a release is handed to the linker, and its tags to the compiler", () => {
  const releases = releasesFor({ kubernetes: "1.37.2", containerd: "2", coredns: true }, "amd64");
  for (const release of releases) {
    for (const binary of release.binaries) {
      const args = buildArguments(release, binary, "/out");
      const link = args[args.indexOf("-ldflags") + 1] ?? "";
      assert.ok(link.startsWith("-s -w"));
      for (const stamp of release.stamps) assert.ok(link.includes(` -X ${stamp}`));
      assert.equal(args.includes("-tags"), release.tags.length > 0);
      assert.deepEqual(args.slice(-3), ["-o", "/out", binary.package]);
    }
  }
  const stamps = releases.find((release) => release.component === "kubernetes")?.stamps ?? [];
  assert.ok(stamps.includes("k8s.io/component-base/version.gitVersion=v1.37.2"));
  assert.ok(stamps.includes("k8s.io/client-go/pkg/version.gitMinor=37"));
  assert.equal(
    buildArguments(corednsRelease("amd64"), { ...first(corednsRelease("amd64").binaries) }, "/o").at(-1),
    ".",
  );
});

function first<T>(list: readonly T[]): T {
  const [item] = list;
  assert.ok(item !== undefined);
  return item;
}

test("a digest is found in each form of checksum file that the releases have", () => {
  assert.equal(checksumOf("kubelet", `${digest}\n`), digest);
  assert.equal(checksumOf("kubelet", digest.toUpperCase()), digest);
  const list = `${"f".repeat(64)}  etcd-v3.7.0-linux-arm64.tar.gz\n${digest}  etcd-v3.7.0-linux-amd64.tar.gz\n`;
  assert.equal(checksumOf("etcd-v3.7.0-linux-amd64.tar.gz", list), digest);
  assert.equal(checksumOf("coredns.tgz", `${digest} *release/coredns.tgz\n`), digest);
  assert.equal(checksumOf("other.tgz", list), undefined);
  assert.equal(checksumOf("kubelet", "<html>not found</html>"), undefined);
});
