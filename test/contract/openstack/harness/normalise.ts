import type { Json } from "./http.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const HEX_ID = /\b[0-9a-f]{32}\b/g;
const NOBODY = "00000000-0000-0000-0000-000000000000";
const MAC = /\bfa:16:3e(?::[0-9a-f]{2}){3}\b/g;
const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g;
const REVISIONS = /Constrained to \d+, but current revision is \d+/g;
/** The one message that names an address which was never shown before. */
const FLOATING = /associate floating IP [\d.]+ \(/g;
/** Python's sets have no order, and these messages print some. */
const CHOICES = /(Value should be one of: )([A-Z_0-9, -]+)/g;
const UNKNOWN = /(Unrecognized attribute\(s\) )'([^']*)'/g;
const NAMES = /\{('[a-z_]+'(?:, '[a-z_]+')*)\}/g;
const ADDRESS_KEYS: ReadonlySet<string> = new Set([
  "ip_address",
  "vip_address",
  "floating_ip_address",
  "fixed_ip_address",
]);
/** Lists whose order says something. */
const ORDERED: ReadonlySet<string> = new Set(["dns_nameservers", "prefixes", "availability_zones"]);

/**
 * Replaces what no two clouds have in common: ids, times, request ids, allocated MACs, addresses and VNIs, revisions,
 * and the order of unsorted lists. The same thing gets the same name all through a case.
 */
export class Normaliser {
  readonly #names = new Map<string, string>();
  readonly #patterns: [RegExp, string][] = [];
  readonly #sent = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Gives a value its name in the expectations. */
  name(value: string, name: string): void {
    this.#remember(value, `<${name}>`);
  }

  /** Ids and MACs are found by their form; anything else is looked for as a whole word. */
  #remember(value: string, name: string): void {
    this.#names.set(value, name);
    if (/^[0-9a-f-]{32,36}$/.test(value) || value.startsWith("fa:16:")) return;
    const escaped = value.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    this.#patterns.push([new RegExp(`(?<![\\w.:])${escaped}(?![\\w:]|\\.\\d)`, "g"), name]);
  }

  /** What the case itself chose is compared as it is. */
  sent(value: Json | undefined): void {
    if (typeof value === "string") this.#sent.add(value);
    else if (Array.isArray(value)) for (const one of value as readonly Json[]) this.sent(one);
    else if (typeof value === "object" && value !== null) for (const one of Object.values(value)) this.sent(one);
  }

  #named(value: string, kind: string): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `<${kind} ${count}>`;
    this.#remember(value, name);
    return name;
  }

  text(value: string, replaceNew = true): string {
    let result = value;
    for (const [pattern, name] of this.#patterns) result = result.replaceAll(pattern, name);
    const id = (found: string): string => {
      if (found === NOBODY) return found;
      return replaceNew ? this.#named(found, "id") : (this.#names.get(found) ?? "<id>");
    };
    const mac = (found: string): string => {
      if (this.#sent.has(found)) return found;
      return replaceNew ? this.#named(found, "mac") : (this.#names.get(found) ?? "<mac>");
    };
    return result
      .replaceAll(/\breq-[0-9a-f-]{36}/g, "<request>")
      .replaceAll(UUID, id)
      .replaceAll(HEX_ID, id)
      .replaceAll(MAC, mac)
      .replaceAll(TIME, "<time>")
      .replaceAll(CHOICES, (_all, head: string, list: string) => head + list.split(", ").sort().join(", "))
      .replaceAll(UNKNOWN, (_all, head: string, list: string) => `${head}'${list.split(", ").sort().join(", ")}'`)
      .replaceAll(NAMES, (_all, list: string) => `{${list.split(", ").sort().join(", ")}}`)
      .replaceAll(FLOATING, "associate floating IP <address> (")
      .replaceAll(REVISIONS, "Constrained to <revision>, but current revision is <revision>");
  }

  #value(key: string, value: Json, replaceNew: boolean): Json {
    if (typeof value === "number") {
      if (key === "revision_number") return "<revision>";
      if (key === "standard_attr_id") return "<id>";
      return key === "provider:segmentation_id" ? "<vni>" : value;
    }
    if (typeof value === "string") {
      if (key === "audit_ids") return replaceNew ? this.#named(value, "audit id") : "<audit id>";
      if (ADDRESS_KEYS.has(key) && value !== "" && !this.#sent.has(value)) {
        return replaceNew ? this.#named(value, "address") : (this.#names.get(value) ?? "<address>");
      }
      return this.text(value, replaceNew);
    }
    if (Array.isArray(value)) return this.#list(key, value as readonly Json[], replaceNew);
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value as Readonly<Record<string, Json>>).sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(
        entries.map(([name, one]) => [this.text(name, replaceNew), this.#value(name, one, replaceNew)]),
      );
    }
    return value;
  }

  #list(key: string, list: readonly Json[], replaceNew: boolean): Json {
    if (ORDERED.has(key) || key === "") return list.map((one) => this.#value(key, one, replaceNew));
    // New ids must not be numbered in the order in which the service happened to list them.
    const sorted = list
      .map((one) => ({ one, by: JSON.stringify(this.#value(key, one, false)) }))
      .sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0));
    return sorted.map(({ one }) => this.#value(key, one, replaceNew));
  }

  /** A body as the expectations hold it. `ordered` keeps the order of the outermost list. */
  body(value: Json | undefined, ordered = false): Json | undefined {
    if (value === undefined) return undefined;
    if (ordered && typeof value === "object" && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(
        Object.entries(value as Readonly<Record<string, Json>>).map(([key, one]) => [
          key,
          Array.isArray(one) ? one.map((each: Json) => this.#value(key, each, true)) : this.#value(key, one, true),
        ]),
      );
    }
    return this.#value("body", value, true);
  }
}
