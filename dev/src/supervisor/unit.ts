import type { Place } from "../machine/place.ts";

/** The part of the stack a unit belongs to; `up cloud` and `up kube` bring up areas. */
export type Area = "machine" | "cloud" | "kube" | "kuryr";

interface Common {
  /** Unique; a node's units are named `node1/kubelet`. */
  readonly name: string;
  readonly area: Area;
  /** Names of the units that must be up before this one starts. */
  readonly needs: readonly string[];
  /** Milliseconds from start to ready (a service) or to the end (a step). */
  readonly timeoutMs: number;
  /** What a log line means to a person: shown when the unit fails and its log has a match. */
  readonly causes?: readonly (readonly [RegExp, string])[];
}

/** What a unit may use while it works. */
export interface Work {
  readonly signal: AbortSignal;
  /** Says what is going on right now; shown while the unit takes long. */
  readonly say: (text: string) => void;
  /** Prints a line that stays: a choice made, a figure. */
  readonly note: (text: string) => void;
  /** File for the output of the unit's own commands. */
  readonly log: string;
}

/** What is to be seen of a component that somebody else runs. */
export interface Inspection {
  /** `true`, or what is wrong. */
  readonly answer: true | string;
  /** Absent where nothing runs. */
  readonly pid?: number;
  readonly log?: string;
}

/** Something that is made once and then is there: a bridge, a database schema, a Neutron network. */
export interface Step extends Common {
  readonly kind: "step";
  /** Looks at the real thing, quickly, and never changes it. */
  readonly isDone: (work: Work) => Promise<boolean>;
  /** Makes it so; must be safe to run on a half-made thing. `false` says that there was nothing to do after all. */
  readonly run: (work: Work) => Promise<void | boolean>;
  /** For what is a component of the stack and no process of this supervisor's: how `status` shows it. */
  readonly inspect?: (work: Work) => Promise<Inspection>;
  /** Takes away what must not outlive `down`. */
  readonly undo?: (work: Work) => Promise<void>;
}

/** How a service's process is started. */
export interface Command {
  readonly argv: readonly string[];
  /** Runs with less of the processor than what a node runs: in a real cloud it is on another machine. */
  readonly elsewhere?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly place?: Place;
}

/** A process that stays. It leads a session of its own, so that whatever it forks ends with it. */
export interface Service extends Common {
  readonly kind: "service";
  /** Writes configuration, clears stale sockets; runs only before a start. */
  readonly prepare?: (work: Work) => Promise<void>;
  /** Asked only when it starts: paths may be known only once the steps before it are done. */
  readonly command: () => Command;
  /** Probes readiness once: `true`, or what is still missing. */
  readonly ready: (work: Work) => Promise<true | string>;
  /** Asks the process to end in its own way (e.g. `ovs-appctl exit --cleanup`); SIGTERM follows if it does not. */
  readonly stop?: (work: Work) => Promise<void>;
  /** Of code and configuration: a process that was started with another one is started anew by `up`. */
  readonly fingerprint?: () => string;
  /** What it forked lives on without it, and is taken up again at the next start: a container runtime's shims. */
  readonly childrenSurvive?: boolean;
  /** Milliseconds between asking and SIGKILL. */
  readonly stopMs: number;
  /** Version shown by `status`. */
  readonly version?: string;
}

export type Unit = Step | Service;

/** Where one unit stands. */
export type UnitState = "up" | "starting" | "down";
