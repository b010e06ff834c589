import { configMap, kuryrPort } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const spaces = "/api/v1/namespaces";
const nodes = "/api/v1/nodes";

async function withNode(api: Session, run: (name: string, path: string) => Promise<void>): Promise<void> {
  const name = `${api.namespace}-node`;
  try {
    await run(name, `${nodes}/${name}`);
  } finally {
    await api.quiet({ method: "DELETE", path: `${nodes}/${name}` });
  }
}

/** Namespaces, nodes and what is not in a namespace. */
contractSuite(import.meta.filename, {
  "namespaces that are read and refused": async (api) => {
    await api.get(`${spaces}/${api.namespace}`);
    await api.get(`${spaces}/contract-absent`);
    await api.post(spaces, { metadata: { name: api.namespace } });
    await api.post(spaces, { metadata: { name: "Not_A_Name" } });
    await api.post(spaces, { metadata: { name: "with.dot" } });
    await api.post(spaces, { metadata: {} });
    await api.send({ method: "POST", path: spaces, body: { metadata: { name: "x" } }, as: "stranger" });
    await api.get(`${spaces}/${api.namespace}`, "stranger");
    await api.get(`${spaces}/kube-system`, "stranger");
    await api.patch(`${spaces}/contract-absent`, "merge", {});
    await api.delete(`${spaces}/contract-absent`);
    await api.send({ method: "DELETE", path: `${spaces}/${api.namespace}`, as: "stranger" });
  },
  "a namespace is labelled with its name": async (api) => {
    await api.patch(`${spaces}/${api.namespace}`, "merge", {
      metadata: { labels: { tier: "a" }, annotations: { x: "y" } },
    });
    await api.patch(`${spaces}/${api.namespace}`, "merge", {
      metadata: { labels: { "kubernetes.io/metadata.name": "other" } },
    });
    await api.patch(`${spaces}/${api.namespace}`, "merge", { spec: { finalizers: [] } });
    await api.patch(`${spaces}/${api.namespace}/status`, "merge", {
      status: { phase: "Terminating" },
      metadata: { labels: { from: "status" } },
    });
    await api.get(`${spaces}?labelSelector=kubernetes.io%2Fmetadata.name%3D${api.namespace}`);
  },
  "a namespace takes its content with it": async (api) => {
    const name = `${api.namespace}-b`;
    const inside = `${spaces}/${name}`;
    await api.quiet({ method: "POST", path: spaces, body: { metadata: { name } } });
    await api.quiet({ method: "POST", path: `${inside}/configmaps`, body: configMap("a") });
    await api.quiet({
      method: "POST",
      path: `/apis/openstack.org/v1/namespaces/${name}/kuryrports`,
      body: kuryrPort("web"),
    });
    await api.delete(inside);
    await api.post(`${inside}/configmaps`, configMap("late"));
    await api.eventually("the ConfigMap to go", async () => {
      const { body } = await api.quiet({ method: "GET", path: `${inside}/configmaps` });
      return (body as { items: unknown[] }).items.length === 0;
    });
    await api.eventually("the KuryrPort to be deleted", async () => {
      const { body } = await api.quiet({
        method: "GET",
        path: `/apis/openstack.org/v1/namespaces/${name}/kuryrports/web`,
      });
      return (body as { metadata: { deletionTimestamp?: string } }).metadata.deletionTimestamp !== undefined;
    });
    await api.patch(`/apis/openstack.org/v1/namespaces/${name}/kuryrports/web`, "merge", {
      metadata: { finalizers: null },
    });
    await api.eventually("the namespace to go", async () => {
      const { body } = await api.quiet({ method: "GET", path: `${spaces}?fieldSelector=metadata.name%3D${name}` });
      return (body as { items: unknown[] }).items.length === 0;
    });
    await api.get(inside);
  },
  "a node is created, read and refused": async (api) => {
    await withNode(api, async (name, path) => {
      await api.post(nodes, { metadata: { name, labels: { a: "b" } }, spec: { providerID: "x" } });
      await api.post(nodes, { metadata: { name } });
      await api.send({ method: "GET", path, as: "stranger" });
      await api.send({
        method: "PATCH",
        path: `${path}/status`,
        body: {},
        contentType: "application/merge-patch+json",
        as: "stranger",
      });
      await api.send({ method: "GET", path: nodes, as: "unknown-token" });
      await api.get(`${nodes}/contract-absent`);
    });
  },
});
