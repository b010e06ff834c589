import { join } from "node:path";

/** A control group's memory files, by what they hold. */
export interface MemoryFiles {
  readonly version: 1 | 2;
  readonly directory: string;
}

/** What is needed of a file system. */
export interface FileReader {
  exists(path: string): boolean;
  read(path: string): string;
}

const mount = "/sys/fs/cgroup";

/**
 * Where a process's own control group accounts for memory; undefined where nothing does.
 *
 * In a container the file system shows the own group at its root while `/proc/self/cgroup` may name the whole path, so
 * both are tried. Source: cgroups(7), `memory.txt` of cgroup v1, `cgroup-v2.rst`.
 *
 * @param configured `[cni_health_server]cg_path`: for a daemon that runs outside a container
 * @param membership content of `/proc/self/cgroup`
 */
export function memoryFilesOf(configured: string, membership: string, files: FileReader): MemoryFiles | undefined {
  const lines = membership.split("\n").map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const v1 = lines.find((line) => line?.[1]?.split(",").includes("memory"))?.[2];
  const v2 = lines.find((line) => line?.[1] === "")?.[2];
  const directories = [
    configured,
    ...(v1 === undefined ? [] : [join(mount, "memory", v1), join(mount, "memory")]),
    ...(v2 === undefined ? [] : [join(mount, v2), mount]),
  ];
  for (const given of directories) {
    if (given === "") continue;
    const directory = given.replace(/\/+$/, "");
    if (files.exists(join(directory, "memory.usage_in_bytes"))) return { version: 1, directory };
    if (files.exists(join(directory, "memory.current"))) return { version: 2, directory };
  }
  return undefined;
}

/**
 * Bytes that a control group uses and cannot give back at once: its usage without the file pages that nobody has
 * touched lately, which is what the kubelet calls the working set, and its swap where that is accounted for.
 */
export function memoryUsed({ version, directory }: MemoryFiles, files: FileReader): number {
  const number = (name: string): number => Number(files.read(join(directory, name)).trim());
  const optional = (name: string): number | undefined =>
    files.exists(join(directory, name)) ? number(name) : undefined;
  const stat = files.read(join(directory, "memory.stat"));
  const idle = Number(/^(?:total_)?inactive_file (\d+)$/m.exec(version === 1 ? totals(stat) : stat)?.[1] ?? 0);
  const used =
    version === 1
      ? (optional("memory.memsw.usage_in_bytes") ?? number("memory.usage_in_bytes"))
      : number("memory.current") + (optional("memory.swap.current") ?? 0);
  return Math.max(0, used - idle);
}

/** cgroup v1 tells a group's own pages, and in `total_...` those of its children too. */
const totals = (stat: string): string => {
  const lines = stat.split("\n");
  const total = lines.filter((line) => line.startsWith("total_"));
  return (total.length > 0 ? total : lines).join("\n");
};
