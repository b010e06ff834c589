import { ensureImages } from "../images/index.ts";
import { kubeconfig } from "../kube/certificates.ts";
import { programsOf } from "../kube/programs.ts";
import { layout } from "../layout.ts";
import { run } from "../machine/exec.ts";
import { defaultOptions, recordedOptions } from "../options.ts";

/** Runs kubectl as the administrator. @throws CommandFailed */
export async function kubectl(words: readonly string[], input?: string, timeoutMs = 60_000): Promise<string> {
  const path = programsOf(recordedOptions() ?? defaultOptions).path("kubectl");
  const { stdout } = await run([path, `--kubeconfig=${kubeconfig("admin")}`, ...words], {
    timeoutMs,
    ...(input === undefined ? {} : { input }),
  });
  return stdout;
}

/** Applies objects. */
export async function apply(...items: readonly object[]): Promise<void> {
  await kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

/** What tests read of a pod. */
export interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state?: { readonly terminated?: { readonly reason?: string; readonly exitCode: number } };
    }[];
  };
}

export async function getPod(namespace: string, name: string): Promise<Pod> {
  return JSON.parse(await kubectl(["-n", namespace, "get", "pod", name, "-o", "json"])) as Pod;
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true;
}

/** The name under which the nodes have the demo image. */
export async function demoImage(): Promise<string> {
  return (await ensureImages({ cacheDir: layout.cache, progress: () => undefined })).demo.ref;
}

/** A pod with one container of the demo image on the plain bridge network. */
export function demoPod(options: {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly node: string;
  /** Instead of the image's own server. */
  readonly script?: string;
  readonly container?: Readonly<Record<string, unknown>>;
  readonly restartPolicy?: "Always" | "Never";
}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: options.name, namespace: options.namespace },
    spec: {
      nodeName: options.node,
      runtimeClassName: "bridge",
      restartPolicy: options.restartPolicy ?? "Always",
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "demo",
          image: options.image,
          imagePullPolicy: "Never",
          ...(options.script === undefined ? {} : { command: ["/bin/sh", "-c", options.script] }),
          ...options.container,
        },
      ],
    },
  };
}
