import { bodyOf } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

interface Sample {
  readonly path: (api: Session) => string;
  readonly body: (name: string, api: Session) => Record<string, unknown>;
  readonly patch: object;
  readonly invalid: object;
}

const namespaced =
  (group: string, plural: string) =>
  (api: Session): string =>
    `${group === "" ? "/api/v1" : `/apis/${group}/v1`}/namespaces/${api.namespace}/${plural}`;

function object(apiVersion: string, kind: string, content: (api: Session) => object) {
  return (name: string, api: Session): Record<string, unknown> => ({
    apiVersion,
    kind,
    metadata: { name },
    ...content(api),
  });
}

const rbac = "rbac.authorization.k8s.io/v1";
const micro = "2026-01-01T00:00:00.000000Z";

const samples: Readonly<Record<string, Sample>> = {
  Lease: {
    path: namespaced("coordination.k8s.io", "leases"),
    body: object("coordination.k8s.io/v1", "Lease", () => ({
      spec: {
        holderIdentity: "a",
        leaseDurationSeconds: 15,
        acquireTime: micro,
        renewTime: micro,
        leaseTransitions: 0,
      },
    })),
    patch: { spec: { holderIdentity: "b", leaseTransitions: 1 } },
    invalid: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
  },
  Secret: {
    path: namespaced("", "secrets"),
    body: object("v1", "Secret", () => ({ data: { a: "MQ==" }, stringData: { b: "2" } })),
    patch: { stringData: { c: "3" } },
    invalid: { data: { "a b": "MQ==" } },
  },
  ServiceAccount: {
    path: namespaced("", "serviceaccounts"),
    body: object("v1", "ServiceAccount", () => ({ automountServiceAccountToken: false })),
    patch: { metadata: { annotations: { a: "b" } } },
    invalid: { metadata: { labels: { "a b": "c" } } },
  },
  Event: {
    path: namespaced("", "events"),
    body: object("v1", "Event", (api) => ({
      involvedObject: { kind: "Pod", namespace: api.namespace, name: "p", uid: "u" },
      reason: "Why",
      message: "what",
      type: "Warning",
      count: 1,
      source: { component: "kuryr" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
    })),
    patch: { count: 2, lastTimestamp: "2026-01-01T00:01:00Z" },
    invalid: { involvedObject: { namespace: "elsewhere" } },
  },
  Service: {
    path: namespaced("", "services"),
    body: object("v1", "Service", () => ({
      spec: {
        clusterIP: "None",
        selector: { app: "demo" },
        ports: [{ port: 80 }, { name: "dns", port: 53, protocol: "UDP", targetPort: "dns" }].slice(0, 1),
      },
    })),
    patch: { metadata: { finalizers: ["example.org/lb"] }, spec: { selector: { app: "other" } } },
    invalid: { spec: { ports: [{ port: 0 }] } },
  },
  EndpointSlice: {
    path: namespaced("discovery.k8s.io", "endpointslices"),
    body: object("discovery.k8s.io/v1", "EndpointSlice", () => ({
      addressType: "IPv4",
      ports: [{ name: "http", port: 80 }],
      endpoints: [{ addresses: ["10.0.0.5"], conditions: { ready: true }, nodeName: "node1" }],
    })),
    patch: { endpoints: [{ addresses: ["10.0.0.6"] }] },
    invalid: { addressType: "IPv9" },
  },
  NetworkPolicy: {
    path: namespaced("networking.k8s.io", "networkpolicies"),
    body: object("networking.k8s.io/v1", "NetworkPolicy", () => ({
      spec: {
        podSelector: { matchLabels: { app: "demo" } },
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
        egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }],
      },
    })),
    patch: { spec: { ingress: null } },
    invalid: { metadata: { labels: { a: "b c" } } },
  },
  Role: {
    path: namespaced("rbac.authorization.k8s.io", "roles"),
    body: object(rbac, "Role", () => ({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] })),
    patch: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] },
    invalid: { metadata: { labels: { a: "b c" } } },
  },
  RoleBinding: {
    path: namespaced("rbac.authorization.k8s.io", "rolebindings"),
    body: object(rbac, "RoleBinding", (api) => ({
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace: api.namespace }],
    })),
    patch: { subjects: [] },
    invalid: { metadata: { labels: { a: "b c" } } },
  },
};

/** Each write of each kind: success, not found, conflict, invalid, unauthorised. */
function lifeOf({ path, body, patch, invalid }: Sample) {
  return async (api: Session): Promise<void> => {
    const list = path(api);
    const one = `${list}/one`;
    const made = bodyOf(await api.post(list, body("one", api)));
    await api.post(list, body("one", api));
    const wrong = { ...body("two", api), ...invalid };
    await api.post(list, {
      ...wrong,
      metadata: { name: "two", ...("metadata" in invalid ? (invalid.metadata as object) : {}) },
    });
    await api.send({ method: "POST", path: list, body: body("two", api), as: "stranger" });
    await api.get(one);
    await api.patch(one, "merge", patch);
    await api.patch(one, "merge", patch);
    await api.patch(one, "merge", invalid);
    await api.patch(one, "merge", {
      metadata: { resourceVersion: made.metadata.resourceVersion, labels: { late: "yes" } },
    });
    await api.put(one, {
      ...body("one", api),
      metadata: { name: "one", resourceVersion: made.metadata.resourceVersion },
    });
    const { resourceVersion } = bodyOf(await api.quiet({ method: "GET", path: one })).metadata;
    await api.put(one, { ...body("one", api), metadata: { name: "one", resourceVersion, labels: { second: "yes" } } });
    await api.put(one, body("one", api));
    await api.put(`${list}/absent`, body("absent", api));
    await api.patch(`${list}/absent`, "merge", patch);
    await api.send({ method: "PUT", path: one, body: body("one", api), as: "unknown-token" });
    await api.send({
      method: "PATCH",
      path: one,
      body: patch,
      contentType: "application/merge-patch+json",
      as: "stranger",
    });
    await api.get(`${list}?fieldSelector=metadata.name%3Done`);
    await api.send({ method: "DELETE", path: one, as: "stranger" });
    await api.delete(one, { preconditions: { resourceVersion: made.metadata.resourceVersion } });
    await api.delete(one);
    await api.patch(one, "merge", { metadata: { finalizers: null } });
    await api.delete(one);
  };
}

contractSuite(
  import.meta.filename,
  Object.fromEntries(Object.entries(samples).map(([kind, sample]) => [`the life of a ${kind}`, lifeOf(sample)])),
);
