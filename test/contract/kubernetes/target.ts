import { readFileSync } from "node:fs";

import { startKubernetes } from "@kuryr/fakes";
import { fromKubeconfig } from "@kuryr/kubernetes";

import { kubeconfig } from "../../../dev/src/kube/certificates.ts";
import type { Endpoint } from "./exchange.ts";

/** Which server the cases run against: the fake, or the API server of the running stack. */
export const targetName = process.env["KURYR_TEST_TARGET"] === "real" ? "real" : "fake";

export interface OpenTarget {
  readonly endpoint: Endpoint;
  /** Makes the server forget the history of everything. */
  compact(): Promise<void>;
  /** Starts the server anew if it may still remember everything since its first start, as a young one does. */
  restart(): Promise<void>;
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
    compact: () => Promise.resolve(server.compact()),
    restart: () => Promise.resolve(),
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
    compact: compactEtcd,
    async restart() {
      const { bringBack, kill } = await import("../../support/stack.ts");
      await kill("kube-apiserver");
      await bringBack("kube-apiserver");
    },
    stop: () => Promise.resolve(),
  };
}

/** The stack's etcd, which listens on the machine itself. */
async function compactEtcd(): Promise<void> {
  const etcd = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:2379/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd answers ${path} with ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const { header } = (await etcd("maintenance/status", {})) as { header: { revision: string } };
  await etcd("kv/compaction", { revision: header.revision, physical: true });
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
