import { StackError } from "../errors.ts";

/** The little of a unit that its order depends on. */
export interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

/**
 * Orders nodes so that each comes after what it needs; ties keep the order given.
 * @throws StackError for an unknown name, a name used twice, or a cycle (named in the message).
 */
export function inOrder<T extends Node>(nodes: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const node of nodes) {
    if (byName.has(node.name)) throw new StackError("KURYR_DEV_GRAPH", `two units are named ${node.name}`);
    byName.set(node.name, node);
  }
  const ordered: T[] = [];
  const state = new Map<string, "visiting" | "done">();
  const visit = (node: T, path: readonly string[]): void => {
    const seen = state.get(node.name);
    if (seen === "done") return;
    if (seen === "visiting") {
      throw new StackError("KURYR_DEV_GRAPH", `units need each other: ${[...path, node.name].join(" -> ")}`);
    }
    state.set(node.name, "visiting");
    for (const need of node.needs) {
      const other = byName.get(need);
      if (other === undefined) throw new StackError("KURYR_DEV_GRAPH", `${node.name} needs ${need}, which is no unit`);
      visit(other, [...path, node.name]);
    }
    state.set(node.name, "done");
    ordered.push(node);
  };
  for (const node of nodes) visit(node, []);
  return ordered;
}

/** The nodes named, with everything they need, in the order given. */
export function withNeeds<T extends Node>(nodes: readonly T[], wanted: (node: T) => boolean): T[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const keep = new Set<string>();
  const take = (node: T): void => {
    if (keep.has(node.name)) return;
    keep.add(node.name);
    for (const need of node.needs) {
      const other = byName.get(need);
      if (other !== undefined) take(other);
    }
  };
  for (const node of nodes) if (wanted(node)) take(node);
  return nodes.filter((node) => keep.has(node.name));
}
