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
import type { KindRules } from "./kind.ts";
import { metaOf } from "./meta.ts";
import { cause, type Cause } from "./status.ts";

function itemsOf(value: Json | undefined, name: string): JsonObject[] {
  const list = field(value, name);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function oneOf(path: string, value: Json | undefined, supported: readonly string[]): Cause[] {
  if (value === undefined || value === "") return [cause.required(path)];
  return supported.includes(shown(value)) ? [] : [cause.unsupported(path, value, supported.toSorted())];
}

const keyWords =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function keyFaults(data: Json | undefined, path: string): Cause[] {
  if (!isObject(data)) return [];
  return Object.keys(data)
    .filter((key) => !/^[-._a-zA-Z0-9]+$/.test(key))
    .map((key) => cause.invalid(`${path}[${key}]`, key, keyWords));
}

function immutableFaults(object: JsonObject, old: JsonObject | undefined, names: readonly string[]): Cause[] {
  if (old?.["immutable"] !== true) return [];
  const faults: Cause[] = [];
  if (object["immutable"] !== true)
    faults.push(cause.forbidden("immutable", "field is immutable when `immutable` is set"));
  for (const name of names)
    if (!equal(object[name] ?? null, old[name] ?? null))
      faults.push(cause.forbidden(name, "field is immutable when `immutable` is set"));
  return faults;
}

export const configMapRules: KindRules = {
  validate: (object, old) => [
    ...keyFaults(object["data"], "data"),
    ...keyFaults(object["binaryData"], "binaryData"),
    ...immutableFaults(object, old, ["data", "binaryData"]),
  ],
};

export const secretRules: KindRules = {
  defaults(secret) {
    setDefault(secret, "type", "Opaque");
    const plain = field(secret, "stringData");
    if (isObject(plain)) {
      const data = ensureObject(secret, "data");
      for (const [key, value] of Object.entries(plain)) data[key] = Buffer.from(shown(value)).toString("base64");
    }
    delete secret["stringData"];
  },
  validate: (object, old) => [
    ...keyFaults(object["data"], "data"),
    ...(old !== undefined && old["type"] !== object["type"]
      ? [cause.invalid("type", object["type"] ?? "", "field is immutable")]
      : []),
    ...immutableFaults(object, old, ["data"]),
  ],
};

export const serviceAccountRules: KindRules = {};
export const rbacRules: KindRules = {};

/** The non-optional parts of a node's status. */
export const emptyNodeStatus: JsonObject = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: {
    machineID: "",
    systemUUID: "",
    bootID: "",
    kernelVersion: "",
    osImage: "",
    containerRuntimeVersion: "",
    kubeletVersion: "",
    kubeProxyVersion: "",
    operatingSystem: "",
    architecture: "",
  },
};

export const nodeRules: KindRules = {
  defaults(node) {
    ensureObject(node, "spec");
    ensureObject(node, "status");
  },
  prepareCreate(node) {
    // A node that nobody has heard of yet takes no pods.
    const spec = ensureObject(node, "spec");
    const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
    const taints = itemsOf(spec, "taints");
    if (!taints.some((one) => one["key"] === taint.key && one["effect"] === taint.effect))
      spec["taints"] = [...taints, taint];
    const status = ensureObject(node, "status");
    for (const [name, value] of Object.entries(emptyNodeStatus))
      status[name] = { ...(isObject(value) ? value : {}), ...ensureObject(status, name) };
  },
  prepareUpdate(node, old, subresource) {
    if (subresource !== "status") return;
    const { spec } = old;
    node["spec"] = spec;
  },
};

