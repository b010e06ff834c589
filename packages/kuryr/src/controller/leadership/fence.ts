import type { WriteName as KubernetesWrite } from "@kuryr/kubernetes";
import type { WriteName as OpenStackWrite } from "@kuryr/openstack";

import { KuryrError } from "../../api/errors.ts";
import type { Metrics } from "../../metrics/registry.ts";

/** The right to write, as a term gives it. */
export interface WriteRight {
  /** Milliseconds that a write which starts now may take; 0 when none may start. */
  writeLimitMs(): number;
}

/** A write that was refused because this controller does not lead, or may not any more. */
export class FencedError extends KuryrError {
  constructor(what: string) {
    super(
      "KURYR_FENCED",
      `${what} was not sent: this controller does not hold the Lease`,
      "nothing: whoever holds it does the work; if nobody does, see whether the Kubernetes API answers",
    );
    this.name = "FencedError";
  }
}

/** What is sent by whoever does not lead any more, too: the Lease itself, and Events, which tell what was while it led. */
const open: ReadonlySet<string> = new Set(["leases.coordination.k8s.io", "events"]);

/**
 * The one gate of every write to OpenStack and to Kubernetes. It is asked in the moment when a write is sent, by the
 * clock alone, so a process that was stopped for longer than its Lease starts no write when it goes on, whatever it was
 * in the middle of. Closed until a term begins.
 */
export class Fence {
  #right: WriteRight | undefined;
  readonly #onRefused: (api: "kubernetes" | "openstack") => void;

  constructor(onRefused: (api: "kubernetes" | "openstack") => void = () => undefined) {
    this.#onRefused = onRefused;
  }

  /** A term has begun. */
  open(right: WriteRight): void {
    this.#right = right;
  }

  /** It has ended. */
  close(): void {
    this.#right = undefined;
  }

  /** Whether a write may start now, by the clock alone. */
  get isOpen(): boolean {
    return this.#limitMs > 0;
  }

  /** For the connection to OpenStack. */
  readonly onOpenStack = ({ operation }: Pick<OpenStackWrite, "operation">): number =>
    this.#limit("openstack", operation);

  /** For the connection to Kubernetes. */
  readonly onKubernetes = ({ verb, resource = "" }: Pick<KubernetesWrite, "verb" | "resource">): number =>
    open.has(resource) ? Number.POSITIVE_INFINITY : this.#limit("kubernetes", `${verb} ${resource}`);

  get #limitMs(): number {
    return this.#right?.writeLimitMs() ?? 0;
  }

  #limit(api: "kubernetes" | "openstack", what: string): number {
    const limitMs = this.#limitMs;
    if (limitMs > 0) return limitMs;
    this.#onRefused(api);
    throw new FencedError(what);
  }
}

/** A fence that counts what it refuses. */
export function meteredFence(metrics: Metrics): Fence {
  const refused = metrics.counter(
    "kuryr_fenced_requests_total",
    "Writes that were not sent because this controller does not hold the Lease.",
    ["api"],
  );
  for (const api of ["kubernetes", "openstack"]) refused.inc({ api }, 0);
  return new Fence((api) => refused.inc({ api }));
}
