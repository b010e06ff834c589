import type { Option, OptionSections } from "./option.ts";
import { kubernetesOptions } from "./options/kubernetes.ts";
import { networkOptions } from "./options/network.ts";
import { nodeOptions } from "./options/node.ts";
import { openstackOptions } from "./options/openstack.ts";
import { processOptions } from "./options/process.ts";

export type { Option, OptionSections, OptionType, Standing } from "./option.ts";

/**
 * Every option that users of Kuryr-Kubernetes can have in kuryr.conf, by section and name, with its default and what
 * this version does with it.
 */
export const options = {
  ...processOptions,
  ...kubernetesOptions,
  ...openstackOptions,
  ...nodeOptions,
  ...networkOptions,
} as const satisfies OptionSections;

export type Options = typeof options;

/** An option with the place it has. */
export interface Placed {
  readonly section: string;
  readonly name: string;
  readonly option: Option;
}

/** All options in the order of the documentation. */
export const allOptions: readonly Placed[] = Object.entries<Readonly<Record<string, Option>>>(options).flatMap(
  ([section, known]) => Object.entries(known).map(([name, option]) => ({ section, name, option })),
);
