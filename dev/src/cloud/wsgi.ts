import { request } from "node:http";

import { external } from "../network-plan.ts";
import type { Release } from "./releases.ts";

/** The uwsgi command line of an OpenStack API. */
export function uwsgi(
  release: Release,
  api: "keystone" | "neutron" | "octavia",
  options: { port: number; processes: number; threads: number; extra?: readonly string[] },
): string[] {
  return [
    release.python === undefined ? "/usr/bin/uwsgi" : release.program("uwsgi"),
    ...release.wsgi[api],
    "--master",
    "--die-on-term",
    "--lazy-apps",
    "--enable-threads",
    "--need-app",
    "--http-socket",
    `${external.hostAddress}:${options.port}`,
    "--processes",
    String(options.processes),
    "--threads",
    String(options.threads),
    "--buffer-size",
    "65535",
    "--post-buffering",
    "65536",
    // uwsgi closes after each answer without saying so, which a keep-alive client sees as a reset.
    "--add-header",
    "Connection: close",
    "--disable-logging",
    ...(options.extra ?? []),
  ];
}

/** The status code of a plain GET. */
export function statusOf(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "GET", signal, headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    call.on("error", reject);
    call.end();
  });
}

/** A probe that wants one of the given codes from a URL. */
export async function answersWith(url: string, codes: readonly number[], signal: AbortSignal): Promise<true | string> {
  const status = await statusOf(url, signal);
  return codes.includes(status) ? true : `${url} answered ${status}`;
}
