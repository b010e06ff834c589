import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  copyFileSync,
  chmodSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { installation, kuryrPortCrd, rbacObjects } from "@kuryr/kuryr";

import { endpoints, region } from "../cloud/endpoints.ts";
import { secrets } from "../cloud/secrets.ts";
import { topology } from "../cloud/topology.ts";
import { statusOf } from "../cloud/wsgi.ts";
import { renderIni } from "../ini.ts";
import { authority } from "../kube/certificates.ts";
import { kubectl } from "../kube/control-plane.ts";
import { programsOf, type Programs } from "../kube/programs.ts";
import { stateOf } from "../layout.ts";
import { run } from "../machine/exec.ts";
import { onNode, placeOf } from "../machine/namespaces.ts";
import { api, type NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import type { Service, Step, Unit } from "../supervisor/unit.ts";

const repository = join(import.meta.dirname, "..", "..", "..");
const source = (...path: string[]): string => join(repository, "packages", "kuryr", "src", ...path);
/** Small young generation: these processes hold little and allocate little. */
const node = (file: string): string[] => [process.execPath, "--max-semi-space-size=1", "-C", "kuryr-source", file];
/** Holds the stripped sources, so that the processes need not load the 30 MB that strip them. */
const nodeEnv = { NODE_COMPILE_CACHE: stateOf("kuryr", "compile-cache") };

type Component = "controller" | "daemon";
const accounts: Readonly<Record<Component, string>> = {
  controller: installation.controller,
  daemon: installation.daemon,
};
const tokenFile = (component: Component): string => stateOf("kuryr", `${component}.token`);
const configFile = (component: Component): string => stateOf("kuryr", `${component}.conf`);

/** Tokens are made anew after a week, long before they end. */
const tokenHours = 720;
const isFresh = (file: string): boolean => existsSync(file) && Date.now() - statSync(file).mtimeMs < 7 * 24 * 3_600_000;

/** The resource definitions, and the rights of controller and daemon. */
function objectsStep(programs: Programs): Step {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: [kuryrPortCrd, ...rbacObjects()] });
  const applied = stateOf("kuryr", "applied.json");
  return {
    kind: "step",
    name: "kuryr-objects",
    area: "kuryr",
    needs: ["kube-controller-manager"],
    timeoutMs: 60_000,
    isDone: async () =>
      existsSync(applied) &&
      readFileSync(applied, "utf8") === list &&
      (["controller", "daemon"] as const).every((c) => isFresh(tokenFile(c))),
    run: async (work) => {
      mkdirSync(stateOf("kuryr"), { recursive: true, mode: 0o700 });
      await kubectl(programs, ["apply", "--server-side", "--force-conflicts", "-f", "-"], work, list);
      await kubectl(
        programs,
        ["wait", "--for=condition=Established", "--timeout=30s", "crd/kuryrports.openstack.org"],
        work,
      );
      for (const component of ["controller", "daemon"] as const) {
        const words = [
          "-n",
          installation.namespace,
          "create",
          "token",
          accounts[component],
          `--duration=${tokenHours}h`,
        ];
        writeFileSync(tokenFile(component), await kubectl(programs, words, work), { mode: 0o600 });
      }
      writeFileSync(applied, list);
    },
  };
}

/** kuryr.conf as an operator writes it; the daemon's has no OpenStack credentials. */
export function kuryrConf(component: Component): string {
  const kubernetes = { api_root: api.url, ssl_ca_crt_file: authority().certificate, token_file: tokenFile(component) };
  if (component === "daemon")
    return renderIni({ DEFAULT: { debug: true }, kubernetes, cni_daemon: { vif_annotation_timeout: 60 } });
  const made = topology();
  return renderIni({
    DEFAULT: { debug: true },
    kubernetes: { ...kubernetes, ignored_runtime_classes: "bridge" },
    neutron: {
      auth_url: endpoints.keystone.url,
      username: "kuryr",
      password: secrets().kuryr,
      user_domain_name: "Default",
      project_name: "kuryr",
      project_domain_name: "Default",
      region_name: region,
    },
    neutron_defaults: {
      project: made.project,
      pod_subnet: made.podSubnet,
      pod_security_groups: `${made.baseIngressGroup},${made.baseEgressGroup}`,
      ovs_bridge: "br-int",
      resource_tags: "kuryr-dev",
    },
  });
}