export const leaseRules: KindRules = {
  defaults: (lease) => void ensureObject(lease, "spec"),
  validate(lease) {
    const spec = field(lease, "spec");
    const faults: Cause[] = [];
    const duration = field(spec, "leaseDurationSeconds");
    if (typeof duration === "number" && duration <= 0)
      faults.push(cause.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"));
    const transitions = field(spec, "leaseTransitions");
    if (typeof transitions === "number" && transitions < 0)
      faults.push(cause.invalid("spec.leaseTransitions", transitions, "must be greater than or equal to 0"));
    return faults;
  },
};

export const eventRules: KindRules = {
  defaults(event) {
    ensureObject(event, "involvedObject");
    ensureObject(event, "source");
    for (const name of ["firstTimestamp", "lastTimestamp", "eventTime"]) event[name] ??= null;
    event["reportingComponent"] ??= "";
    event["reportingInstance"] ??= "";
  },
  validate(event) {
    const namespace = text(metaOf(event)["namespace"]) ?? "";
    const involved = text(at(event, "involvedObject", "namespace")) ?? "";
    return involved === namespace || (involved === "" && namespace === "default")
      ? []
      : [cause.invalid("involvedObject.namespace", involved, "does not match event.namespace")];
  },
};

export const serviceRules: KindRules = {
  defaults(service) {
    const spec = ensureObject(service, "spec");
    setDefault(spec, "sessionAffinity", "None");
    setDefault(spec, "type", "ClusterIP");
    if (spec["type"] !== "ExternalName") setDefault(spec, "internalTrafficPolicy", "Cluster");
    if (spec["type"] === "LoadBalancer" || spec["type"] === "NodePort")
      setDefault(spec, "externalTrafficPolicy", "Cluster");
    if (spec["type"] === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
    for (const port of itemsOf(spec, "ports")) {
      setDefault(port, "protocol", "TCP");
      setDefault(port, "targetPort", port["port"] ?? 0);
    }
    ensureObject(ensureObject(service, "status"), "loadBalancer");
  },
  prepareCreate(service, context) {
    const spec = ensureObject(service, "spec");
    service["status"] = { loadBalancer: {} };
    if (spec["type"] === "ExternalName") return;
    // Addresses of 10.96.0.0/16 by chance; a fake of 65,000 services would have to remember them.
    const random = Buffer.from(context.generateSuffix());
    setDefault(spec, "clusterIP", `10.96.${random[0] ?? 1}.${random[1] ?? 1}`);
    setDefault(spec, "clusterIPs", [spec["clusterIP"] ?? "None"]);
    setDefault(spec, "ipFamilies", ["IPv4"]);
    setDefault(spec, "ipFamilyPolicy", "SingleStack");
  },
  prepareUpdate(service, old, subresource) {
    const { spec } = old;
    if (subresource === "status") {
      service["spec"] = spec;
      return;
    }
    const now = ensureObject(service, "spec");
    for (const name of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
      if (now[name] === undefined && field(spec, name) !== undefined) now[name] = field(spec, name);
  },
  validate(service, old) {
    const spec = field(service, "spec");
    const faults: Cause[] = [];
    const ports = itemsOf(spec, "ports");
    if (old !== undefined && field(spec, "clusterIP") !== at(old, "spec", "clusterIP"))
      faults.push(
        cause.invalid(
          "spec.clusterIPs[0]",
          field(field(spec, "clusterIPs"), "0") ?? field(spec, "clusterIP") ?? "",
          "may not change once set",
        ),
      );
    if (ports.length === 0 && field(spec, "type") !== "ExternalName" && field(spec, "clusterIP") !== "None")
      faults.push(cause.required("spec.ports"));
    ports.forEach((port, index) => {
      const path = `spec.ports[${index}]`;
      if (ports.length > 1 && (text(port["name"]) ?? "") === "") faults.push(cause.required(`${path}.name`));
      const number = port["port"];
      if (typeof number !== "number" || number < 1 || number > 65535)
        faults.push(cause.invalid(`${path}.port`, number ?? 0, "must be between 1 and 65535, inclusive"));
      const target = port["targetPort"];
      if (typeof target === "number" && (target < 1 || target > 65535))
        faults.push(cause.invalid(`${path}.targetPort`, target, "must be between 1 and 65535, inclusive"));
    });
    const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    faults.push(...oneOf("spec.type", field(spec, "type"), types));
    return faults;
  },
};

export const endpointSliceRules: KindRules = {
  defaults(slice) {
    slice["endpoints"] ??= null;
    slice["ports"] ??= null;
    for (const endpoint of itemsOf(slice, "endpoints")) setDefault(endpoint, "conditions", {});
    for (const port of itemsOf(slice, "ports")) {
      setDefault(port, "name", "");
      setDefault(port, "protocol", "TCP");
    }
  },
  counts: (slice, old) => !equal(field(slice["metadata"], "labels") ?? null, field(old["metadata"], "labels") ?? null),
  validate(slice, old) {
    const faults = oneOf("addressType", slice["addressType"], ["IPv4", "IPv6", "FQDN"]);
    if (old !== undefined && old["addressType"] !== slice["addressType"])
      faults.push(cause.invalid("addressType", null, "field is immutable"));
    itemsOf(slice, "endpoints").forEach((endpoint, index) => {
      const addresses = field(endpoint, "addresses");
      if (!Array.isArray(addresses) || addresses.length === 0)
        faults.push(cause.required(`endpoints[${index}].addresses`, "must contain at least 1 address"));
    });
    return faults;
  },
};

export const networkPolicyRules: KindRules = {
  defaults(policy) {
    const spec = ensureObject(policy, "spec");
    setDefault(spec, "podSelector", {});
    if (!Array.isArray(spec["policyTypes"]))
      spec["policyTypes"] = ["Ingress", ...(itemsOf(spec, "egress").length > 0 ? ["Egress"] : [])];
    for (const rule of [...itemsOf(spec, "ingress"), ...itemsOf(spec, "egress")])
      for (const port of itemsOf(rule, "ports")) setDefault(port, "protocol", "TCP");
  },
};
