import { run, succeeds } from "../machine/exec.ts";
import type { Place } from "../machine/place.ts";
import { until } from "../supervisor/probe.ts";

const where = (place: Place | undefined): { place?: Place } => (place === undefined ? {} : { place });

/** One GET from a place, the host unless told. @throws CommandFailed when nothing answers within `seconds` */
export async function httpGet(place: Place | undefined, url: string, options: readonly string[] = [], seconds = 5) {
  const argv = ["curl", "-sS", "--fail", "--noproxy", "*", "--max-time", String(seconds), ...options, url];
  return (await run(argv, where(place))).stdout;
}

/** Whether a TCP server answers a GET; a port that a security group closes says nothing at all. */
export function httpAnswers(place: Place | undefined, url: string, seconds = 2): Promise<boolean> {
  return succeeds(
    ["curl", "-s", "--noproxy", "*", "--max-time", String(seconds), "-o", "/dev/null", url],
    where(place),
  );
}

/** What a UDP server answers to one datagram, or nothing within a second. */
export async function udpAsk(place: Place | undefined, address: string, port: number): Promise<string> {
  const options = { ...where(place), input: "hello\n", accept: [0, 1] };
  return (await run(["nc", "-u", "-w", "1", address, String(port)], options)).stdout;
}

export function pings(place: Place | undefined, address: string): Promise<boolean> {
  return succeeds(["ping", "-c", "1", "-W", "1", "-q", address], where(place));
}

/**
 * Waits until something holds that the network needs a moment for: the first packet waits for ARP, OVN programs
 * flows after an API has answered.
 */
export function becomes(what: string, holds: () => Promise<boolean>, seconds = 15): Promise<void> {
  return until(what, async () => (await holds()) || "not yet", {
    timeoutMs: seconds * 1000,
    signal: AbortSignal.timeout(seconds * 1000 + 10_000),
  });
}
