import { bodyOf, pod } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const at = (api: Session, rest = ""): string => `/api/v1/namespaces/${api.namespace}/pods${rest}`;
/** A node that is none: no kubelet meddles. */
const bound = { nodeName: "contract-no-node" };

contractSuite(import.meta.filename, {
  "a pod is created with all its defaults": async (api) => {
    await api.post(at(api), pod("p"));
    await api.get(at(api, "/p"));
  },
  "a pod with many parts": async (api) => {
    await api.post(
      at(api),
      pod("p", {
        hostNetwork: true,
        restartPolicy: "Never",
        serviceAccountName: "default",
        automountServiceAccountToken: false,
        tolerations: [{ operator: "Exists" }],
        nodeSelector: { a: "b" },
        initContainers: [{ name: "init", image: "kuryr/demo" }],
        containers: [
          {
            name: "demo",
            image: "kuryr/demo:latest",
            command: ["sleep"],
            args: [],
            env: [
              { name: "A", value: "1" },
              { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", name: "dns" }],
            resources: { requests: { cpu: "100m" }, limits: { cpu: "200m", memory: "64Mi" } },
            livenessProbe: { httpGet: { path: "/", port: 80 } },
            readinessProbe: { tcpSocket: { port: "dns" } },
            volumeMounts: [{ name: "c", mountPath: "/c" }],
          },
        ],
        volumes: [
          { name: "c", configMap: { name: "c" } },
          { name: "h", hostPath: { path: "/h" } },
          { name: "e", emptyDir: {} },
          { name: "s", secret: { secretName: "s" } },
        ],
      }),
    );
  },
  "pods that are invalid": async (api) => {
    await api.post(at(api), pod("p", { containers: [] }));
    await api.post(at(api), pod("p", { containers: [{ image: "x" }] }));
    await api.post(at(api), pod("p", { containers: [{ name: "a" }] }));
    await api.post(
      at(api),
      pod("p", {
        containers: [
          { name: "a", image: "x" },
          { name: "a", image: "x" },
        ],
      }),
    );
    await api.post(at(api), pod("p", { restartPolicy: "Sometimes" }));
    await api.post(at(api), pod("Not_A_Name"));
    await api.post(at(api), pod("p", { serviceAccountName: "absent" }));
    await api.post(at(api), pod("p", { nodeName: 7 }));
    await api.post(at(api), { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } });
    await api.post(at(api), pod("p"));
    await api.post(at(api), pod("p"));
  },
  "a pod's spec stays, but for its image": async (api) => {
    await api.post(at(api), pod("p"));
    await api.patch(at(api, "/p"), "strategic", { spec: { containers: [{ name: "demo", image: "kuryr/demo:2" }] } });
    await api.patch(at(api, "/p"), "strategic", { spec: { containers: [{ name: "demo", command: ["x"] }] } });
    await api.patch(at(api, "/p"), "merge", { metadata: { annotations: { "openstack.org/kuryr": "x" } } });
    await api.patch(at(api, "/p"), "merge", { spec: { nodeName: "n" } });
  },
  "the status of a pod": async (api) => {
    await api.post(at(api), pod("p", bound));
    await api.patch(at(api, "/p/status"), "strategic", {
      status: {
        phase: "Running",
        podIP: "10.0.0.5",
        podIPs: [{ ip: "10.0.0.5" }],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
    await api.patch(at(api, "/p/status"), "strategic", {
      status: {
        conditions: [
          { type: "Ready", status: "False", reason: "Why" },
          { type: "Other", status: "True" },
        ],
      },
    });
    await api.patch(at(api, "/p/status"), "merge", { spec: { nodeName: "other" }, metadata: { labels: { x: "y" } } });
    await api.patch(at(api, "/p"), "merge", { status: { phase: "Failed" } });
    await api.get(at(api, "?fieldSelector=status.phase%3DRunning"));
  },
  "an unscheduled pod is gone at once": async (api) => {
    await api.post(at(api), pod("p", { terminationGracePeriodSeconds: 30 }));
    await api.delete(at(api, "/p"));
    await api.get(at(api, "/p"));
    await api.delete(at(api, "/p"));
  },
  "a running pod goes when its kubelet says so": async (api) => {
    const { uid } = bodyOf(await api.post(at(api), pod("p", { ...bound, terminationGracePeriodSeconds: 60 }))).metadata;
    await api.delete(at(api, "/p"));
    await api.delete(at(api, "/p"), { gracePeriodSeconds: 90 });
    await api.delete(at(api, "/p"), { gracePeriodSeconds: 5 });
    await api.get(at(api, "/p"));
    await api.delete(at(api, "/p"), { gracePeriodSeconds: 0, preconditions: { uid } });
    await api.get(at(api, "/p"));
  },
  "a pod without a grace period is gone at once": async (api) => {
    await api.post(at(api), pod("p", bound));
    await api.delete(at(api, "/p"));
    await api.get(at(api, "/p"));
  },
  "pods are selected by their fields": async (api) => {
    await api.quiet({ method: "POST", path: at(api), body: pod("a", bound) });
    await api.quiet({ method: "POST", path: at(api), body: pod("b", { restartPolicy: "Never" }) });
    for (const selector of [
      "spec.nodeName=contract-no-node",
      "spec.nodeName=",
      "spec.restartPolicy!=Always",
      "status.phase=Pending",
      "spec.serviceAccountName=default,metadata.name=a",
      "spec.hostNetwork=false",
    ])
      await api.get(at(api, `?fieldSelector=${encodeURIComponent(selector)}`));
    await api.get(at(api, "?fieldSelector=spec.priority%3D0"));
  },
});
