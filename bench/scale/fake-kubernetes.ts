/**
 * Kubernetes with so many pods that run on so many nodes, in a process of its own:
 *
 *     fake-kubernetes.ts PODS NODES NETWORK SUBNET
 */
import { startKubernetes } from "@kuryr/fakes";
import { connect } from "@kuryr/kubernetes";

import { kuryrPortCrd } from "../../packages/kuryr/src/api/crds.ts";
import { churnNamespace, clusterId, objectsOf } from "./population.ts";

/** What the parent is told once all is there. */
export interface KubernetesFacts {
  readonly server: string;
  readonly token: string;
}

const [pods = "0", nodes = "0", networkId = "", subnetId = ""] = process.argv.slice(2);
const kubernetes = await startKubernetes();
const api = connect({ server: kubernetes.url, token: kubernetes.token });
const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
await api.request({ method: "POST", path: crds, body: kuryrPortCrd });
// By a request, so that it gets what pods need.
await api.request({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: churnNamespace } } });
api.close();
kubernetes.controls.load([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", uid: clusterId } }]);
kubernetes.controls.load(objectsOf({ pods: Number(pods), nodes: Number(nodes) }, { networkId, subnetId }));
process.on("disconnect", () => process.exit());
const facts: KubernetesFacts = { server: kubernetes.url, token: kubernetes.token };
process.send?.({ facts });
