import { createInformer } from "@kuryr/kubernetes";

import { demoPod, kuryrPortApi, podApi, type TestPod } from "../test/support/pods.ts";
import { kubectl } from "../test/support/stack.ts";

const limitMs = 300_000;

const isReady = (pod: TestPod): boolean =>
  pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

/** Tells when something happened to an object of a name; asked for before it can have. */
export interface Follower {
  readonly synced: Promise<void>;
  /** Resolves with the moment, of `performance.now()`. */
  readonly seen: (name: string) => Promise<number>;
}

/** Resolves what waits for a name. */
function waiting(): { readonly note: (key: string) => void; readonly seen: Follower["seen"] } {
  const waiters = new Map<string, () => void>();
  return {
    note: (key) => waiters.get(key.split("/")[1] ?? "")?.(),
    seen: (name) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`${name} is not there in ${limitMs / 1000} s`)), limitMs);
        waiters.set(name, () => {
          clearTimeout(limit);
          waiters.delete(name);
          resolve(performance.now());
        });
      }),
  };
}

const onError = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);

/** Follows a namespace's pods until they are Ready. */
export function readyFollower(namespace: string, signal: AbortSignal): Follower {
  const { note, seen } = waiting();
  const informer = createInformer<TestPod, boolean>(podApi, { namespace, project: isReady, onError });
  informer.handle({
    add: (ready, { key }) => void (ready && note(key)),
    update: (_, ready, { key }) => void (ready && note(key)),
  });
  void informer.run(signal);
  return { synced: informer.synced, seen };
}

/** Follows a namespace's KuryrPorts: they are there once they are made. */
export function kuryrPortFollower(namespace: string, signal: AbortSignal): Follower {
  const { note, seen } = waiting();
  const informer = createInformer(kuryrPortApi, { namespace, project: () => true, onError });
  informer.handle({ add: (_, { key }) => note(key) });
  void informer.run(signal);
  return { synced: informer.synced, seen };
}

/** Makes a pod of the demo image bound to a node. */
export async function createPod(
  namespace: string,
  name: string,
  node: string,
  more: Record<string, unknown>,
): Promise<void> {
  await podApi.create(demoPod(namespace, name, node, more) as Parameters<typeof podApi.create>[0]);
}

/** Deletes pods and waits until Kubernetes has none of them. */
export async function deletePods(namespace: string, names: readonly string[]): Promise<void> {
  await kubectl(["-n", namespace, "delete", "pods", ...names, "--now", "--wait=true"]);
}
