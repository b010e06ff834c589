import { networkRefusal } from "../../refusal.ts";
import { pythonRepr } from "../../python.ts";
import type { NetworkState } from "../state/state.ts";

/** Limits of projects, and what is used of them. */
export class QuotaKeeper {
  readonly #state: NetworkState;
  /** Limits of a project for which none were set; -1 is without limit. */
  readonly defaults: Readonly<Record<string, number>>;

  constructor(state: NetworkState, defaults: Readonly<Record<string, number>>) {
    this.#state = state;
    this.defaults = defaults;
  }

  limit(kind: string, project: string): number {
    return this.#state.quotas.get(project)?.[kind] ?? this.defaults[kind] ?? -1;
  }

  /** @param projects one for each resource that is to be made. @throws Refusal when there is no room for all */
  check(kind: string, projects: readonly string[]): void {
    for (const project of new Set(projects)) {
      const wanted = projects.filter((one) => one === project).length;
      const limit = this.limit(kind, project);
      if (limit >= 0 && this.#state.used(kind, project) + wanted > limit)
        throw networkRefusal(409, "OverQuota", `Quota exceeded for resources: ${pythonRepr([kind])}.`);
    }
  }
}
