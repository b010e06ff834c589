const uuid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** Names what differs between two runs of a case: uids, times, resourceVersions and names that the server made. */
export class Normaliser {
  readonly #uids = new Map<string, string>();
  readonly #texts = new Map<string, string>();

  /** From now on `text` is written as `<placeholder>`, wherever it is. */
  replace(text: string, placeholder: string): void {
    this.#texts.set(text, `<${placeholder}>`);
  }

  normalise(value: unknown, key = ""): unknown {
    if (typeof value === "string") return this.#string(value, key);
    if (Array.isArray(value)) {
      const items = value.map((item) => this.normalise(item, key));
      // Entries of managedFields are sorted by their times.
      return key === "managedFields" ? items.toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1)) : items;
    }
    if (typeof value !== "object" || value === null) return value;
    if ("reason" in value && value.reason === "Invalid") sortCauses(value);
    if ("generateName" in value && "name" in value && typeof value.name === "string") this.#generated(value);
    if ("name" in value && typeof value.name === "string" && /^kube-api-access-[a-z0-9]{5}$/.test(value.name))
      this.replace(value.name, "kube-api-access");
    return Object.fromEntries(
      // In a fixed order, so that uids are numbered alike.
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => [this.#string(name, ""), this.normalise(item, name)]),
    );
  }

  #generated(meta: { name: unknown; generateName: unknown }): void {
    const prefix = String(meta.generateName);
    const name = String(meta.name);
    if (name.startsWith(prefix) && name.length === prefix.length + 5) this.replace(name, `${prefix}generated`);
  }

  #string(value: string, key: string): string {
    if (key === "resourceVersion" && /^\d+$/.test(value)) return "<version>";
    if (key === "continue" && value !== "") return "<continue>";
    // Behind the fields that may not change, the server shows Go's view of the whole pod.
    let text = value.replace(/(if it was previously negative\))\n@@[\s\S]*$/, "$1");
    for (const [from, to] of this.#texts) text = text.replaceAll(from, to);
    return text
      .replaceAll(uuid, (found) => {
        const known = this.#uids.get(found) ?? `<uid ${this.#uids.size + 1}>`;
        this.#uids.set(found, known);
        return known;
      })
      .replaceAll(time, (_, fraction: string | undefined) => (fraction === undefined ? "<time>" : "<microtime>"))
      .replaceAll(/resource ?version: \d+( \(\d+\))?/gi, "resource version: <version>")
      .replaceAll(/\b(UPPER)[a-z0-9]{5}\b/g, "$1<generated>")
      .replaceAll(/current: \d+/g, "current: <version>")
      .replaceAll(/ResourceVersion in (the precondition|record) \(\d+\)/g, "ResourceVersion in $1 (<version>)")
      .replaceAll(/(\\*"resourceVersion\\*":\\*")\d+/g, "$1<version>");
  }
}

function identity(entry: unknown): string {
  const { manager, operation, subresource } = entry as Record<string, unknown>;
  return `${String(manager)} ${String(operation)} ${String(subresource)}`;
}

/** The server looks at the members of custom objects in no order, so it tells the faults in no order. */
function sortCauses(
  status: object & { message?: string; details?: { causes?: { field: string; message: string }[] } },
): void {
  const causes = status.details?.causes;
  if (causes === undefined || causes.length < 2 || status.message === undefined) return;
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  causes.sort((a, b) => (`${a.field}: ${a.message}` < `${b.field}: ${b.message}` ? -1 : 1));
  const start = status.message.indexOf(" is invalid: [");
  const list = status.message.slice(start + " is invalid: [".length, -1);
  const whole = texts.every((text) => list.includes(text)) && list.length === texts.join(", ").length;
  if (start >= 0 && whole)
    status.message = `${status.message.slice(0, start)} is invalid: [${texts.toSorted().join(", ")}]`;
}
