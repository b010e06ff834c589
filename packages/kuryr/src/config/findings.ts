import { allOptions, options } from "./options.ts";
import { nearest } from "./nearest.ts";
import type { Option } from "./option.ts";

const sections: readonly string[] = Object.keys(options);

/** An option by its place, or `undefined`. */
export function findOption(section: string, name: string): Option | undefined {
  return allOptions.find((one) => one.section === section && one.name === name)?.option;
}

/** An option's own name for one of its names: itself or an alias. */
export function ownName(section: string, name: string): string | undefined {
  return allOptions.find(
    (one) => one.section === section && (one.name === name || one.option.aliases?.includes(name) === true),
  )?.name;
}

/** What somebody who wrote this option most likely meant, e.g. `[neutron_defaults]pod_subnet`. */
export function meant(section: string, name: string): string | undefined {
  const inSection = allOptions.filter((one) => one.section === section).map((one) => one.name);
  const near = nearest(name, inSection);
  if (near !== undefined) return `[${section}]${near}`;
  const elsewhere = allOptions.filter((one) => one.name === name);
  if (elsewhere.length > 0) return elsewhere.map((one) => `[${one.section}]${name}`).join(" or ");
  const otherSection = inSection.length > 0 ? undefined : nearest(section, sections);
  if (otherSection !== undefined) {
    const there = meant(otherSection, name);
    return there ?? `section [${otherSection}]`;
  }
  const anywhere = nearest(name, new Set(allOptions.map((one) => one.name)));
  return anywhere === undefined ? undefined : meant(section, anywhere);
}

/** The warning about an option that nobody knows. */
export function unknownOption(section: string, name: string, where: string): string {
  const better = meant(section, name);
  const advice = better === undefined ? "" : `; did you mean ${better}?`;
  return `[${section}]${name} (${where}) is not an option of this version and has no effect${advice}`;
}

/** What a person should hear about an option without effect, when it was given. */
export function withoutEffect(section: string, name: string, option: Option, where: string): string {
  const place = `[${section}]${name} (${where})`;
  switch (option.standing) {
    case "replaced":
      return `${place} has no effect any more; it is replaced by ${option.help}`;
    case "not-yet":
      return `${place} has no effect yet: ${option.help}`;
    default:
      return `${place} has no effect: ${option.help}`;
  }
}
