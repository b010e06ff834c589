import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";

import { KuryrError, messageOf } from "../api/errors.ts";

/** Makes one implementation. */
export type Factory<C, T> = (context: C) => T | Promise<T>;

/** The implementations of one thing, by the names that kuryr.conf has for them. */
export interface Registry<C, T> {
  /** The option that names one, such as `[kubernetes]pod_vif_driver`. */
  readonly option: string;
  /** What a module of the user's must export. */
  readonly exported: string;
  readonly known: ReadonlyMap<string, Factory<C, T>>;
  /** Names of Kuryr-Kubernetes that this version does not have yet, with what happens without them. */
  readonly notYet?: ReadonlyMap<string, string>;
}

/** What was found under a name. */
export type Choice<C, T> =
  | { readonly name: string; readonly factory: Factory<C, T> }
  | { readonly name: string; readonly notYet: string };

const modulePrefix = "module:";

/**
 * Finds an implementation: one of ours by its name, or a module of the user's by `module:PATH` (absolute) or
 * `module:PACKAGE`, which exports a factory by the name that the registry says.
 *
 * @throws KuryrError for an unknown name (the message lists those that are known) and for a module that cannot be used
 */
export async function choose<C, T>(registry: Registry<C, T>, name: string): Promise<Choice<C, T>> {
  const factory = registry.known.get(name);
  if (factory !== undefined) return { name, factory };
  const notYet = registry.notYet?.get(name);
  if (notYet !== undefined) return { name, notYet };
  if (name.startsWith(modulePrefix))
    return { name, factory: await imported(registry, name.slice(modulePrefix.length)) };
  throw new KuryrError(
    "KURYR_CONFIG_NAME",
    `${registry.option}: "${name}" is unknown; known are ${[...registry.known.keys()].join(", ")}`,
    `take one of those, or ${modulePrefix}PATH for a module of your own, and restart the controller`,
  );
}

/** {@link choose} where one that is not there yet cannot be left out. */
export async function chooseNow<C, T>(registry: Registry<C, T>, name: string): Promise<Factory<C, T>> {
  const choice = await choose(registry, name);
  if ("factory" in choice) return choice.factory;
  throw new KuryrError(
    "KURYR_CONFIG_NAME",
    `${registry.option}: "${name}" does not exist in this version: ${choice.notYet}`,
    `take one of ${[...registry.known.keys()].join(", ")}`,
  );
}

async function imported<C, T>(registry: Registry<C, T>, specifier: string): Promise<Factory<C, T>> {
  const refused = (what: string, cause?: unknown): KuryrError =>
    new KuryrError(
      "KURYR_CONFIG_MODULE",
      `${registry.option}: module ${specifier} ${what}`,
      `it must be readable by the controller and export a function ${registry.exported}`,
      { cause },
    );
  let module: Readonly<Record<string, unknown>>;
  try {
    const url = isAbsolute(specifier) ? pathToFileURL(specifier).href : specifier;
    module = (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw refused(`cannot be imported: ${messageOf(error)}`, error);
  }
  const factory = module[registry.exported];
  if (typeof factory !== "function") throw refused(`exports no function ${registry.exported}`);
  return factory as Factory<C, T>;
}
