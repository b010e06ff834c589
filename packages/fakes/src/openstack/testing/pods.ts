import { OpenStackError, type Cloud, type NetworkService } from "@kuryr/openstack";

type Port = Awaited<ReturnType<NetworkService["ports"]["get"]>>;

/** What a reconciliation ended with. */
export type Outcome = "done" | "again";

/** Failures that a level-triggered loop comes back from; anything else is a defect. */
function passes(error: unknown): boolean {
  if (!(error instanceof OpenStackError)) return false;
  return error.transient || ["quota", "timeout", "network", "rate-limit"].includes(error.kind);
}

/** One port for each pod that is wanted, none for any other: as a controller would, from what the cloud says each time. */
export class PodPorts {
  readonly #cloud: Cloud;
  readonly #network: string;
  readonly wanted = new Set<string>();

  constructor(cloud: Cloud, network: string) {
    this.#cloud = cloud;
    this.#network = network;
  }

  async #reconcile(pod: string): Promise<void> {
    const { ports } = this.#cloud.network;
    const mark = { tags: [`pod=${pod}`] };
    const found = await ports.list(mark);
    const [first, ...more] = [...found].sort((a, b) => (a.id < b.id ? -1 : 1));
    const surplus = this.wanted.has(pod) ? more : found;
    for (const port of surplus) await ports.delete(port.id);
    if (first !== undefined || !this.wanted.has(pod)) return;
    const body = { network_id: this.#network, "binding:host_id": "node1", device_owner: "compute:kuryr", ...mark };
    await ports.createMarked(body, mark, { settleMs: 1 });
  }

  /** Reconciles pods until each has been done once without a failure. @throws what a loop cannot come back from */
  async round(pods: Iterable<string>): Promise<Outcome> {
    const ended = await Promise.allSettled([...pods].map((pod) => this.#reconcile(pod)));
    const failures = ended.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
    const fatal = failures.find((error) => !passes(error));
    if (fatal !== undefined) throw fatal;
    return failures.length === 0 ? "done" : "again";
  }

  /** Rounds until one is done. @throws when that takes more than `rounds` */
  async settle(pods: readonly string[], rounds = 50): Promise<number> {
    for (let round = 1; round <= rounds; round++) if ((await this.round(pods)) === "done") return round;
    throw new Error(`the ports of ${pods.length} pods are not settled after ${rounds} rounds`);
  }

  all(): Promise<readonly Port[]> {
    return this.#cloud.network.ports.list({ device_owner: "compute:kuryr" });
  }
}
