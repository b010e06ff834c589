import { cloudUnits } from "./cloud/units.ts";
import { kubeUnits } from "./kube/units.ts";
import { kuryrUnits } from "./kuryr/units.ts";
import { machineUnits } from "./machine/units.ts";
import { nodePlan, type NodePlan } from "./network-plan.ts";
import type { StackOptions } from "./options.ts";
import type { Unit } from "./supervisor/unit.ts";

/** The stack as data: every unit of machine, cloud and cluster, with what it needs. */
export interface Stack {
  readonly options: StackOptions;
  readonly nodes: readonly NodePlan[];
  readonly units: readonly Unit[];
}

/** Describes the stack for some options; starts nothing. */
export function describeStack(options: StackOptions): Stack {
  const nodes = Array.from({ length: options.nodes }, (_, i) => nodePlan(i + 1));
  return {
    options,
    nodes,
    units: [
      ...machineUnits(options, nodes),
      ...cloudUnits(options, nodes),
      ...kubeUnits(options, nodes),
      ...kuryrUnits(options, nodes),
    ],
  };
}
