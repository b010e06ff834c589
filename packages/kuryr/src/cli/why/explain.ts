import type { Observed } from "./observed.ts";
import {
  active,
  attached,
  controllerWorks,
  daemonWorks,
  kuryrPort,
  neutronPort,
  ready,
  scheduled,
  type Step,
} from "./steps.ts";

/** The whole way, and whether the pod has its network. */
export interface Explanation {
  readonly steps: readonly Step[];
  readonly verdict: "networked" | "not-ours" | "ended" | "missing";
  readonly summary: string;
  readonly next?: string;
}

/** Without kuryr.conf, a pod that has an address and no KuryrPort tells as much. */
function isElsewhere({ pod, ignoredRuntimeClasses }: Observed, runtimeClass: string): boolean {
  return ignoredRuntimeClasses?.includes(runtimeClass) ?? (pod.status?.podIPs ?? []).length > 0;
}

/** Walks a pod's way: what is done, what is missing, and what to look at next. Pure. */
export function explain(observed: Observed): Explanation {
  const { pod } = observed;
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const phase = pod.status?.phase ?? "Unknown";
  if (pod.spec.hostNetwork === true)
    return { steps: [], verdict: "not-ours", summary: `${name} has the node's own network: Kuryr has no part in it` };
  const runtimeClass = pod.spec.runtimeClassName;
  if (runtimeClass !== undefined && observed.kuryrPort === undefined && isElsewhere(observed, runtimeClass))
    return {
      steps: [],
      verdict: "not-ours",
      summary: `${name} gets its network from its runtime class ${runtimeClass}: Kuryr has no part in it`,
    };
  if ((phase === "Succeeded" || phase === "Failed") && observed.kuryrPort === undefined)
    return { steps: [], verdict: "ended", summary: `${name} has ended (${phase}), and its port was given back` };
  const makers: readonly ((observed: Observed) => Step)[] = [
    scheduled,
    controllerWorks,
    neutronPort,
    kuryrPort,
    daemonWorks,
    attached,
    active,
    ready,
  ];
  const steps: Step[] = [];
  let cause: Step | undefined;
  for (const make of makers) {
    const step = make(observed);
    // What works beside the way (controller, daemon) is told in any case.
    const beside = make === controllerWorks || make === daemonWorks;
    if (cause !== undefined && !beside && step.outcome === "waiting")
      steps.push({ name: step.name, outcome: "later", text: `after: ${cause.name}` });
    else steps.push(step);
    if (step.outcome === "waiting" || (step.outcome === "failed" && cause?.outcome !== "failed")) cause ??= step;
  }
  // A pod with its address works, whatever has become of those who helped.
  const own = steps.find((step) => step.outcome === "failed" && step.name !== "controller" && step.name !== "daemon");
  const first = steps.find((step) => step.outcome === "failed") ?? cause;
  const addressed = steps.at(-1)?.outcome === "done";
  if (addressed && own === undefined) return { steps, verdict: "networked", summary: `${name} has its network` };
  const blame = addressed ? own : first;
  if (blame === undefined) return { steps, verdict: "missing", summary: `${name} has no network yet` };
  return {
    steps,
    verdict: "missing",
    summary: `${name}: ${blame.name}: ${blame.text}`,
    ...(blame.next === undefined ? {} : { next: blame.next }),
  };
}
