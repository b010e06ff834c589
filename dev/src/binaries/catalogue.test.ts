import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { type Release, releasesFor } from "./catalogue.ts";

const root = join(import.meta.dirname, "../../go");

function moduleOf(release: Release): string {
  return readFileSync(join(root, release.module, "go.mod"), "utf8");
}

function releaseOf(component: Release["component"], kubernetes: string): Release {
  const found = releasesFor({ kubernetes, containerd: "2", coredns: true }, "amd64").find(
    (release) => release.component === component,
  );
  assert.ok(found !== undefined);
  return found;
}

/** How many modules Kubernetes keeps under ./staging in each minor. */
for (const [version, staging] of [
  ["1.37.2", 33],
  ["1.34.4", 31],
] as const) {
  test(`the module of Kubernetes ${version} builds that version, its own etcd, and all ${staging} staging modules of it`, () => {
    const text = moduleOf(releaseOf("kubernetes", version));
    const etcd = releaseOf("etcd", version);
    assert.match(text, new RegExp(`^\\tk8s\\.io/kubernetes v${version}\\b`, "m"));
    assert.match(text, new RegExp(`^\\tgo\\.etcd\\.io/etcd/server/v3 v${etcd.version}\\b`, "m"));
    const replaced = text.matchAll(/^\t(k8s\.io\/\S+) => (\S+) v(\S+)$/gm).toArray();
    assert.equal(replaced.length, staging);
    for (const [, from, to, at] of replaced) {
      assert.equal(from, to);
      assert.equal(at, version.replace(/^1/, "0"));
    }
    for (const release of [releaseOf("kubernetes", version), etcd]) {
      for (const binary of release.binaries) assert.ok(text.includes(`\t${binary.package}\n`), binary.package);
    }
    assert.match(text, /^godebug default=go1\.\d+$/m);
  });
}

test("the modules of containerd and CoreDNS are those of the versions in the catalogue", () => {
  const containerd = releaseOf("containerd", "1.37.2");
  assert.match(moduleOf(containerd), new RegExp(`github\\.com/containerd/containerd/v2 v${containerd.version}\\b`));
  const coredns = releaseOf("coredns", "1.37.2");
  assert.match(moduleOf(coredns), new RegExp(`github\\.com/coredns/coredns v${coredns.version}\\b`));
});

test("every module comes with checksums of what it requires", () => {
  for (const version of ["1.37.2", "1.34.4"]) {
    for (const release of releasesFor({ kubernetes: version, containerd: "2", coredns: true }, "amd64")) {
      const sums = readFileSync(join(root, release.module, "go.sum"), "utf8");
      assert.match(sums, /^\S+ v\S+ h1:[A-Za-z0-9+/]{43}=$/m);
    }
  }
});

test("containerd comes first and etcd before the API server, for that is the order in which they are needed", () => {
  const names = releasesFor({ kubernetes: "1.37.2", containerd: "2", coredns: true }, "amd64").flatMap((release) =>
    release.binaries.map((binary) => binary.name),
  );
  assert.equal(names[0], "containerd");
  assert.ok(names.indexOf("etcd") < names.indexOf("kube-apiserver"));
  assert.equal(names.at(-1), "coredns");
});

test("Debian's containerd and a cluster without CoreDNS leave those releases out", () => {
  const components = releasesFor({ kubernetes: "1.34.4", containerd: "1.6", coredns: false }, "amd64").map(
    (release) => `${release.component} ${release.version}`,
  );
  assert.deepEqual(components, ["etcd 3.6.4", "kubernetes 1.34.4"]);
});

test("a Kubernetes that is not known is refused with the ones that are", () => {
  for (const version of ["1.12.0", "1.37", "latest", "1.37.2 -x"]) {
    assert.throws(() => releasesFor({ kubernetes: version, containerd: "2", coredns: false }, "amd64"), {
      code: "KURYR_DEV_KUBERNETES_VERSION",
      hint: /1\.37/,
    });
  }
});
