import { createElection, type Connection } from "@kuryr/kubernetes";

import { controllerLease, podOfHolder } from "../../api/lease.ts";
import { errorFields, type Logger } from "../../log/logger.ts";
import type { Metrics } from "../../metrics/registry.ts";
import type { Fence } from "./fence.ts";
import type { Identity } from "./identity.ts";

/** Decides when this controller works. */
export interface Leadership {
  /** In a few words, for `/ready`. */
  role(): string;
  /** Whether what this controller sees and says counts now, by the clock alone: it leads, and its Lease is good. */
  speaks(): boolean;
  /**
   * Runs `work` whenever, and for as long as, this controller may work. Resolves when the signal has aborted and the work
   * has ended. While it is not `able` controllers that are go first.
   *
   * @throws what the work throws; LeaseLostError when it does not stop: the process must end then
   */
  run(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>, able: () => boolean): Promise<void>;
}

/** Milliseconds; docs/decisions/0009 says why. */
export interface LeaseTimes {
  /** A standby waits for so long after the last renewal that it has seen. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew for so long starts no more writes. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  readonly lookPeriodMs: number;
  /** Who is not able to do the work leaves a free Lease for so much longer to those who are: several of their looks. */
  readonly deferMs: number;
  /** The work may take so long to stop. */
  readonly drainMs: number;
}

const usualTimes: LeaseTimes = {
  leaseDurationMs: 12_000,
  renewDeadlineMs: 8000,
  retryPeriodMs: 2000,
  lookPeriodMs: 500,
  deferMs: 5000,
  drainMs: 20_000,
};

export interface LeadershipDependencies {
  readonly kubernetes: Connection;
  readonly fence: Fence;
  readonly identity: Identity;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly times?: Partial<LeaseTimes>;
}

/** Works while it holds the Lease `kuryr-controller`, and stands by otherwise. */
export function elected(deps: LeadershipDependencies): Leadership {
  const { fence, identity, log } = deps;
  const leads = leaderGauge(deps.metrics);
  leads(false);
  let working = false;
  let isAble = (): boolean => true;
  const { deferMs, ...times } = { ...usualTimes, ...deps.times };
  const election = createElection(deps.kubernetes, {
    ...controllerLease,
    identity: identity.holder,
    hasEnded: identity.hasEnded,
    deferMs: () => (isAble() ? 0 : deferMs),
    ...times,
    onError: (error, phase) =>
      log[phase === "work" ? "error" : "warn"](`the Lease: ${phase} failed`, errorFields(error)),
    onLeader: (holder) =>
      log.info("the Lease has a new holder", { holder: holder === undefined ? "nobody" : podOfHolder(holder) }),
  });
  return {
    role() {
      if (working) return "leader";
      const { leader } = election;
      if (leader === undefined) return "standby: nobody leads";
      return leader === identity.holder ? "standby: about to lead" : `standby: ${podOfHolder(leader)} leads`;
    },
    speaks: () => fence.isOpen,
    run(signal, work, able) {
      isAble = able;
      return election.run(signal, async (term) => {
        log.info("leads", { transitions: term.transitions });
        fence.open(term);
        working = true;
        leads(true);
        const onEnd = (): void => leads(false);
        term.signal.addEventListener("abort", onEnd, { once: true });
        try {
          await work(term.signal);
        } finally {
          fence.close();
          working = false;
          leads(false);
          const lost = !signal.aborted && term.signal.aborted;
          log[lost ? "warn" : "info"]("leads no more", lost ? errorFields(term.signal.reason) : {});
        }
      });
    },
  };
}

/** Works from the start: for the only controller that there is. */
export function alone(deps: Pick<LeadershipDependencies, "fence" | "metrics">): Leadership {
  const leads = leaderGauge(deps.metrics);
  return {
    role: () => "leader without a Lease",
    speaks: () => deps.fence.isOpen,
    async run(signal, work) {
      deps.fence.open({ writeLimitMs: () => Number.POSITIVE_INFINITY });
      leads(true);
      try {
        await work(signal);
      } finally {
        deps.fence.close();
      }
    },
  };
}

function leaderGauge(metrics: Metrics): (leads: boolean) => void {
  const gauge = metrics.gauge("kuryr_leader", "Whether this controller leads: 1, or 0 while it stands by.", []);
  return (leads) => gauge.set({}, leads ? 1 : 0);
}
