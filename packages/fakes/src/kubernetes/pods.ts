import {
  at,
  ensureObject,
  equal,
  field,
  isObject,
  setDefault,
  shown,
  text,
  type Json,
  type JsonObject,
} from "./json.ts";
import type { KindRules, RuleContext } from "./kind.ts";
import { metaOf } from "./meta.ts";
import { cause, forbidden, type Cause } from "./status.ts";

function listOf(value: Json | undefined, name: string): JsonObject[] {
  const list = field(value, name);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function containersOf(spec: Json | undefined): JsonObject[] {
  return [...listOf(spec, "initContainers"), ...listOf(spec, "containers"), ...listOf(spec, "ephemeralContainers")];
}

function defaultProbe(container: JsonObject, name: string): void {
  const probe = field(container, name);
  if (!isObject(probe)) return;
  setDefault(probe, "timeoutSeconds", 1);
  setDefault(probe, "periodSeconds", 10);
  setDefault(probe, "successThreshold", 1);
  setDefault(probe, "failureThreshold", 3);
  const get = field(probe, "httpGet");
  if (isObject(get)) setDefault(get, "scheme", "HTTP");
}

function defaults(pod: JsonObject): void {
  const spec = ensureObject(pod, "spec");
  for (const condition of listOf(ensureObject(pod, "status"), "conditions")) {
    condition["lastProbeTime"] ??= null;
    condition["lastTransitionTime"] ??= null;
  }
  setDefault(spec, "restartPolicy", "Always");
  setDefault(spec, "terminationGracePeriodSeconds", 30);
  setDefault(spec, "dnsPolicy", "ClusterFirst");
  setDefault(spec, "securityContext", {});
  setDefault(spec, "schedulerName", "default-scheduler");
  setDefault(spec, "enableServiceLinks", true);
  const account = text(spec["serviceAccountName"]) ?? text(spec["serviceAccount"]);
  if (account !== undefined) {
    spec["serviceAccountName"] = account;
    spec["serviceAccount"] = account;
  }
  for (const container of containersOf(spec)) {
    const resources = ensureObject(container, "resources");
    const limits = field(resources, "limits");
    // What is limited and not requested is requested up to its limit.
    if (isObject(limits))
      for (const [name, amount] of Object.entries(limits))
        setDefault(ensureObject(resources, "requests"), name, amount ?? 0);
    setDefault(container, "terminationMessagePath", "/dev/termination-log");
    setDefault(container, "terminationMessagePolicy", "File");
    const image = text(container["image"]) ?? "";
    const latest = !image.includes("@") && (image.endsWith(":latest") || !/:[^/]*$/.test(image));
    setDefault(container, "imagePullPolicy", latest ? "Always" : "IfNotPresent");
    for (const port of listOf(container, "ports")) {
      setDefault(port, "protocol", "TCP");
      if (spec["hostNetwork"] === true) setDefault(port, "hostPort", port["containerPort"] ?? 0);
    }
    for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) defaultProbe(container, probe);
    for (const variable of listOf(container, "env")) {
      const reference = at(variable, "valueFrom", "fieldRef");
      if (isObject(reference)) setDefault(reference, "apiVersion", "v1");
    }
  }
  for (const volume of listOf(spec, "volumes")) {
    for (const source of ["configMap", "secret", "projected", "downwardAPI"]) {
      const content = field(volume, source);
      if (isObject(content)) setDefault(content, "defaultMode", 420);
    }
    const host = field(volume, "hostPath");
    if (isObject(host)) setDefault(host, "type", "");
    if (Object.keys(volume).length === 1) volume["emptyDir"] = {};
  }
}

const tolerated = ["not-ready", "unreachable"].map((what) => ({
  key: `node.kubernetes.io/${what}`,
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds: 300,
}));

/** Volume of the projected token, which admission mounts into each container. */
function accountVolume(name: string): JsonObject {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: 420,
    },
  };
}

