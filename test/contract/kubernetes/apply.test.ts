import assert from "node:assert/strict";

import { bodyOf, configMap, kuryrPort, pod, podInterface } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const maps = (api: Session, rest: string): string => `/api/v1/namespaces/${api.namespace}/configmaps${rest}`;
const ports = (api: Session, rest: string): string =>
  `/apis/openstack.org/v1/namespaces/${api.namespace}/kuryrports${rest}`;

/** Server-side apply. */
contractSuite(import.meta.filename, {
  "an apply makes what is not there, and owns what it says": async (api) => {
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", { a: "1" }, { labels: { l: "1" } }));
    const first = await api.patch(
      maps(api, "/a?fieldManager=one"),
      "apply",
      configMap("a", { a: "1" }, { labels: { l: "1" } }),
    );
    const again = await api.get(maps(api, "/a"));
    assert.equal(bodyOf(first).metadata.resourceVersion, bodyOf(again).metadata.resourceVersion);
  },
  "what is not applied any more goes": async (api) => {
    await api.patch(
      maps(api, "/a?fieldManager=one"),
      "apply",
      configMap("a", { a: "1", b: "2" }, { labels: { l: "1", m: "2" }, finalizers: ["example.org/f"] }),
    );
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", { a: "3" }, { labels: { l: "1" } }));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a" },
    });
  },
  "another manager's value is a conflict, the same value is shared": async (api) => {
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", { a: "1", b: "2" }));
    await api.patch(maps(api, "/a?fieldManager=two"), "apply", configMap("a", { a: "1", c: "3" }));
    await api.patch(maps(api, "/a?fieldManager=two"), "apply", configMap("a", { a: "9" }));
    await api.patch(maps(api, "/a?fieldManager=two"), "apply", configMap("a", { a: "9", b: "9" }));
    await api.patch(maps(api, "/a?fieldManager=two&force=true"), "apply", configMap("a", { a: "9" }));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", { b: "2" }));
  },
  "an update and an apply conflict too": async (api) => {
    await api.post(maps(api, "?fieldManager=writer"), configMap("a", { a: "1" }));
    await api.patch(maps(api, "/a?fieldManager=applier"), "apply", configMap("a", { a: "2", b: "1" }));
    await api.patch(maps(api, "/a?fieldManager=applier&force=true"), "apply", configMap("a", { a: "2", b: "1" }));
    await api.put(maps(api, "/a?fieldManager=writer"), configMap("a", { a: "3" }));
  },
  "applies that are none": async (api) => {
    await api.patch(maps(api, "/a"), "apply", configMap("a"));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", { metadata: { name: "a" } });
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("b"));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", { ...configMap("a"), apiVersion: "v2" });
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", { ...configMap("a"), kind: "Secret" });
    await api.patch(
      maps(api, "/a?fieldManager=one"),
      "apply",
      configMap("a", {}, { managedFields: [{ manager: "x" }] }),
    );
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", {}, { resourceVersion: "1" }));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", configMap("a", { "a b": "c" }));
    await api.patch(
      maps(api, "/a?fieldManager=one"),
      "apply",
      configMap("a", {}, { uid: "00000000-0000-4000-8000-000000000000" }),
    );
    await api.patch(maps(api, "/a?fieldManager=one&fieldValidation=Strict"), "apply", {
      ...configMap("a"),
      colour: "red",
    });
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", { ...configMap("a"), colour: "red" });
    await api.send({
      method: "PATCH",
      path: maps(api, "/a?fieldManager=one"),
      body: configMap("a"),
      contentType: "application/apply-patch+yaml",
      as: "stranger",
    });
    await api.patch("/api/v1/namespaces/contract-absent/configmaps/a?fieldManager=one", "apply", configMap("a"));
  },
  "an apply to a KuryrPort and to its status": async (api) => {
    await api.patch(ports(api, "/web?fieldManager=controller"), "apply", kuryrPort("web"));
    await api.patch(ports(api, "/web/status?fieldManager=daemon"), "apply", {
      apiVersion: "openstack.org/v1",
      kind: "KuryrPort",
      metadata: { name: "web" },
      status: { attachment: { containerId: "c", at: "x" } },
    });
    await api.patch(
      ports(api, "/web?fieldManager=controller"),
      "apply",
      kuryrPort("web", { interfaces: [podInterface, { ...podInterface, name: "eth1" }] }, { finalizers: [] }),
    );
    await api.patch(ports(api, "/web?fieldManager=other"), "apply", kuryrPort("web", { podNodeName: "node9" }));
    await api.patch(ports(api, "/absent/status?fieldManager=daemon"), "apply", {
      apiVersion: "openstack.org/v1",
      kind: "KuryrPort",
      metadata: { name: "absent" },
      status: {},
    });
    await api.patch(ports(api, "/web2?fieldManager=controller"), "apply", kuryrPort("web2", { podUid: "" }));
    await api.patch(ports(api, "/web/status?fieldManager=daemon"), "apply", {
      apiVersion: "openstack.org/v1",
      kind: "KuryrPort",
      metadata: { name: "web" },
      status: {},
    });
  },
  "finalizers are applied one by one": async (api) => {
    const of = (...finalizers: string[]): object => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", finalizers },
    });
    await api.post(maps(api, ""), configMap("a", {}, { finalizers: ["example.org/a"] }));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", of("example.org/b"));
    await api.patch(maps(api, "/a?fieldManager=two"), "apply", of("example.org/c", "example.org/b"));
    await api.patch(maps(api, "/a?fieldManager=one"), "apply", of());
    await api.patch(maps(api, "/a?fieldManager=two"), "apply", of());
    await api.patch(maps(api, "/a"), "merge", { metadata: { finalizers: null } });
  },
  "containers of a pod are merged by name": async (api) => {
    const path = `/api/v1/namespaces/${api.namespace}/pods/p`;
    await api.patch(`${path}?fieldManager=one`, "apply", pod("p"));
    await api.patch(`${path}?fieldManager=two`, "apply", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "demo", image: "kuryr/demo:2" }] },
    });
    await api.patch(`${path}?fieldManager=two&force=true`, "apply", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "demo", image: "kuryr/demo:2" }] },
    });
  },
});
