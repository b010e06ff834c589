import { readFileSync } from "node:fs";

import { startKubernetes } from "@kuryr/fakes";
import { fromKubeconfig } from "@kuryr/kubernetes";

import { kubeconfig } from "../../../dev/src/kube/certificates.ts";
import type { Endpoint } from "./exchange.ts";

/** Which server the cases run against: the fake, or the API server of the running stack. */
export const targetName = process.env["KURYR_TEST_TARGET"] === "real" ? "real" : "fake";

export interface OpenTarget {
  readonly endpoint: Endpoint;
  stop(): Promise<void>;
}

const nobody = { "unknown-token": { Authorization: "Bearer nobody-knows-this" }, anonymous: {} };

async function openFake(): Promise<OpenTarget> {
  const server = await startKubernetes({
    users: [
      { token: "administrator", name: "admin", groups: ["system:masters"] },
      { token: "stranger", name: "stranger", groups: [], rules: [] },
    ],
  });
  return {
    endpoint: {
      url: server.url,
      tls: {},
      headers: {
        admin: { Authorization: "Bearer administrator" },
        stranger: { Authorization: "Bearer stranger" },
        ...nobody,
      },
      withoutCertificate: [],
    },
    stop: () => server.stop(),
  };
}

function openReal(): OpenTarget {
  const { server, ca, clientCert, clientKey } = fromKubeconfig(kubeconfig("admin"));
  return {
    endpoint: {
      url: server,
      tls: {
        ...(ca === undefined ? {} : { ca }),
        ...(clientCert === undefined ? {} : { cert: clientCert }),
        ...(clientKey === undefined ? {} : { key: clientKey }),
      },
      headers: { admin: {}, stranger: { "Impersonate-User": "stranger" }, ...nobody },
      withoutCertificate: ["unknown-token", "anonymous"],
    },
    stop: () => Promise.resolve(),
  };
}

export function openTarget(): Promise<OpenTarget> {
  return targetName === "real" ? Promise.resolve(openReal()) : openFake();
}

/** What the real server answered, by the name of the case. */
export function recordedAnswers(path: string): Map<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}
