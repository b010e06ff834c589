import { UsageError } from "../errors.ts";
import type { StringMap } from "../objects.ts";

/** meta/v1 LabelSelectorRequirement. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[] | undefined;
}

/** meta/v1 LabelSelector; all requirements must hold, so an empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels?: StringMap | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

/** Both parts of a selector as one list of requirements. */
export function labelRequirements(selector: LabelSelector): LabelRequirement[] {
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  return requirements.concat(selector.matchExpressions ?? []);
}

/**
 * Whether labels satisfy a selector, by the rules of the API server: `NotIn` and `DoesNotExist` hold for a missing key,
 * `undefined` as selector selects nothing.
 */
export function matchesLabels(selector: LabelSelector | undefined, labels: StringMap | undefined): boolean {
  if (selector === undefined) return false;
  return labelRequirements(selector).every(({ key, operator, values = [] }) => {
    // A label may be called "constructor": only own keys count.
    const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return false;
    }
  });
}

/** The selector as the `labelSelector` query parameter wants it; "" for one that selects everything. */
export function formatLabelSelector(selector: LabelSelector): string {
  return labelRequirements(selector)
    .map(({ key, operator, values = [] }) => {
      switch (operator) {
        case "In":
          return values.length === 1 ? `${key}=${values.join("")}` : `${key} in (${values.join(",")})`;
        case "NotIn":
          return values.length === 1 ? `${key}!=${values.join("")}` : `${key} notin (${values.join(",")})`;
        case "Exists":
          return key;
        case "DoesNotExist":
          return `!${key}`;
        default:
          throw new UsageError(`unknown selector operator ${String(operator)}`, "Use In, NotIn, Exists, DoesNotExist.");
      }
    })
    .join(",");
}

const TERM = new RegExp(
  [
    String.raw`^\s*(?:`,
    String.raw`!\s*(?<absent>[^\s!=(),]+)`,
    String.raw`|(?<equalKey>[^\s!=(),]+)\s*(?<equality>==|=|!=)\s*(?<value>[^\s!=(),]*)`,
    String.raw`|(?<setKey>[^\s!=(),]+)\s+(?<set>in|notin)\s*\((?<values>[^!=()]*)\)`,
    String.raw`|(?<present>[^\s!=(),]+)`,
    String.raw`)\s*(?:,|$)`,
  ].join(""),
);

/**
 * Reads a selector as people write it (`app=web,tier in (a,b),!canary`).
 *
 * @throws UsageError for anything else.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const matchExpressions: LabelRequirement[] = [];
  let rest = text.trim();
  if (rest === "") return { matchExpressions };
  for (;;) {
    const match = TERM.exec(rest);
    const groups = match?.groups;
    if (match === null || groups === undefined) {
      throw new UsageError(
        `"${text}" is not a label selector`,
        "Write key=value, key!=value, key in (a,b), key, !key.",
      );
    }
    if (groups["absent"] !== undefined) {
      matchExpressions.push({ key: groups["absent"], operator: "DoesNotExist" });
    } else if (groups["equalKey"] !== undefined) {
      const operator = groups["equality"] === "!=" ? "NotIn" : "In";
      matchExpressions.push({ key: groups["equalKey"], operator, values: [groups["value"] ?? ""] });
    } else if (groups["setKey"] !== undefined) {
      const values = (groups["values"] ?? "").split(",").map((value) => value.trim());
      matchExpressions.push({ key: groups["setKey"], operator: groups["set"] === "in" ? "In" : "NotIn", values });
    } else if (groups["present"] !== undefined) {
      matchExpressions.push({ key: groups["present"], operator: "Exists" });
    }
    const comma = match[0].endsWith(",");
    rest = rest.slice(match[0].length);
    if (rest === "" && !comma) return { matchExpressions };
  }
}

/** One term of a field selector. */
export interface FieldRequirement {
  readonly path: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** The `fieldSelector` query parameter; backslash, comma and equals sign in values are escaped (fields.EscapeValue). */
export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements
    .map(({ path, operator, value }) => `${path}${operator}${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`)
    .join(",");
}
