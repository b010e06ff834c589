const WRITTEN = "2026-01-01T00:00:00Z";

/** Field sets as three managers leave them: the part of a pod that nobody reads, and the greater one. */
function managedFields(): object[] {
  const container = (name: string): object => ({
    [`k:{"name":"${name}"}`]: {
      ".": {},
      "f:image": {},
      "f:imagePullPolicy": {},
      "f:name": {},
      "f:ports": {
        ".": {},
        'k:{"containerPort":8080,"protocol":"TCP"}': { ".": {}, "f:containerPort": {}, "f:name": {}, "f:protocol": {} },
      },
      "f:readinessProbe": {
        ".": {},
        "f:failureThreshold": {},
        "f:httpGet": { ".": {}, "f:path": {}, "f:port": {}, "f:scheme": {} },
        "f:periodSeconds": {},
        "f:successThreshold": {},
        "f:timeoutSeconds": {},
      },
      "f:resources": { ".": {}, "f:limits": { "f:cpu": {}, "f:memory": {} }, "f:requests": { "f:cpu": {} } },
      "f:terminationMessagePath": {},
      "f:terminationMessagePolicy": {},
      "f:volumeMounts": { ".": {}, 'k:{"mountPath":"/data"}': { ".": {}, "f:mountPath": {}, "f:name": {} } },
    },
  });
  const condition = { ".": {}, "f:lastProbeTime": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {} };
  const spec = { "f:containers": container("web"), "f:dnsPolicy": {}, "f:restartPolicy": {}, "f:schedulerName": {} };
  const labels = { ".": {}, "f:app": {}, "f:pod-template-hash": {}, "f:tier": {} };
  const owners = { ".": {}, 'k:{"uid":"0c1c8c9e-5a0e-4d0f-9b57-7a52d6c1f3aa"}': {} };
  const common = { operation: "Update", apiVersion: "v1", time: WRITTEN, fieldsType: "FieldsV1" };
  return [
    {
      ...common,
      manager: "kube-controller-manager",
      fieldsV1: {
        "f:metadata": { "f:generateName": {}, "f:labels": labels, "f:ownerReferences": owners },
        "f:spec": { ...spec, "f:securityContext": {}, "f:terminationGracePeriodSeconds": {}, "f:volumes": {} },
      },
    },
    {
      ...common,
      manager: "controller",
      fieldsV1: { "f:metadata": { "f:annotations": { ".": {}, "f:k8s.v1.cni.cncf.io/network-status": {} } } },
      subresource: "status",
    },
    {
      ...common,
      manager: "kubelet",
      fieldsV1: {
        "f:status": {
          "f:conditions": {
            'k:{"type":"ContainersReady"}': condition,
            'k:{"type":"Initialized"}': condition,
            'k:{"type":"PodReadyToStartContainers"}': condition,
            'k:{"type":"Ready"}': condition,
          },
          "f:containerStatuses": {},
          "f:hostIP": {},
          "f:phase": {},
          "f:podIP": {},
          "f:podIPs": { ".": {}, 'k:{"ip":"10.50.1.2"}': { ".": {}, "f:ip": {} } },
          "f:startTime": {},
        },
      },
      subresource: "status",
    },
  ];
}

/** A pod of a Deployment as the API server sends it: 6.7 kB, with `INDEX` and `VERSION` in it. */
function template(): string {
  const condition = (type: string): object => ({
    type,
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: WRITTEN,
  });
  const probe = {
    httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  };
  const environment = Array.from({ length: 17 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value-of-setting-${index}-for-the-web-tier`,
  }));
  return JSON.stringify({
    metadata: {
      name: "web-7d4b9c6f5-INDEX",
      generateName: "web-7d4b9c6f5-",
      namespace: "default",
      uid: "5b26064b-963e-4f6c-9d5b-INDEX",
      resourceVersion: "VERSION",
      generation: 1,
      creationTimestamp: WRITTEN,
      labels: { app: "web", "pod-template-hash": "7d4b9c6f5", tier: "front" },
      annotations: { "k8s.v1.cni.cncf.io/network-status": '[{"name":"kuryr","interface":"eth0","default":true}]' },
      ownerReferences: [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          name: "web-7d4b9c6f5",
          uid: "0c1c8c9e-5a0e-4d0f-9b57-7a52d6c1f3aa",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: managedFields(),
    },
    spec: {
      volumes: [
        { name: "data", emptyDir: {} },
        {
          name: "kube-api-access",
          projected: {
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
              { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            ],
            defaultMode: 420,
          },
        },
      ],
      containers: [
        {
          name: "web",
          image: "registry.example.org/shop/web:1.27.4",
          ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
          env: environment,
          resources: { limits: { cpu: "500m", memory: "256Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "kube-api-access", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" },
          ],
          readinessProbe: probe,
          livenessProbe: probe,
          terminationMessagePath: "/dev/termination-log",
          terminationMessagePolicy: "File",
          imagePullPolicy: "IfNotPresent",
        },
      ],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      serviceAccountName: "default",
      serviceAccount: "default",
      nodeName: "node-1",
      securityContext: {},
      schedulerName: "default-scheduler",
      tolerations: ["not-ready", "unreachable"].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: "PreemptLowerPriority",
    },
    status: {
      phase: "Running",
      conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
        condition,
      ),
      hostIP: "192.0.2.10",
      hostIPs: [{ ip: "192.0.2.10" }],
      podIP: "10.50.1.2",
      podIPs: [{ ip: "10.50.1.2" }],
      startTime: WRITTEN,
      containerStatuses: [
        {
          name: "web",
          state: { running: { startedAt: WRITTEN } },
          lastState: {},
          ready: true,
          restartCount: 0,
          image: "registry.example.org/shop/web:1.27.4",
          imageID: `registry.example.org/shop/web@sha256:${"0123456789abcdef".repeat(4)}`,
          containerID: `containerd://${"fedcba9876543210".repeat(4)}`,
          started: true,
        },
      ],
      qosClass: "Burstable",
    },
  });
}

const PARTS = template().split(/(INDEX|VERSION)/);

/** The JSON of the pod of this number at this resourceVersion. */
export function podJson(index: number, version: number): string {
  let json = "";
  for (const part of PARTS) {
    json += part === "INDEX" ? String(index).padStart(12, "0") : part === "VERSION" ? String(version) : part;
  }
  return json;
}
