import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = "/sys/fs/cgroup";

/** The hierarchies of this machine: one for cgroup v2, one per controller for v1 (and its unified one, if mounted). */
export function cgroupHierarchies(): string[] {
  if (existsSync(join(root, "cgroup.controllers"))) return [root];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((path) => existsSync(join(path, "cgroup.procs")));
}

/** Makes a cgroup in every hierarchy, ready to hold children with limits. */
export function makeCgroup(name: string): void {
  for (const hierarchy of cgroupHierarchies()) {
    let path = hierarchy;
    for (const part of name.split("/")) {
      if (existsSync(join(path, "cgroup.subtree_control")) && existsSync(join(path, "cgroup.controllers"))) {
        enableControllers(path);
      }
      const parent = path;
      path = join(path, part);
      mkdirSync(path, { recursive: true });
      // On v1 a new cpuset is empty, and no process may enter it.
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        if (
          existsSync(join(path, file)) &&
          existsSync(join(parent, file)) &&
          readFileSync(join(path, file), "utf8").trim() === ""
        ) {
          try {
            writeFileSync(join(path, file), readFileSync(join(parent, file), "utf8"));
          } catch {
            // v2 inherits an empty set.
          }
        }
      }
    }
    if (existsSync(join(path, "cgroup.subtree_control"))) enableControllers(path);
  }
}

function enableControllers(path: string): void {
  const controllers = readFileSync(join(path, "cgroup.controllers"), "utf8").trim().split(" ").filter(Boolean);
  for (const controller of controllers) {
    try {
      writeFileSync(join(path, "cgroup.subtree_control"), `+${controller}`);
    } catch {
      // A controller that the parent does not pass on is not needed by every kubelet; it says so itself if it is.
    }
  }
}

/** The file of a weight in either version of cgroups, and how much one process outside weighs there. */
const weights = { "cpu.weight": 100, "cpu.shares": 1024 } as const;

/** Gives a cgroup the processor time of so many processes outside it, when all want it. */
export function weighCgroup(name: string, processes: number): void {
  for (const path of cgroupHierarchies().map((hierarchy) => join(hierarchy, name)))
    for (const [file, one] of Object.entries(weights))
      if (existsSync(join(path, file))) writeFileSync(join(path, file), String(one * processes));
}

/** Every directory of a cgroup in every hierarchy, deepest first. */
function directoriesOf(name: string): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) walk(join(path, entry.name));
    found.push(path);
  };
  for (const hierarchy of cgroupHierarchies()) if (existsSync(join(hierarchy, name))) walk(join(hierarchy, name));
  return found;
}

/** Live processes inside a cgroup, in any hierarchy. */
export function processesInCgroup(name: string): number[] {
  const pids = new Set<number>();
  for (const path of directoriesOf(name)) {
    try {
      for (const pid of readFileSync(join(path, "cgroup.procs"), "utf8").split("\n"))
        if (pid !== "") pids.add(Number(pid));
    } catch {
      // Gone in the meantime.
    }
  }
  return [...pids];
}

/** Whether a cgroup is there in every hierarchy. */
export function cgroupExists(name: string): boolean {
  return cgroupHierarchies().every((hierarchy) => existsSync(join(hierarchy, name)));
}

/** Whether any hierarchy has a cgroup. */
export function cgroupRemains(name: string): boolean {
  return cgroupHierarchies().some((hierarchy) => existsSync(join(hierarchy, name)));
}

/** Removes a cgroup from every hierarchy; processes in it must have ended. */
export function removeCgroup(name: string): void {
  for (const path of directoriesOf(name)) {
    try {
      rmdirSync(path);
    } catch {
      // Still holds a process; the caller looks again.
    }
  }
}
