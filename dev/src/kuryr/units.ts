import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { installation } from "@kuryr/kuryr";

import { configMap, configMapName, credentials, installedObjects, secretName } from "../../../deploy/objects/index.ts";
import { ensureProductImages, importImage } from "../images/index.ts";
import { kubectl } from "../kube/control-plane.ts";
import { containerdSocket } from "../kube/node.ts";
import { programsOf, type Programs } from "../kube/programs.ts";
import { layout, stateOf } from "../layout.ts";
import { onNode, placeOf } from "../machine/namespaces.ts";
import type { NodePlan } from "../network-plan.ts";
import type { StackOptions } from "../options.ts";
import { until } from "../supervisor/probe.ts";
import { isAlive, readRecord } from "../supervisor/record.ts";
import type { Step, Unit } from "../supervisor/unit.ts";
import { credentialsConf, kuryrConf } from "./configuration.ts";
import {
  type Component,
  daemonlessLabel,
  isReady,
  kuryrComponents,
  logFilesOf,
  processOf,
  revisionAnnotation,
} from "./pods.ts";

const imageCache = { cacheDir: layout.cache };

let packed: ReturnType<typeof ensureProductImages> | undefined;

/** The images of this checkout: the same ones for all steps of one command, whoever edits the sources meanwhile. */
async function packedImages(progress: (text: string) => void = () => undefined) {
  packed ??= ensureProductImages({ ...imageCache, progress });
  try {
    return await packed;
  } catch (error) {
    packed = undefined;
    throw error;
  }
}

/** The images of this checkout. */
function imagesStep(): Step {
  return {
    kind: "step",
    name: "kuryr-images",
    area: "kuryr",
    needs: ["kube-packages", "binaries"],
    timeoutMs: 120_000,
    isDone: async () => false, // Content-addressed: packing again with the same inputs costs their hashing.
    run: async ({ say }) => {
      const directory = join(layout.cache, "images");
      const before = existsSync(directory) ? readdirSync(directory) : [];
      const images = await packedImages(say);
      return Object.values(images).some(({ file }) => !before.includes(basename(file)));
    },
  };
}

/** The images in a node's own store. */
function importStep(one: NodePlan, programs: Programs): Step {
  return {
    kind: "step",
    name: `${one.name}/kuryr-images`,
    area: "kuryr",
    needs: ["kuryr-images", `${one.name}/containerd`],
    timeoutMs: 120_000,
    isDone: async () => false, // The import itself looks whether the node has the digest.
    run: async ({ signal }) => {
      let imported = false;
      for (const { file, ref } of Object.values(await packedImages())) {
        const own = { ctr: programs.path("ctr"), socket: containerdSocket, file, ref, place: placeOf(one), signal };
        if (await importImage(own)) imported = true;
      }
      return imported;
    },
  };
}

const sha = (...texts: readonly string[]): string => createHash("sha256").update(JSON.stringify(texts)).digest("hex");

interface Wanted {
  readonly objects: readonly object[];
  readonly revisions: Readonly<Record<Component["program"], string>>;
}

/** All of Kuryr's objects, with this stack's images and configuration. */
async function wanted(): Promise<Wanted> {
  const images = await packedImages();
  const [conf, secret] = [kuryrConf(), credentialsConf()];
  const revisions = {
    controller: sha(images.controller.digest, conf, secret),
    daemon: sha(images.daemon.digest, conf),
  };
  const installed = installedObjects({
    controllerImage: images.controller.ref,
    daemonImage: images.daemon.ref,
    imagePullPolicy: "Never",
    // Most tests look at one; those of several scale it.
    controllerReplicas: stackReplicas,
    controllerAnnotations: { [revisionAnnotation]: revisions.controller },
    daemonAnnotations: { [revisionAnnotation]: revisions.daemon },
  });
  const objects = Object.values(installed).flat().map(exceptDaemonless);
  return { objects: [configMap(conf), credentials(secret), ...objects], revisions };
}

interface DaemonSet {
  readonly kind: "DaemonSet";
  readonly spec: { readonly template: { readonly spec: object } };
}

/** The DaemonSet passes over nodes with the label; every other object stays as it is. */
function exceptDaemonless(object: object): object {
  if ((object as { kind: string }).kind !== "DaemonSet") return object;
  const { spec, ...rest } = object as DaemonSet;
  const matchExpressions = [{ key: daemonlessLabel, operator: "DoesNotExist" }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  };
  const template = { ...spec.template, spec: { ...spec.template.spec, affinity } };
  return { ...rest, spec: { ...spec, template } };
}

/** Controllers in the stack. */
export const stackReplicas = 1;

const workloads = [`deployment/${installation.controller}`, `daemonset/${installation.daemon}`];

interface Live {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly replicas?: number };
}

