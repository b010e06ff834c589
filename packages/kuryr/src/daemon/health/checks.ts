import { existsSync, readFileSync } from "node:fs";

import type { Connection } from "@kuryr/kubernetes";

import type { Configuration } from "../../config/load.ts";
import type { AddFailures } from "./add-failures.ts";
import type { Check } from "./background.ts";
import { missingCapabilities } from "./capabilities.ts";
import { memoryFilesOf, memoryUsed, type FileReader } from "./memory.ts";
import { namespaceReasons } from "./namespaces.ts";
import { reason } from "../../process/health.ts";

/** What the daemon's checks look at. */
export interface CheckDependencies {
  readonly kubernetes: Pick<Connection, "ready" | "clock">;
  /** When the Kubernetes API answered last, milliseconds of `kubernetes.clock`. */
  readonly lastAnswer: () => number;
  readonly failures: AddFailures;
  readonly procDirectory: string;
  readonly memory: Pick<Configuration["cni_health_server"], "max_memory_usage" | "cg_path">;
}

/** An answer that is no older than this is enough: thousands of daemons shall not ask for the sake of asking. */
const recentMs = 9000;

const files: FileReader = { exists: existsSync, read: (path) => readFileSync(path, "utf8") };

/**
 * What is looked at in the background, with the probe that it fails: what a new start of the daemon could mend, or what
 * makes it useless, fails `/alive`; what only time or others mend fails `/ready`.
 */
export function daemonChecks(deps: CheckDependencies): readonly Check[] {
  return [
    {
      name: "capabilities",
      fails: ["ready", "status"],
      look: () =>
        missingCapabilities(files.read("/proc/self/status")).map((what) =>
          reason("KURYR_CAPABILITY", `the daemon has not the capability ${what}`),
        ),
    },
    {
      name: "the node's network namespaces",
      fails: ["ready", "alive", "status"],
      look: () => namespaceReasons({ named: "/run/netns", procDirectory: deps.procDirectory }),
    },
    { name: "the Kubernetes API", fails: ["ready"], look: (signal) => kubernetesReasons(deps, signal) },
    { name: "ADDs", fails: ["alive"], look: () => deps.failures.reasons() },
    { name: "memory", fails: ["alive"], look: () => memoryReasons(deps.memory) },
  ];
}

async function kubernetesReasons(
  { kubernetes, lastAnswer }: CheckDependencies,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (kubernetes.clock.now() - lastAnswer() < recentMs) return [];
  const { ready, detail } = await kubernetes.ready({ signal, timeoutMs: 3000 });
  return ready ? [] : [reason("KURYR_KUBERNETES_UNREACHABLE", `the Kubernetes API does not answer: ${detail}`)];
}

function memoryReasons({ max_memory_usage: limit, cg_path: configured }: CheckDependencies["memory"]): string[] {
  if (limit < 0) return [];
  const group = memoryFilesOf(configured, files.read("/proc/self/cgroup"), files);
  if (group === undefined) return [];
  const used = Math.round(memoryUsed(group, files) / 1024 / 1024);
  if (used <= limit) return [];
  return [reason("KURYR_MEMORY", `${used} MiB are used and [cni_health_server]max_memory_usage is ${limit} MiB`)];
}
