import assert from "node:assert/strict";
import { test } from "node:test";

import { memoryFilesOf, memoryUsed, type FileReader } from "./memory.ts";

const filesOf = (content: Readonly<Record<string, string>>): FileReader => {
  const known = new Map(Object.entries(content));
  return {
    exists: (path) => known.has(path),
    read: (path) => {
      const text = known.get(path);
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  };
};

const hybrid = "12:memory:/kubepods/burstable/pod1/c1\n2:cpu,cpuacct:/kubepods/burstable/pod1/c1\n0::/\n";
const unified = "0::/kubepods.slice/kubepods-burstable.slice/cri-containerd-c1.scope\n";

test("[row 146] on cgroup v1 the own group is found by its path, and in a container at the root of what is mounted", () => {
  const own = "/sys/fs/cgroup/memory/kubepods/burstable/pod1/c1";
  const onHost = filesOf({ [`${own}/memory.usage_in_bytes`]: "1", "/sys/fs/cgroup/memory/memory.usage_in_bytes": "2" });
  assert.deepEqual(memoryFilesOf("", hybrid, onHost), { version: 1, directory: own });
  const inContainer = filesOf({ "/sys/fs/cgroup/memory/memory.usage_in_bytes": "2" });
  assert.deepEqual(memoryFilesOf("", hybrid, inContainer), { version: 1, directory: "/sys/fs/cgroup/memory" });
});

test("[row 146] on cgroup v2 too", () => {
  const own = "/sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/cri-containerd-c1.scope";
  assert.deepEqual(memoryFilesOf("", unified, filesOf({ [`${own}/memory.current`]: "1" })), {
    version: 2,
    directory: own,
  });
  assert.deepEqual(memoryFilesOf("", "0::/\n", filesOf({ "/sys/fs/cgroup/memory.current": "1" })), {
    version: 2,
    directory: "/sys/fs/cgroup",
  });
});

test("[row 146] a configured group comes first where it exists, and where nothing accounts there is nothing", () => {
  const service = "/sys/fs/cgroup/memory/system.slice/kuryr-cni.service";
  const files = filesOf({
    [`${service}/memory.usage_in_bytes`]: "1",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "2",
  });
  assert.deepEqual(memoryFilesOf(service, hybrid, files), { version: 1, directory: service });
  assert.equal(memoryFilesOf(service, unified, filesOf({})), undefined);
});

test("[row 146] file pages that nobody has touched lately do not count: v1 with its children, v2 with its swap", () => {
  const v1 = filesOf({
    "/g/memory.usage_in_bytes": "100000000\n",
    "/g/memory.stat": "inactive_file 1\nrss 5\ntotal_inactive_file 30000000\n",
  });
  assert.equal(memoryUsed({ version: 1, directory: "/g" }, v1), 70_000_000);
  const swapAccounted = filesOf({
    "/g/memory.usage_in_bytes": "100000000\n",
    "/g/memory.memsw.usage_in_bytes": "120000000\n",
    "/g/memory.stat": "total_inactive_file 30000000\n",
  });
  assert.equal(memoryUsed({ version: 1, directory: "/g" }, swapAccounted), 90_000_000);
  const v2 = filesOf({
    "/g/memory.current": "100000000\n",
    "/g/memory.swap.current": "5000000\n",
    "/g/memory.stat": "anon 60000000\ninactive_file 20000000\n",
  });
  assert.equal(memoryUsed({ version: 2, directory: "/g" }, v2), 85_000_000);
});
