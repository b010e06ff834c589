import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "../machine/exec.ts";
import { stateOf } from "../layout.ts";
import { api, clusterDomain, external, services, type NodePlan } from "../network-plan.ts";
import type { Step } from "../supervisor/unit.ts";

/** Files of one certificate and its key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

const directory = (): string => stateOf("kubernetes", "pki");

/** The files of a certificate by its name. */
export function pair(name: string): KeyPair {
  return { certificate: join(directory(), `${name}.crt`), key: join(directory(), `${name}.key`) };
}

export const authority = (): KeyPair => pair("ca");
export const serviceAccountKeys = (): { private: string; public: string } => ({
  private: join(directory(), "service-account.key"),
  public: join(directory(), "service-account.pub"),
});

interface Request {
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly usage: "client" | "server";
  readonly names?: readonly string[];
}

function requests(nodes: readonly NodePlan[]): Request[] {
  return [
    {
      name: "apiserver",
      commonName: "kube-apiserver",
      usage: "server",
      names: [
        `IP:${external.hostAddress}`,
        `IP:${services.kubernetes}`,
        "IP:127.0.0.1",
        "DNS:localhost",
        "DNS:kubernetes",
        "DNS:kubernetes.default",
        "DNS:kubernetes.default.svc",
        `DNS:kubernetes.default.svc.${clusterDomain}`,
      ],
    },
    {
      name: "apiserver-kubelet-client",
      commonName: "kube-apiserver-kubelet-client",
      organization: "system:masters",
      usage: "client",
    },
    { name: "admin", commonName: "kubernetes-admin", organization: "system:masters", usage: "client" },
    { name: "controller-manager", commonName: "system:kube-controller-manager", usage: "client" },
    { name: "scheduler", commonName: "system:kube-scheduler", usage: "client" },
    ...nodes.flatMap((node): Request[] => [
      {
        name: `${node.name}-client`,
        commonName: `system:node:${node.name}`,
        organization: "system:nodes",
        usage: "client",
      },
      {
        name: `${node.name}-server`,
        commonName: `system:node:${node.name}`,
        organization: "system:nodes",
        usage: "server",
        names: [`DNS:${node.name}`, `IP:${node.podNetworkAddress}`],
      },
    ]),
  ];
}

/** The openssl configuration of a request; extensions come from it when the authority signs. */
export function opensslConfig(request: Request): string {
  return [
    "[req]",
    "prompt = no",
    "distinguished_name = name",
    "[name]",
    `CN = ${request.commonName}`,
    ...(request.organization === undefined ? [] : [`O = ${request.organization}`]),
    "[ext]",
    "basicConstraints = critical, CA:FALSE",
    "keyUsage = critical, digitalSignature, keyEncipherment",
    `extendedKeyUsage = ${request.usage}Auth`,
    ...(request.names === undefined ? [] : [`subjectAltName = ${request.names.join(", ")}`]),
    "",
  ].join("\n");
}

const elliptic = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

async function makeAuthority(): Promise<void> {
  const { certificate, key } = authority();
  if (existsSync(certificate)) return;
  await run(["openssl", "genpkey", ...elliptic, "-out", key]);
  await run([
    "openssl",
    "req",
    "-x509",
    "-new",
    "-key",
    key,
    "-days",
    "3650",
    "-subj",
    "/CN=kuryr-dev-ca",
    "-out",
    `${certificate}.new`,
    "-addext",
    "keyUsage = critical, keyCertSign, digitalSignature",
  ]);
  renameSync(`${certificate}.new`, certificate);
  const keys = serviceAccountKeys();
  await run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", keys.private]);
  await run(["openssl", "pkey", "-in", keys.private, "-pubout", "-out", keys.public]);
}

async function sign(request: Request): Promise<void> {
  const { certificate, key } = pair(request.name);
  if (existsSync(certificate)) return;
  const config = join(directory(), `${request.name}.cnf`);
  const csr = join(directory(), `${request.name}.csr`);
  writeFileSync(config, opensslConfig(request));
  await run(["openssl", "genpkey", ...elliptic, "-out", key]);
  await run(["openssl", "req", "-new", "-key", key, "-config", config, "-out", csr]);
  await run([
    "openssl",
    "x509",
    "-req",
    "-in",
    csr,
    "-CA",
    authority().certificate,
    "-CAkey",
    authority().key,
    "-CAcreateserial",
    "-days",
    "3650",
    "-extfile",
    config,
    "-extensions",
    "ext",
    "-out",
    `${certificate}.new`,
  ]);
  renameSync(`${certificate}.new`, certificate);
  for (const file of [config, csr]) rmSync(file);
}

/** Every certificate of the cluster, from an authority of its own. */
export function certificatesStep(nodes: readonly NodePlan[], needs: readonly string[]): Step {
  const all = requests(nodes);
  return {
    kind: "step",
    name: "certificates",
    area: "kube",
    needs,
    timeoutMs: 60_000,
    isDone: async () => all.every((request) => existsSync(pair(request.name).certificate)),
    run: async () => {
      mkdirSync(directory(), { recursive: true, mode: 0o700 });
      await makeAuthority();
      // One after the other: they share the authority's serial number file.
      for (const request of all) await sign(request);
      for (const [name, user] of kubeconfigUsers(nodes)) writeKubeconfig(name, user);
    },
  };
}

function kubeconfigUsers(nodes: readonly NodePlan[]): (readonly [name: string, pair: string])[] {
  return [
    ["admin", "admin"],
    ["controller-manager", "controller-manager"],
    ["scheduler", "scheduler"],
    ...nodes.map((node) => [node.name, `${node.name}-client`] as const),
  ];
}

/** Path of a kubeconfig: `admin`, `controller-manager`, `scheduler` or a node's name. */
export function kubeconfig(name: string): string {
  return stateOf("kubernetes", "kubeconfigs", name);
}

/** Kubeconfigs are YAML; JSON is YAML too. */
function writeKubeconfig(name: string, user: string): void {
  const { certificate, key } = pair(user);
  mkdirSync(stateOf("kubernetes", "kubeconfigs"), { recursive: true, mode: 0o700 });
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "kuryr-dev", cluster: { server: api.url, "certificate-authority": authority().certificate } }],
    users: [{ name: user, user: { "client-certificate": certificate, "client-key": key } }],
    contexts: [{ name: "kuryr-dev", context: { cluster: "kuryr-dev", user } }],
    "current-context": "kuryr-dev",
  };
  writeFileSync(kubeconfig(name), `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
