import assert from "node:assert/strict";
import { test } from "node:test";

import { netnsCandidates, procDirectory } from "./netns-path.ts";

test("[row 136] every runtime's way to name a namespace is looked for where the daemon sees it", () => {
  const host = { procDirectory: "/proc" };
  assert.deepEqual(netnsCandidates("/proc/4711/ns/net", host), ["/proc/4711/ns/net"]);
  assert.deepEqual(netnsCandidates("/var/run/netns/cni-1", host), ["/var/run/netns/cni-1", "/run/netns/cni-1"]);
  assert.deepEqual(netnsCandidates("/run/netns/cni-1", host), ["/run/netns/cni-1", "/var/run/netns/cni-1"]);
  assert.deepEqual(netnsCandidates("/opt/elsewhere/ns", host), ["/opt/elsewhere/ns"]);
  assert.deepEqual(netnsCandidates("/proc/4711/ns/net", { procDirectory: "/host_proc" }), ["/host_proc/4711/ns/net"]);
});

test("netns_proc_dir counts in docker_mode only, as in the original; else the manifests' mount is taken where it is", () => {
  const none = (): boolean => false;
  assert.equal(procDirectory({ docker_mode: true, netns_proc_dir: "/elsewhere/" }, none), "/elsewhere");
  assert.equal(procDirectory({ docker_mode: false, netns_proc_dir: "/elsewhere" }, none), "/proc");
  assert.equal(procDirectory({ docker_mode: true, netns_proc_dir: "" }, none), "/proc");
  assert.equal(
    procDirectory({ docker_mode: false, netns_proc_dir: "" }, () => true),
    "/host_proc",
  );
});