/** What is there and not as it was applied, as a test leaves it that is ended in the middle. */
async function drift(programs: Programs, signal: AbortSignal): Promise<readonly ("configuration" | "workloads")[]> {
  const inNamespace = ["-n", installation.namespace, "get", "--ignore-not-found", "-o", "json"];
  const names = [...workloads, `configmap/${configMapName}`, `secret/${secretName}`];
  const answer = await kubectl(programs, [...inNamespace, ...names], { signal });
  const { items } = JSON.parse(answer === "" ? '{"items":[]}' : answer) as { items: Live[] };
  const found = (kind: string): Live | undefined => items.find((one) => one.kind === kind);
  const [conf, secret] = [found("ConfigMap")?.data, found("Secret")?.data];
  const credentialsText = Buffer.from(secret?.["credentials.conf"] ?? "", "base64").toString();
  const daemonless = await kubectl(programs, ["get", "nodes", "-l", daemonlessLabel, "-o", "name"], { signal });
  const drifted: ("configuration" | "workloads")[] = [];
  if (conf !== undefined && (conf["kuryr.conf"] !== kuryrConf() || credentialsText !== credentialsConf()))
    drifted.push("configuration");
  if (found("Deployment")?.spec?.replicas !== stackReplicas || found("DaemonSet") === undefined || daemonless !== "")
    drifted.push("workloads");
  return drifted;
}

/** The objects of deploy/, as an operator applies them. At `down` the workloads go: a later `up kube` has no Kuryr. */
function objectsStep(programs: Programs, nodes: readonly NodePlan[]): Step {
  const applied = stateOf("kuryr", "applied");
  return {
    kind: "step",
    name: "kuryr-objects",
    area: "kuryr",
    needs: [
      "kube-controller-manager",
      "kube-scheduler",
      "topology",
      "octavia-api",
      ...nodes.map((one) => `${one.name}/kuryr-images`),
    ],
    timeoutMs: 150_000,
    isDone: async ({ signal }) => {
      const { objects } = await wanted();
      if (!existsSync(applied) || readFileSync(applied, "utf8") !== sha(JSON.stringify(objects))) return false;
      return (await drift(programs, signal)).length === 0;
    },
    run: async (work) => {
      const { objects } = await wanted();
      const drifted = await drift(programs, work.signal);
      const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
      await kubectl(programs, ["apply", "--server-side", "--force-conflicts", "-f", "-"], work, list);
      const crds = ["wait", "--for=condition=Established", "--timeout=30s", "crd/kuryrports.openstack.org"];
      await kubectl(programs, crds, work);
      await kubectl(programs, ["label", "nodes", "--all", `${daemonlessLabel}-`], work);
      // Pods that were started with it know nothing of its being mended.
      if (drifted.includes("configuration")) {
        const rollout = ["-n", installation.namespace, "rollout"];
        await kubectl(programs, [...rollout, "restart", ...workloads], work);
        for (const one of workloads) await kubectl(programs, [...rollout, "status", one, "--timeout=50s"], work);
      }
      mkdirSync(stateOf("kuryr"), { recursive: true, mode: 0o700 });
      writeFileSync(applied, sha(JSON.stringify(objects)), { mode: 0o600 });
    },
    undo: async (work) => {
      rmSync(applied, { force: true });
      if (!isAlive(readRecord("kube-apiserver"))) return;
      const words = [
        "-n",
        installation.namespace,
        "delete",
        ...workloads,
        "--ignore-not-found",
        "--cascade=foreground",
      ];
      await kubectl(programs, [...words, "--timeout=30s"], work).catch(() => undefined);
    },
  };
}

/** One process of Kuryr, in its pod. */
function componentStep(component: Component, options: StackOptions): Step {
  const ready = async (signal: AbortSignal): Promise<true | string> => {
    const answer = await isReady(options, component, (await wanted()).revisions[component.program], signal);
    // The kubelet notices a death a moment later.
    return answer === true && processOf(component) === undefined ? "no process" : answer;
  };
  return {
    kind: "step",
    name: component.name,
    area: "kuryr",
    needs: [
      "kuryr-objects",
      ...component.nodes.map((one) => `${one.name}/kubelet`),
      ...(component.program === "daemon" ? component.nodes.map((one) => `${one.name}/ovn-controller`) : []),
    ],
    timeoutMs: 120_000,
    isDone: async ({ signal }) => (await ready(signal).catch(() => "no")) === true,
    run: async ({ signal, say }) => {
      say("waiting until its pod is Ready");
      await until(component.name, ready, { timeoutMs: 110_000, signal });
    },
    inspect: async ({ signal }) => {
      const process = processOf(component)?.process;
      const log = logFilesOf(component).at(-1);
      return {
        answer: process === undefined ? "no process" : await isReady(options, component, undefined, signal),
        ...(process === undefined ? {} : { pid: process.pid }),
        ...(log === undefined ? {} : { log }),
      };
    },
    undo: async () => {
      // The daemon took it away when it was uninstalled; a daemon that was killed could not.
      if (component.program !== "daemon") return;
      for (const one of component.nodes) rmSync(onNode(one, "/etc/cni/net.d/10-kuryr.conflist"), { force: true });
    },
  };
}

/** Kuryr from this checkout: its images, and the workloads that run them. */
export function kuryrUnits(options: StackOptions, nodes: readonly NodePlan[]): Unit[] {
  const programs = programsOf(options);
  return [
    imagesStep(),
    ...nodes.map((one) => importStep(one, programs)),
    objectsStep(programs, nodes),
    ...kuryrComponents(nodes).map((component) => componentStep(component, options)),
  ];
}
