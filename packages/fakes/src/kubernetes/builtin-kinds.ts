import { kindSchemas } from "./builtin-schemas.ts";
import { beginDefinition, defaultDefinition, definitionFaults } from "./definitions.ts";
import type { JsonObject } from "./json.ts";
import type { Kind, KindRules } from "./kind.ts";
import { podRules } from "./pods.ts";
import { definition } from "./schema.ts";
import { namespaceRules } from "./namespaces.ts";
import {
  configMapRules,
  endpointSliceRules,
  eventRules,
  leaseRules,
  networkPolicyRules,
  emptyNodeStatus,
  nodeRules,
  rbacRules,
  secretRules,
  serviceAccountRules,
  serviceRules,
} from "./builtin-rules.ts";

interface Line {
  readonly group?: string;
  readonly kind: string;
  readonly plural: string;
  readonly cluster?: true;
  readonly status?: true;
  readonly fields?: readonly string[];
  readonly empty?: JsonObject;
  readonly name?: Kind["nameRule"];
  readonly shortNames?: readonly string[];
  readonly generation?: true;
  readonly conditional?: true;
  readonly createOnUpdate?: true;
  readonly returnsDeleted?: true;
  readonly rules?: KindRules;
}

const podFields = [
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "spec.hostNetwork",
  "status.phase",
  "status.podIP",
  "status.nominatedNodeName",
];
const eventFields = [
  "involvedObject.kind",
  "involvedObject.namespace",
  "involvedObject.name",
  "involvedObject.uid",
  "involvedObject.apiVersion",
  "involvedObject.resourceVersion",
  "involvedObject.fieldPath",
  "reason",
  "reportingComponent",
  "source",
  "type",
];
const rbac = "rbac.authorization.k8s.io";

const lines: readonly Line[] = [
  {
    kind: "Namespace",
    plural: "namespaces",
    cluster: true,
    status: true,
    name: "label",
    fields: ["status.phase"],
    empty: { spec: {}, status: {} },
    shortNames: ["ns"],
    rules: namespaceRules,
  },
  {
    kind: "Node",
    plural: "nodes",
    cluster: true,
    status: true,
    fields: ["spec.unschedulable"],
    empty: { spec: {}, status: emptyNodeStatus },
    shortNames: ["no"],
    rules: nodeRules,
  },
  {
    kind: "Pod",
    returnsDeleted: true,
    plural: "pods",
    status: true,
    fields: podFields,
    empty: { spec: { containers: null }, status: {} },
    shortNames: ["po"],
    generation: true,
    rules: podRules,
  },
  {
    kind: "Service",
    createOnUpdate: true,
    returnsDeleted: true,
    plural: "services",
    status: true,
    fields: ["spec.clusterIP", "spec.type"],
    empty: { spec: {}, status: { loadBalancer: {} } },
    name: "service",
    shortNames: ["svc"],
    rules: serviceRules,
  },
  { kind: "Endpoints", plural: "endpoints", shortNames: ["ep"] },
  { kind: "Secret", plural: "secrets", fields: ["type"], rules: secretRules },
  { kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"], rules: configMapRules },
  {
    kind: "ServiceAccount",
    returnsDeleted: true,
    plural: "serviceaccounts",
    shortNames: ["sa"],
    rules: serviceAccountRules,
  },
  {
    kind: "Event",
    createOnUpdate: true,
    plural: "events",
    fields: eventFields,
    empty: {
      involvedObject: {},
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    },
    shortNames: ["ev"],
    rules: eventRules,
  },
  {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    empty: { addressType: "", endpoints: null, ports: null },
    generation: true,
    rules: endpointSliceRules,
  },
  {
    group: "coordination.k8s.io",
    kind: "Lease",
    createOnUpdate: true,
    plural: "leases",
    empty: { spec: {} },
    conditional: true,
    rules: leaseRules,
  },
  {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    empty: { spec: {} },
    generation: true,
    shortNames: ["netpol"],
    rules: networkPolicyRules,
  },
  {
    group: rbac,
    kind: "Role",
    createOnUpdate: true,
    plural: "roles",
    name: "path",
    empty: { rules: null },
    rules: rbacRules,
  },
  {
    group: rbac,
    kind: "RoleBinding",
    createOnUpdate: true,
    plural: "rolebindings",
    name: "path",
    empty: { roleRef: { apiGroup: "", kind: "", name: "" } },
    rules: rbacRules,
  },
  {
    group: rbac,
    kind: "ClusterRole",
    createOnUpdate: true,
    plural: "clusterroles",
    cluster: true,
    name: "path",
    empty: { rules: null },
    rules: rbacRules,
  },
  {
    group: rbac,
    kind: "ClusterRoleBinding",
    createOnUpdate: true,
    plural: "clusterrolebindings",
    cluster: true,
    name: "path",
    empty: { roleRef: { apiGroup: "", kind: "", name: "" } },
    rules: rbacRules,
  },
  {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    cluster: true,
    status: true,
    generation: true,
    conditional: true,
    shortNames: ["crd", "crds"],
    empty: {
      spec: { group: "", names: { plural: "", kind: "" }, scope: "", versions: null },
      status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: null },
    },
    rules: { defaults: defaultDefinition, prepareCreate: beginDefinition, validate: definitionFaults },
  },
];

/** The built-in resources that the fake serves. */
export function builtinKinds(): Kind[] {
  return lines.map((line) => {
    const group = line.group ?? "";
    return {
      group,
      version: "v1",
      apiVersion: group === "" ? "v1" : `${group}/v1`,
      plural: line.plural,
      singular: line.kind.toLowerCase(),
      kind: line.kind,
      listKind: `${line.kind}List`,
      shortNames: line.shortNames ?? [],
      namespaced: line.cluster !== true,
      custom: false,
      typedItems: false,
      hasStatus: line.status === true,
      selectableFields: line.fields ?? [],
      schema: definition(kindSchemas[`${group}/v1/${line.kind}`] ?? ""),
      empty: line.empty ?? {},
      unconditionalUpdate: line.conditional !== true,
      createOnUpdate: line.createOnUpdate === true,
      returnsDeleted: line.returnsDeleted === true,
      hasGeneration: line.generation === true,
      nameRule: line.name ?? "subdomain",
      rules: line.rules ?? {},
    };
  });
}
