import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes, scrypt } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { LinuxNetworkError } from "../errors.ts";
import { inNetns, isOwnNetns, netnsOf, openNetns, ownNetnsInode } from "./netns.ts";
import { lacksRoot, scratchNetns } from "./scratch-netns.ts";
import { readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";

const skip = lacksRoot();
const code = (expected: string) => (error: unknown) => error instanceof LinuxNetworkError && error.code === expected;

function threadsElsewhere(): number {
  const own = ownNetnsInode();
  return readdirSync("/proc/self/task").filter((task) => statSync(`/proc/self/task/${task}/ns/net`).ino !== own).length;
}

test("a namespace that is not there, an empty path and a file that is none are told apart", () => {
  assert.throws(() => openNetns("/run/netns/is-not-there"), code("NETNS_NOT_FOUND"));
  assert.throws(() => openNetns("/proc/0/ns/net"), code("NETNS_NOT_FOUND"));
  assert.throws(() => openNetns(""), code("NETNS_NOT_A_NAMESPACE"));
  assert.throws(() => openNetns("/proc/self/ns/uts"), code("NETNS_NOT_A_NAMESPACE"));
  // What is left at the path of a named namespace after its unmount.
  const file = join(tmpdir(), `kt-${randomBytes(4).toString("hex")}`);
  writeFileSync(file, "");
  try {
    assert.throws(() => openNetns(file), code("NETNS_NOT_A_NAMESPACE"));
  } finally {
    rmSync(file);
  }
});

test("the own namespace is known as such, however it is reached", () => {
  for (const path of ["/proc/self/ns/net", "/proc/thread-self/ns/net", `/proc/${process.pid}/ns/net`]) {
    using netns = openNetns(path);
    assert.equal(isOwnNetns(netns), true, path);
    assert.equal(netns.inode, ownNetnsInode());
  }
  using same = netnsOf(process.pid);
  assert.equal(isOwnNetns(same), true);
});

test("a closed namespace refuses to be used, since its number may be another file's by then", () => {
  const netns = openNetns("/proc/self/ns/net");
  netns.close();
  netns.close();
  assert.throws(() => netns.fd, code("NETNS_CLOSED"));
});

test("work inside a namespace sees it, and the thread is back afterwards, also when the work throws", { skip }, () => {
  using scratch = scratchNetns();
  assert.equal(isOwnNetns(scratch.netns), false);
  const links = () => readFileSync("/proc/thread-self/net/dev", "utf8").trim().split("\n").length - 2;
  const before = links();
  assert.equal(inNetns(scratch.netns, links), 1);
  assert.throws(
    () =>
      inNetns(scratch.netns, () => {
        throw new RangeError("inside");
      }),
    RangeError,
  );
  assert.equal(links(), before);
  assert.equal(threadsElsewhere(), 0);
});

test("a window inside a window and a promise out of one are refused", { skip }, () => {
  using scratch = scratchNetns();
  assert.throws(() => inNetns(scratch.netns, () => inNetns(scratch.netns, () => 1)), code("NETNS_NESTED"));
  const sneaky = (): unknown => Promise.resolve(1);
  assert.throws(() => inNetns(scratch.netns, sneaky), code("NETNS_ASYNC"));
  assert.equal(threadsElsewhere(), 0);
});

test("under load on the thread pool, no thread is ever left in another namespace", { skip }, async () => {
  using scratch = scratchNetns();
  const derive = promisify(scrypt);
  const load = Array.from({ length: 24 }, async () => {
    await derive("secret", "salt", 16);
    await readFile("/proc/self/stat");
  });
  const state = { busy: true };
  const done = Promise.all(load).finally(() => {
    state.busy = false;
  });
  let windows = 0;
  while (state.busy) {
    for (let at = 0; at < 20; at += 1) inNetns(scratch.netns, () => statSync("/proc/thread-self/ns/net").ino);
    windows += 20;
    assert.equal(threadsElsewhere(), 0);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  assert.ok(windows > 0);
  assert.equal(threadsElsewhere(), 0);
});

test("windows before a process's first asynchronous work leave no thread in the namespace", { skip }, () => {
  using scratch = scratchNetns();
  // The pool of threads would else come into being inside the window, and stay there for ever.
  const script = `
    import { readdirSync, statSync } from "node:fs";
    import { access } from "node:fs/promises";
    import { inNetns, openNetns, ownNetnsInode } from ${JSON.stringify(new URL("./netns.ts", import.meta.url).href)};
    const netns = openNetns(${JSON.stringify(scratch.path)});
    let first;
    const start = () => { first = access("/"); };
    inNetns(netns, start);
    await first;
    const inodes = readdirSync("/proc/self/task").map((task) => statSync("/proc/self/task/" + task + "/ns/net").ino);
    console.log(inodes.filter((inode) => inode !== ownNetnsInode()).length);
  `;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  assert.equal(output.trim(), "0");
});

test("a process whose way back is lost ends at once", { skip }, () => {
  using scratch = scratchNetns();
  const script = `
    import { closeSync, readdirSync, statSync } from "node:fs";
    import { inNetns, openNetns, ownNetnsInode } from ${JSON.stringify(new URL("./netns.ts", import.meta.url).href)};
    const own = ownNetnsInode();
    const netns = openNetns(${JSON.stringify(scratch.path)});
    inNetns(netns, () => {
      for (const fd of readdirSync("/proc/self/fd")) {
        const file = statSync("/proc/self/fd/" + fd, { throwIfNoEntry: false });
        if (file?.ino === own) closeSync(Number(fd));
      }
    });
    console.log("went on");
  `;
  // Without the memory image that an abort leaves behind.
  const command = 'ulimit -c 0; exec "$0" --input-type=module --eval "$1"';
  const ended = spawnSync("sh", ["-c", command, process.execPath, script], { encoding: "utf8" });
  assert.equal(ended.signal, "SIGABRT");
  assert.equal(ended.stdout, "");
});

test("a setting is written in the namespace only", { skip }, () => {
  using scratch = scratchNetns();
  const before = readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8");
  writeSysctl(scratch.netns, "net.ipv4.ip_forward", "1");
  assert.equal(readSysctl(scratch.netns, "net/ipv4/ip_forward"), "1");
  writeSysctl(scratch.netns, "net.ipv4.ip_forward", "0");
  assert.equal(readSysctl(scratch.netns, "net.ipv4.ip_forward"), "0");
  assert.equal(readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8"), before);
  assert.throws(() => writeSysctl(scratch.netns, "net.ipv4.no_such_setting", "1"), { code: "ENOENT" });
  assert.equal(threadsElsewhere(), 0);
});

test("a setting's name leads nowhere but below /proc/sys/net", () => {
  assert.equal(sysctlPath("net.ipv4.conf.eth0.arp_notify"), "/proc/sys/net/ipv4/conf/eth0/arp_notify");
  assert.equal(sysctlPath("net/ipv4/conf/eth0.100/arp_notify"), "/proc/sys/net/ipv4/conf/eth0.100/arp_notify");
  for (const bad of [
    "",
    "net",
    "kernel.hostname",
    "net/../kernel/hostname",
    "net..ipv4",
    "net/ipv4/",
    "/net/ipv4",
    "net.a/../b",
  ]) {
    assert.throws(() => sysctlPath(bad), code("NETLINK_CODEC"), bad);
  }
});
