import { isObject, type JsonObject } from "./json.ts";

/** A set of paths into an object; a path is a list of elements as FieldsV1 writes them (`f:spec`, `k:{"name":"a"}`). */
export class FieldSet {
  /** Whether the path that leads here is in the set. */
  member = false;
  readonly children = new Map<string, FieldSet>();

  /** Reads meta/v1 FieldsV1. */
  static from(fields: unknown): FieldSet {
    const set = new FieldSet();
    if (!isObject(fields)) return set;
    for (const [element, below] of Object.entries(fields)) {
      if (element === ".") set.member = true;
      else {
        const child = FieldSet.from(below);
        if (child.children.size === 0) child.member = true;
        set.children.set(element, child);
      }
    }
    return set;
  }

  toJson(): JsonObject {
    const json: JsonObject = this.member && this.children.size > 0 ? { ".": {} } : {};
    for (const element of [...this.children.keys()].toSorted()) json[element] = this.children.get(element)?.toJson();
    return json;
  }

  get empty(): boolean {
    return !this.member && this.children.size === 0;
  }

  has(path: readonly string[]): boolean {
    return this.at(path)?.member === true;
  }

  at(path: readonly string[]): FieldSet | undefined {
    const [element, ...rest] = path;
    return element === undefined ? this : this.children.get(element)?.at(rest);
  }

  insert(path: readonly string[]): void {
    const [element, ...rest] = path;
    if (element === undefined) {
      this.member = true;
      return;
    }
    const child = this.children.get(element) ?? new FieldSet();
    this.children.set(element, child);
    child.insert(rest);
  }

  union(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine || theirs);
  }

  difference(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && !theirs);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && theirs);
  }

  equals(other: FieldSet): boolean {
    return this.#combine(other, (mine, theirs) => mine !== theirs).empty;
  }

  /** Without a path and everything below it. */
  without(path: readonly string[]): FieldSet {
    const [element, ...rest] = path;
    if (element === undefined) return new FieldSet();
    const result = new FieldSet();
    result.member = this.member;
    for (const [name, child] of this.children) {
      const kept = name === element ? child.without(rest) : child;
      if (!kept.empty) result.children.set(name, kept);
    }
    return result;
  }

  /** All paths in it. */
  *paths(above: readonly string[] = []): Generator<readonly string[]> {
    if (this.member) yield above;
    for (const [element, child] of this.children) yield* child.paths([...above, element]);
  }

  #combine(other: FieldSet | undefined, rule: (mine: boolean, theirs: boolean) => boolean): FieldSet {
    const result = new FieldSet();
    result.member = rule(this.member, other?.member === true);
    for (const element of new Set([...this.children.keys(), ...(other?.children.keys() ?? [])])) {
      const child = (this.children.get(element) ?? new FieldSet()).#combine(other?.children.get(element), rule);
      if (!child.empty) result.children.set(element, child);
    }
    return result;
  }
}
