import assert from "node:assert/strict";

import { bodyOf, kuryrPort, podInterface } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const at = (api: Session, rest = ""): string => `/apis/openstack.org/v1/namespaces/${api.namespace}/kuryrports${rest}`;
const finalizer = "kuryr.openstack.org/kuryrport-finalizer";
const absentUid = "00000000-0000-4000-8000-000000000000";

/** What the controller and the daemon do with KuryrPorts. */
contractSuite(import.meta.filename, {
  "a KuryrPort is created as the controller creates it": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    await api.get(at(api, "/web"));
  },
  "a second KuryrPort of the same name is refused": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    await api.post(at(api), kuryrPort("web"));
  },
  "a KuryrPort without its spec is invalid": async (api) => {
    await api.post(at(api), { apiVersion: "openstack.org/v1", kind: "KuryrPort", metadata: { name: "web" } });
  },
  "a KuryrPort without required fields is invalid": async (api) => {
    await api.post(at(api), kuryrPort("web", { podUid: undefined, podNodeName: undefined }));
    await api.post(at(api), kuryrPort("web", { interfaces: [] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ name: "eth0" }] }));
  },
  "a KuryrPort with wrong values is invalid": async (api) => {
    await api.post(at(api), kuryrPort("web", { podUid: "" }));
    await api.post(at(api), kuryrPort("web", { podNodeName: "n".repeat(254) }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, mtu: 5 }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, mtu: 70000 }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, mac: "zz" }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, driver: "macvtap" }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, readiness: 7 }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, mtu: "1400", default: "yes" }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: [{ ...podInterface, mtu: 1400.5 }] }));
    await api.post(at(api), kuryrPort("web", { interfaces: {} }));
    await api.post(at(api), kuryrPort("web", { interfaces: [null] }));
    await api.post(at(api), kuryrPort("web", { podStatic: null }));
    await api.post(at(api), kuryrPort("web", { interfaces: [podInterface, { ...podInterface, name: "a/b" }] }));
    await api.post(at(api), kuryrPort("web2", { interfaces: Array.from({ length: 33 }, () => podInterface) }));
  },
  "several faults of a KuryrPort are told at once": async (api) => {
    const bad = {
      ...podInterface,
      mtu: 5,
      mac: "x",
      driver: "y",
      nameservers: [""],
      bridge: "much-too-long-for-a-name",
    };
    await api.post(at(api), kuryrPort("web", { podUid: "", interfaces: [bad] }));
  },
  "unknown fields of a KuryrPort are pruned, warned of, or refused when strict": async (api) => {
    const body = kuryrPort("web", { colour: "red", interfaces: [{ ...podInterface, speed: 1 }] });
    const answer = await api.post(at(api), body);
    assert.match(String(answer.headers["warning"]), /unknown field/);
    await api.post(
      at(api, "?fieldValidation=Strict"),
      kuryrPort("web2", { colour: "red", interfaces: [{ ...podInterface, speed: 1 }] }),
    );
    await api.post(at(api, "?fieldValidation=Ignore"), kuryrPort("web3", { colour: "red" }));
  },
  "the status of a new KuryrPort is not taken": async (api) => {
    await api.post(at(api), { ...kuryrPort("web"), status: { released: { at: "now" } } });
  },
  "a KuryrPort of another version, kind, namespace or no name is refused": async (api) => {
    await api.post(at(api), { ...kuryrPort("web"), apiVersion: "openstack.org/v2" });
    await api.post(at(api), { ...kuryrPort("web"), kind: "KuryrNet" });
    await api.post(at(api), kuryrPort("web", {}, { namespace: "elsewhere" }));
    await api.post(at(api), kuryrPort("web", {}, { name: undefined }));
    await api.post(at(api), kuryrPort("Web_1"));
    await api.post(at(api), kuryrPort("web", {}, { labels: { "a b": "c" } }));
    await api.post(at(api), kuryrPort("web", {}, { labels: { a: "b c" } }));
    await api.post(at(api), kuryrPort("web", {}, { finalizers: ["not a name"] }));
    await api.post(at(api), kuryrPort("web", {}, { finalizers: ["bare"] }));
    await api.post(at(api), { spec: {} });
    await api.post(at(api), "{nonsense");
    await api.post(at(api), "");
    await api.post(at(api), "[]");
  },
  "a KuryrPort in a namespace that does not exist is refused": async (api) => {
    await api.post("/apis/openstack.org/v1/namespaces/contract-absent/kuryrports", kuryrPort("web"));
    await api.get("/apis/openstack.org/v1/namespaces/contract-absent/kuryrports");
    await api.get("/apis/openstack.org/v1/namespaces/contract-absent/kuryrports/web");
  },
  "a KuryrPort that is not there is not found by any verb": async (api) => {
    await api.get(at(api, "/absent"));
    await api.put(at(api, "/absent"), kuryrPort("absent", {}, { resourceVersion: "1" }));
    await api.put(at(api, "/absent"), kuryrPort("absent"));
    await api.patch(at(api, "/absent"), "merge", { spec: { podNodeName: "x" } });
    await api.patch(at(api, "/absent"), "json", [{ op: "remove", path: "/metadata/finalizers" }]);
    await api.patch(at(api, "/absent/status"), "merge", { status: {} });
    await api.delete(at(api, "/absent"));
    await api.delete(at(api, "/absent"), { preconditions: { uid: absentUid } });
  },
  "every verb on KuryrPorts is refused to who may not": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    for (const as of ["stranger", "unknown-token", "anonymous"] as const) {
      await api.get(at(api), as);
      await api.get("/apis/openstack.org/v1/kuryrports", as);
      await api.get(at(api, "?watch=true"), as);
      await api.get(at(api, "/web"), as);
      await api.send({ method: "POST", path: at(api), body: kuryrPort("other"), as });
      await api.send({ method: "PUT", path: at(api, "/web"), body: kuryrPort("web"), as });
      await api.send({
        method: "PATCH",
        path: at(api, "/web"),
        body: {},
        contentType: "application/merge-patch+json",
        as,
      });
      await api.send({
        method: "PATCH",
        path: at(api, "/web/status"),
        body: {},
        contentType: "application/merge-patch+json",
        as,
      });
      await api.send({ method: "DELETE", path: at(api, "/web"), as });
      await api.send({ method: "DELETE", path: at(api), as });
    }
  },
  "the daemon's merge patch of a KuryrPort's status changes nothing else": async (api) => {
    const uid = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata.uid;
    const status = { attachment: { containerId: "c1", at: "2026-01-01T00:00:00.000Z" } };
    await api.patch(at(api, "/web/status"), "merge", { metadata: { uid }, status });
    await api.patch(at(api, "/web/status"), "merge", { metadata: { uid }, status });
    await api.patch(at(api, "/web/status"), "merge", {
      metadata: { uid, labels: { x: "y" } },
      spec: { podNodeName: "n2" },
      status: { released: { at: "2026-01-01T00:00:01.000Z" } },
    });
    await api.patch(at(api, "/web/status"), "merge", { status: { attachment: null } });
    await api.get(at(api, "/web"));
    await api.get(at(api, "/web/status"));
  },
  "a merge patch of status does not look at the uid, one of the object and a JSON test do": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    await api.patch(at(api, "/web/status"), "merge", {
      metadata: { uid: absentUid },
      status: { released: { at: "x" } },
    });
    await api.patch(at(api, "/web"), "merge", { metadata: { uid: absentUid, labels: { a: "b" } } });
    await api.patch(at(api, "/web/status"), "json", [
      { op: "test", path: "/metadata/uid", value: absentUid },
      { op: "add", path: "/status", value: { released: { at: "y" } } },
    ]);
    await api.patch(at(api, "/web/status"), "merge", {
      metadata: { resourceVersion: "1" },
      status: { released: { at: "z" } },
    });
  },
  "a patch of status that the schema refuses is invalid": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    await api.patch(at(api, "/web/status"), "merge", { status: { released: { at: 7 } } });
    await api.patch(at(api, "/web/status"), "merge", { status: "yes" });
    await api.patch(at(api, "/web/status"), "merge", { status: { unknown: 7 } });
    await api.patch(at(api, "/web/status?fieldValidation=Strict"), "merge", { status: { unknown: 7 } });
  },
  "the controller's JSON patch drops the finalizer of the object it means": async (api) => {
    const uid = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata.uid;
    const drop = (of: string): object => [
      { op: "test", path: "/metadata/uid", value: of },
      { op: "replace", path: "/metadata/finalizers", value: [] },
    ];
    await api.patch(at(api, "/web"), "json", drop(absentUid));
    await api.patch(at(api, "/web"), "json", drop(uid));
    await api.delete(at(api, "/web"), { preconditions: { uid } });
    await api.get(at(api, "/web"));
  },
  "a KuryrPort with a finalizer waits for it when deleted": async (api) => {
    const uid = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata.uid;
    await api.delete(at(api, "/web"), { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: absentUid } });
    await api.delete(at(api, "/web"), { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } });
    await api.delete(at(api, "/web"), { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } });
    await api.get(at(api, "/web"));
    await api.patch(at(api, "/web"), "merge", { metadata: { finalizers: ["example.org/another", finalizer] } });
    await api.patch(at(api, "/web"), "merge", { metadata: { labels: { a: "b" } } });
    await api.patch(at(api, "/web"), "json", [
      { op: "test", path: "/metadata/uid", value: uid },
      { op: "replace", path: "/metadata/finalizers", value: [] },
    ]);
    await api.get(at(api, "/web"));
  },
  "a KuryrPort without finalizer is gone at once": async (api) => {
    await api.post(at(api), kuryrPort("web", {}, { finalizers: [] }));
    await api.delete(at(api, "/web"));
    await api.delete(at(api, "/web"));
  },
  "deletes with a resourceVersion, a policy or nonsense as options": async (api) => {
    const old = bodyOf(await api.post(at(api), kuryrPort("web", {}, { finalizers: [] }))).metadata.resourceVersion;
    await api.patch(at(api, "/web"), "merge", { metadata: { labels: { a: "b" } } });
    await api.delete(at(api, "/web"), { preconditions: { resourceVersion: old } });
    await api.delete(at(api, "/web"), { propagationPolicy: "Sideways" });
    await api.delete(at(api, "/web"), { propagationPolicy: "Orphan", orphanDependents: true });
    await api.delete(at(api, "/web"), { dryRun: ["All"] });
    await api.delete(at(api, "/web?dryRun=Some"));
    await api.delete(at(api, "/web"), { kind: "DeleteOptions", apiVersion: "openstack.org/v1" });
    await api.send({ method: "DELETE", path: at(api, "/web"), body: "{nonsense" });
    await api.delete(at(api, "/web"), { gracePeriodSeconds: -3 });
    await api.get(at(api, "/web"));
  },
  "replacing a KuryrPort needs its newest resourceVersion": async (api) => {
    const first = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata.resourceVersion;
    await api.put(at(api, "/web"), kuryrPort("web", { podNodeName: "node2" }));
    await api.put(at(api, "/web"), kuryrPort("web", { podNodeName: "node2" }, { resourceVersion: first }));
    await api.put(at(api, "/web"), kuryrPort("web", { podNodeName: "node3" }, { resourceVersion: first }));
    await api.put(at(api, "/web"), kuryrPort("web", { podNodeName: "node3" }, { resourceVersion: "0" }));
    await api.put(at(api, "/web"), kuryrPort("web", { podNodeName: "node3" }, { resourceVersion: "abc" }));
    const second = bodyOf(await api.get(at(api, "/web"))).metadata.resourceVersion;
    await api.put(at(api, "/web"), kuryrPort("other", {}, { resourceVersion: second }));
    await api.put(at(api, "/web"), kuryrPort("web", { podUid: "" }, { resourceVersion: second }));
    await api.put(
      at(api, "/web"),
      kuryrPort("web", { podNodeName: "node3" }, { resourceVersion: second, uid: absentUid }),
    );
    await api.put(at(api, "/web"), {
      ...kuryrPort("web", {}, { resourceVersion: second }),
      status: { released: { at: "x" } },
    });
  },
  "replacing a KuryrPort by what it is changes no resourceVersion": async (api) => {
    const made = await api.post(at(api), kuryrPort("web"));
    const same = await api.put(at(api, "/web"), made.body as object);
    assert.equal(bodyOf(same).metadata.resourceVersion, bodyOf(made).metadata.resourceVersion);
  },
  "replacing the status of a KuryrPort": async (api) => {
    const { resourceVersion } = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata;
    const status = { attachment: { containerId: "c1", at: "x" } };
    await api.put(at(api, "/web/status"), {
      ...kuryrPort("web", { podNodeName: "n9" }, { resourceVersion, labels: { z: "z" } }),
      status,
    });
    await api.put(at(api, "/web/status"), { ...kuryrPort("web", {}, { resourceVersion }), status });
    await api.send({ method: "DELETE", path: at(api, "/web/status") });
    await api.post(at(api, "/web/status"), {});
  },
  "merge patches of a KuryrPort": async (api) => {
    const old = bodyOf(await api.post(at(api), kuryrPort("web"))).metadata.resourceVersion;
    await api.patch(at(api, "/web"), "merge", {
      metadata: { labels: { extra: "1", "kuryr.openstack.org/nodeName": null } },
      spec: { podNodeName: "node2" },
    });
    await api.patch(at(api, "/web"), "merge", { metadata: { resourceVersion: old }, spec: { podNodeName: "node3" } });
    await api.patch(at(api, "/web"), "merge", { spec: { podNodeName: null } });
    await api.patch(at(api, "/web"), "merge", { metadata: { name: "other" } });
    await api.patch(at(api, "/web"), "merge", { kind: "Other" });
    await api.patch(at(api, "/web"), "merge", { spec: { colour: "red" } });
    await api.patch(at(api, "/web?fieldValidation=Strict"), "merge", { spec: { colour: "red" } });
    await api.patch(at(api, "/web"), "merge", {});
    await api.patch(at(api, "/web"), "merge", "{nonsense");
    await api.patch(at(api, "/web"), "merge", "[]");
    await api.patch(at(api, "/web"), "strategic", { spec: {} });
    await api.send({ method: "PATCH", path: at(api, "/web"), body: {}, contentType: "application/json" });
  },
  "JSON patches of a KuryrPort": async (api) => {
    await api.post(at(api), kuryrPort("web"));
    await api.patch(at(api, "/web"), "json", [
      { op: "add", path: "/metadata/annotations", value: { "example.org/a_b": "1" } },
    ]);
    await api.patch(at(api, "/web"), "json", [
      { op: "replace", path: "/metadata/annotations/example.org~1a_b", value: "2" },
    ]);
    await api.patch(at(api, "/web"), "json", [{ op: "add", path: "/metadata/annotations/a~0b", value: "2" }]);
    await api.patch(at(api, "/web"), "json", [
      { op: "add", path: "/spec/interfaces/-", value: { ...podInterface, name: "eth1" } },
    ]);
    await api.patch(at(api, "/web"), "json", [{ op: "copy", from: "/spec/podUid", path: "/metadata/labels/uid" }]);
    await api.patch(at(api, "/web"), "json", [
      { op: "move", from: "/metadata/labels/uid", path: "/metadata/labels/moved" },
    ]);
    await api.patch(at(api, "/web"), "json", [{ op: "remove", path: "/metadata/labels/moved" }]);
    await api.patch(at(api, "/web"), "json", [{ op: "remove", path: "/metadata/labels/moved" }]);
    await api.patch(at(api, "/web"), "json", [{ op: "replace", path: "/spec/absent", value: 1 }]);
    await api.patch(at(api, "/web"), "json", [{ op: "remove", path: "/spec/interfaces/9" }]);
    await api.patch(at(api, "/web"), "json", [{ op: "add", path: "/spec/absent/deeper", value: 1 }]);
    await api.patch(at(api, "/web"), "json", [{ op: "test", path: "/spec/podNodeName", value: "other" }]);
    await api.patch(at(api, "/web"), "json", [{ op: "frobnicate", path: "/spec" }]);
    await api.patch(at(api, "/web"), "json", [{ op: "replace", path: "/spec/interfaces/0/mtu", value: 5 }]);
    await api.patch(at(api, "/web"), "json", { op: "remove", path: "/spec" });
    await api.patch(at(api, "/web"), "json", "[]");
  },
  "KuryrPorts are listed by label, in one namespace and in all": async (api) => {
    for (const [name, node] of [
      ["b", "node1"],
      ["a", "node2"],
      ["c", "node1"],
    ] as const)
      await api.quiet({
        method: "POST",
        path: at(api),
        body: kuryrPort(
          name,
          {},
          { finalizers: [], labels: { "kuryr.openstack.org/nodeName": node, run: api.namespace } },
        ),
      });
    await api.get(at(api));
    await api.get(at(api, "?labelSelector=kuryr.openstack.org%2FnodeName%3Dnode1"));
    await api.get(
      `/apis/openstack.org/v1/kuryrports?labelSelector=run%3D${api.namespace}%2Ckuryr.openstack.org%2FnodeName%21%3Dnode1`,
    );
    await api.get(at(api, "?labelSelector=kuryr.openstack.org%2FnodeName%20in%20(node2,node3)"));
    await api.get(at(api, "?labelSelector=%21run"));
    await api.get(at(api, "?labelSelector=run%20notin%20(x),run"));
    await api.get(at(api, "?fieldSelector=metadata.name%3Dc"));
    await api.get(at(api, "?fieldSelector=metadata.name%21%3Dc,metadata.namespace%3D" + api.namespace));
    await api.get(at(api, "?fieldSelector=spec.podUid%3Dx"));
    await api.get(at(api, "?labelSelector=a%3D%3D%3Db"));
    await api.get(at(api, "?labelSelector=a%20in%20b"));
    await api.get(at(api, "?fieldSelector=nonsense"));
  },
  "all KuryrPorts of a selection are deleted at once": async (api) => {
    for (const name of ["a", "b", "c"])
      await api.quiet({
        method: "POST",
        path: at(api),
        body: kuryrPort(name, {}, { finalizers: name === "b" ? [finalizer] : [], labels: { name } }),
      });
    await api.delete(at(api, "?labelSelector=name%20in%20(a,b)"));
    await api.get(at(api));
    await api.patch(at(api, "/b"), "json", [{ op: "remove", path: "/metadata/finalizers" }]);
    await api.delete(at(api));
    await api.get(at(api));
  },
});