/** What the admission plugins of a plain cluster add: ServiceAccount, Priority, DefaultTolerationSeconds. */
function admit(pod: JsonObject, context: RuleContext): void {
  const spec = ensureObject(pod, "spec");
  const meta = metaOf(pod);
  const mirror = field(meta["annotations"], "kubernetes.io/config.mirror") !== undefined;
  if (!mirror) {
    setDefault(spec, "serviceAccountName", "default");
    const account = text(spec["serviceAccountName"]) ?? "";
    spec["serviceAccount"] = account;
    const namespace = text(meta["namespace"]) ?? "";
    const found = context.find("serviceaccounts", `${namespace}/${account}`);
    if (found === undefined)
      throw forbidden(
        { group: "", kind: "pods", name: text(meta["name"]) },
        `error looking up service account ${namespace}/${account}: serviceaccount ${JSON.stringify(account)} not found`,
      );
    const automount = spec["automountServiceAccountToken"] ?? found["automountServiceAccountToken"] ?? true;
    if (automount === true && listOf(spec, "containers").length > 0) {
      const volume = accountVolume(`kube-api-access-${context.generateSuffix()}`);
      spec["volumes"] = [...listOf(spec, "volumes"), volume];
      for (const container of containersOf(spec))
        container["volumeMounts"] = [
          ...listOf(container, "volumeMounts"),
          { name: volume["name"] ?? "", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
        ];
    }
  }
  const tolerations = listOf(spec, "tolerations");
  const missing = tolerated.filter(
    (one) =>
      !tolerations.some(
        (has) =>
          (has["key"] === one.key || has["key"] === undefined) &&
          (has["effect"] === "NoExecute" || has["effect"] === undefined),
      ),
  );
  spec["tolerations"] = [...tolerations, ...missing];
  setDefault(spec, "priority", 0);
  setDefault(spec, "preemptionPolicy", "PreemptLowerPriority");
  pod["status"] = { phase: "Pending", qosClass: qosClass(spec) };
}

function qosClass(spec: JsonObject): string {
  const containers = [...listOf(spec, "initContainers"), ...listOf(spec, "containers")];
  const amounts = containers.map((container) => {
    const resources = field(container, "resources");
    return { requests: field(resources, "requests"), limits: field(resources, "limits") };
  });
  if (amounts.every(({ requests, limits }) => requests === undefined && limits === undefined)) return "BestEffort";
  const full = amounts.every(
    ({ requests, limits }) =>
      field(limits, "cpu") !== undefined &&
      field(limits, "memory") !== undefined &&
      (requests === undefined || equal(requests, limits)),
  );
  return full ? "Guaranteed" : "Burstable";
}

const mutable = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"];

function validatePod(pod: JsonObject, old: JsonObject | undefined): Cause[] {
  const faults: Cause[] = [];
  const spec = field(pod, "spec");
  const containers = listOf(spec, "containers");
  if (old !== undefined) return specChanged(pod, old) ? [immutableSpec()] : [];
  if (containers.length === 0) faults.push(cause.required("spec.containers"));
  const names = new Set<string>();
  containers.forEach((container, index) => {
    const path = `spec.containers[${index}]`;
    const name = text(container["name"]) ?? "";
    if (name === "") faults.push(cause.required(`${path}.name`));
    else if (names.has(name)) faults.push(cause.duplicate(`${path}.name`, name));
    names.add(name);
    if ((text(container["image"]) ?? "") === "") faults.push(cause.required(`${path}.image`));
    const policy = container["imagePullPolicy"] ?? "";
    if (!["Always", "IfNotPresent", "Never"].includes(shown(policy)))
      faults.push(cause.unsupported(`${path}.imagePullPolicy`, policy, ["Always", "IfNotPresent", "Never"]));
  });
  const restart = field(spec, "restartPolicy") ?? "";
  if (!["Always", "OnFailure", "Never"].includes(shown(restart)))
    faults.push(cause.unsupported("spec.restartPolicy", restart, ["Always", "OnFailure", "Never"]));
  return faults;
}

function specChanged(pod: JsonObject, old: JsonObject): boolean {
  const fixed = (object: JsonObject): Json => {
    const spec = field(object, "spec");
    if (!isObject(spec)) return {};
    const rest = Object.fromEntries(Object.entries(spec).filter(([name]) => !mutable.includes(name)));
    for (const kind of ["containers", "initContainers"])
      if (Array.isArray(rest[kind]))
        rest[kind] = listOf(spec, kind).map((container) => ({ ...container, image: null }));
    return rest;
  };
  return !equal(fixed(pod), fixed(old));
}

function immutableSpec(): Cause {
  return cause.forbidden(
    "spec",
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
  );
}

export const podRules: KindRules = {
  defaults,
  prepareCreate: admit,
  validate: validatePod,
  prepareUpdate(pod, old, subresource) {
    if (subresource !== "status") return;
    const { spec } = old;
    pod["spec"] = spec;
    const owners = field(old["metadata"], "ownerReferences");
    if (owners === undefined) delete metaOf(pod)["ownerReferences"];
    else metaOf(pod)["ownerReferences"] = owners;
  },
  gracePeriodSeconds(pod) {
    // Nobody has to stop what runs nowhere.
    const phase = at(pod, "status", "phase");
    if ((text(at(pod, "spec", "nodeName")) ?? "") === "" || phase === "Succeeded" || phase === "Failed") return 0;
    const seconds = at(pod, "spec", "terminationGracePeriodSeconds");
    return typeof seconds === "number" ? seconds : 30;
  },
};