/** Changes with any source file of the product and of its libraries, and with the configuration. */
function fingerprint(component: Component): () => string {
  return () => {
    const hash = createHash("sha256");
    const packages = join(repository, "packages");
    for (const file of readdirSync(packages, { recursive: true, encoding: "utf8" }).sort()) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts") || file.includes("node_modules")) continue;
      hash.update(file).update(readFileSync(join(packages, file)));
    }
    return hash.update(kuryrConf(component)).digest("hex");
  };
}

function prepare(component: Component): () => Promise<void> {
  return async () => {
    mkdirSync(stateOf("kuryr"), { recursive: true, mode: 0o700 });
    writeFileSync(configFile(component), kuryrConf(component), { mode: 0o600 });
    await run([...node(source(component, "main.ts")), "--version"], { env: nodeEnv });
  };
}

function controllerService(): Service {
  return {
    kind: "service",
    name: "kuryr-controller",
    area: "kuryr",
    needs: ["kuryr-objects", "topology", "octavia-api"],
    timeoutMs: 30_000,
    stopMs: 15_000,
    prepare: prepare("controller"),
    fingerprint: fingerprint("controller"),
    command: () => ({
      argv: [...node(source("controller", "main.ts")), "--config-file", configFile("controller")],
      env: nodeEnv,
    }),
    ready: async ({ signal }) => {
      const status = await statusOf("http://127.0.0.1:8082/ready", signal);
      return status === 200 ? true : `/ready answered ${status}`;
    },
  };
}

const shim = (): string => stateOf("kuryr", "kuryr-cni");

/** The CNI shim, compiled from the checkout and put where each node's runtime looks. */
function shimStep(nodes: readonly NodePlan[]): Step {
  const code = join(repository, "cni", "kuryr-cni.c");
  const targets = nodes.map((one) => onNode(one, "/opt/cni/bin/kuryr-cni"));
  const newer = (file: string): boolean => existsSync(file) && statSync(file).mtimeMs >= statSync(code).mtimeMs;
  return {
    kind: "step",
    name: "kuryr-cni",
    area: "kuryr",
    needs: ["kube-packages", ...nodes.map((one) => `${one.name}/namespaces`)],
    timeoutMs: 30_000,
    isDone: async () => [shim(), ...targets].every(newer),
    run: async ({ signal, log }) => {
      mkdirSync(dirname(shim()), { recursive: true, mode: 0o700 });
      await run(["musl-gcc", "-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror", "-o", shim(), code], {
        signal,
        log,
      });
      for (const target of targets) {
        mkdirSync(dirname(target), { recursive: true });
        copyFileSync(shim(), `${target}.new`);
        chmodSync(`${target}.new`, 0o755);
        await run(["mv", `${target}.new`, target]);
      }
    },
  };
}

function daemonService(one: NodePlan): Service {
  return {
    kind: "service",
    name: `${one.name}/kuryr-daemon`,
    area: "kuryr",
    // Not that the node is Ready: with the configuration in place and no daemon, it is not (CNI STATUS).
    needs: ["kuryr-objects", "kuryr-cni", `${one.name}/kubelet`, `${one.name}/ovn-controller`],
    timeoutMs: 30_000,
    stopMs: 15_000,
    prepare: prepare("daemon"),
    fingerprint: fingerprint("daemon"),
    command: () => ({
      argv: [...node(source("daemon", "main.ts")), "--config-file", configFile("daemon")],
      env: { ...nodeEnv, KUBERNETES_NODE_NAME: one.name },
      place: placeOf(one),
    }),
    ready: async ({ signal }) => {
      const { stdout } = await run(["curl", "-s", "--max-time", "4", "http://127.0.0.1:8090/ready"], {
        place: placeOf(one),
        signal,
      });
      return stdout.trim() === "ok" ? true : stdout.trim();
    },
  };
}

/** Takes Kuryr's CNI configuration away at `down`: without a daemon, pods of a later `up` could not start. */
function conflistStep(one: NodePlan): Step {
  const file = onNode(one, "/etc/cni/net.d/10-kuryr.conflist");
  return {
    kind: "step",
    name: `${one.name}/kuryr-conflist`,
    area: "kuryr",
    needs: [`${one.name}/kuryr-daemon`],
    timeoutMs: 5000,
    isDone: async () => existsSync(file),
    run: async () => {
      throw new Error(`the daemon did not write ${file}`);
    },
    undo: async () => rmSync(file, { force: true }),
  };
}

/** Kuryr from this checkout. */
export function kuryrUnits(options: StackOptions, nodes: readonly NodePlan[]): Unit[] {
  const programs = programsOf(options);
  return [
    objectsStep(programs),
    shimStep(nodes),
    controllerService(),
    ...nodes.flatMap((one): Unit[] => [daemonService(one), conflistStep(one)]),
  ];
}
