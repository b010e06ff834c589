import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import { bodyOf, configMap } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const at = (api: Session, rest = ""): string => `/api/v1/namespaces/${api.namespace}/configmaps${rest}`;
const absentUid = "00000000-0000-4000-8000-000000000000";

/** What holds for every built-in kind, shown on ConfigMaps. */
contractSuite(import.meta.filename, {
  "a ConfigMap is created, read, replaced, patched and deleted": async (api) => {
    await api.post(at(api), configMap("a"));
    await api.get(at(api, "/a"));
    await api.put(at(api, "/a"), configMap("a", { a: "2", b: "3" }));
    await api.patch(at(api, "/a"), "merge", { data: { a: null }, metadata: { annotations: { x: "y" } } });
    await api.patch(at(api, "/a"), "strategic", { data: { c: "4" } });
    await api.patch(at(api, "/a"), "json", [{ op: "add", path: "/data/d", value: "5" }]);
    await api.delete(at(api, "/a"));
    await api.get(at(api, "/a"));
  },
  "kind and version may be left out of a built-in object": async (api) => {
    await api.post(at(api), { metadata: { name: "a" }, data: { a: "1" } });
    await api.put(at(api, "/a"), { metadata: { name: "a" }, data: { a: "2" } });
  },
  "a name is made of generateName": async (api) => {
    await api.post(at(api), configMap("", {}, { name: undefined, generateName: "made-" }));
    await api.post(at(api), configMap("", {}, { name: undefined, generateName: "UPPER" }));
    await api.post(at(api), configMap("both", {}, { generateName: "made-" }));
  },
  "a ConfigMap that is there already, of the wrong kind or of nothing is refused": async (api) => {
    await api.post(at(api), configMap("a"));
    await api.post(at(api), configMap("a"));
    await api.post(at(api), { ...configMap("b"), kind: "ServiceAccount" });
    await api.post(at(api), { ...configMap("b"), apiVersion: "apps/v1" });
    await api.post(at(api), configMap("b", {}, { namespace: "elsewhere" }));
    await api.post(at(api), configMap("b", {}, { resourceVersion: "5" }));
    await api.post(at(api), configMap("b", {}, { name: undefined }));
    await api.post(at(api), configMap("B b"));
    await api.post(at(api), configMap("b", { "a b": "c" }));
    await api.post(at(api), "{nonsense");
    await api.post(at(api), "");
    await api.post(at(api), "[]");
    await api.post("/api/v1/namespaces/contract-absent/configmaps", configMap("b"));
  },
  "values of the wrong type are refused": async (api) => {
    await api.post(at(api), { ...configMap("a"), data: "text" });
    await api.post(at(api), { ...configMap("a"), data: { a: 1 } });
    await api.post(at(api), { ...configMap("a"), immutable: "yes" });
    await api.post(at(api), { ...configMap("a"), metadata: { name: 7 } });
    await api.post(at(api), { ...configMap("a"), metadata: { name: "a", labels: { a: 1 } } });
    await api.post(at(api), { ...configMap("a"), metadata: [] });
  },
  "fields that a ConfigMap does not have are dropped, warned of, or refused": async (api) => {
    await api.post(at(api), { ...configMap("a"), colour: "red", metadata: { name: "a", shape: "round" } });
    await api.post(at(api, "?fieldValidation=Strict"), {
      ...configMap("b"),
      colour: "red",
      metadata: { name: "b", shape: "round" },
    });
    await api.post(at(api, "?fieldValidation=Ignore"), { ...configMap("c"), colour: "red" });
    await api.post(at(api, "?fieldValidation=Perhaps"), configMap("d"));
    await api.patch(at(api, "/a?fieldValidation=Strict"), "merge", { colour: "red" });
  },
  "a dry run changes nothing": async (api) => {
    await api.post(at(api, "?dryRun=All"), configMap("a"));
    await api.get(at(api, "/a"));
    await api.post(at(api), configMap("a"));
    await api.post(at(api, "?dryRun=All"), configMap("a"));
    await api.patch(at(api, "/a?dryRun=All"), "merge", { data: { a: "2" } });
    await api.put(at(api, "/a?dryRun=All"), configMap("a", { b: "3" }));
    await api.delete(at(api, "/a"), { dryRun: ["All"] });
    await api.delete(at(api, "/a?dryRun=All"));
    await api.get(at(api, "/a"));
    await api.post(at(api, "?dryRun=Some"), configMap("b"));
    await api.patch(at(api, "/a?dryRun=Some"), "merge", {});
    await api.put(at(api, "/a?dryRun=Some"), configMap("a"));
  },
  "a ConfigMap that is not there": async (api) => {
    await api.get(at(api, "/absent"));
    await api.put(at(api, "/absent"), configMap("absent"));
    await api.put(at(api, "/absent"), configMap("absent", {}, { resourceVersion: "1" }));
    await api.put(at(api, "/absent"), configMap("absent", {}, { uid: absentUid }));
    await api.patch(at(api, "/absent"), "merge", {});
    await api.patch(at(api, "/absent"), "strategic", {});
    await api.patch(at(api, "/absent"), "json", []);
    await api.delete(at(api, "/absent"));
  },
  "writes against an old version or another object conflict": async (api) => {
    const old = bodyOf(await api.post(at(api), configMap("a"))).metadata.resourceVersion;
    await api.put(at(api, "/a"), configMap("a", { a: "2" }, { resourceVersion: old }));
    await api.put(at(api, "/a"), configMap("a", { a: "3" }, { resourceVersion: old }));
    await api.put(at(api, "/a"), configMap("a", { a: "3" }, { uid: absentUid }));
    await api.patch(at(api, "/a"), "merge", { metadata: { resourceVersion: old }, data: { a: "3" } });
    await api.patch(at(api, "/a"), "merge", { metadata: { uid: absentUid }, data: { a: "3" } });
    await api.patch(at(api, "/a"), "json", [{ op: "test", path: "/data/a", value: "9" }]);
    await api.delete(at(api, "/a"), { preconditions: { resourceVersion: old } });
    await api.delete(at(api, "/a"), { preconditions: { uid: absentUid } });
  },
  "nobody else's writes": async (api) => {
    await api.post(at(api), configMap("a"));
    for (const as of ["stranger", "unknown-token", "anonymous"] as const) {
      await api.get(at(api, "/a"), as);
      await api.get(at(api), as);
      await api.get("/api/v1/configmaps", as);
      await api.send({ method: "POST", path: at(api), body: configMap("b"), as });
      await api.send({ method: "PUT", path: at(api, "/a"), body: configMap("a"), as });
      await api.send({
        method: "PATCH",
        path: at(api, "/a"),
        body: {},
        contentType: "application/merge-patch+json",
        as,
      });
      await api.send({ method: "DELETE", path: at(api, "/a"), as });
      await api.send({ method: "DELETE", path: at(api), as });
    }
  },
  "what the server alone may set is not taken": async (api) => {
    const made = bodyOf(
      await api.post(
        at(api),
        configMap(
          "a",
          {},
          {
            uid: absentUid,
            creationTimestamp: "2001-01-01T00:00:00Z",
            generation: 7,
            deletionTimestamp: "2001-01-01T00:00:00Z",
            selfLink: "x",
          },
        ),
      ),
    );
    assert.notEqual(made.metadata.uid, absentUid);
    await api.patch(at(api, "/a"), "merge", {
      metadata: { creationTimestamp: "2001-01-01T00:00:00Z", generation: 9, deletionTimestamp: "2001-01-01T00:00:00Z" },
    });
  },
  owners: async (api) => {
    const owner = { apiVersion: "v1", kind: "ConfigMap", name: "a", uid: absentUid };
    await api.post(
      at(api),
      configMap("a", {}, { ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }] }),
    );
    await api.post(at(api), configMap("b", {}, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap" }] }));
    await api.post(
      at(api),
      configMap(
        "b",
        {},
        {
          ownerReferences: [
            { ...owner, controller: true },
            { ...owner, uid: "other", controller: true },
          ],
        },
      ),
    );
  },
  "an immutable ConfigMap stays": async (api) => {
    await api.post(at(api), { ...configMap("a"), immutable: true });
    await api.patch(at(api, "/a"), "merge", { data: { a: "2" } });
    await api.patch(at(api, "/a"), "merge", { immutable: null });
    await api.patch(at(api, "/a"), "merge", { metadata: { labels: { a: "b" } } });
  },
  "a patch without change changes no version": async (api) => {
    const made = bodyOf(await api.post(at(api), configMap("a")));
    const same = bodyOf(await api.patch(at(api, "/a"), "merge", { data: { a: "1" } }));
    assert.equal(same.metadata.resourceVersion, made.metadata.resourceVersion);
    await api.send({
      method: "PATCH",
      path: at(api, "/a?fieldManager=another"),
      body: { data: { a: "1" } },
      contentType: "application/merge-patch+json",
    });
  },
  "each manager has its fields": async (api) => {
    await api.post(at(api, "?fieldManager=one"), configMap("a", { a: "1", b: "2" }, { labels: { l: "1" } }));
    await api.put(at(api, "/a?fieldManager=two"), configMap("a", { a: "2", c: "3" }, { labels: { l: "1", m: "2" } }));
    await api.send({
      method: "PATCH",
      path: at(api, "/a?fieldManager=three"),
      body: { data: null },
      contentType: "application/merge-patch+json",
    });
    await api.patch(at(api, "/a"), "merge", { metadata: { managedFields: [] } });
    await api.patch(at(api, "/a"), "merge", { data: { a: "1" } });
    await api.patch(at(api, `/a?fieldManager=${"x".repeat(129)}`), "merge", { data: { a: "1" } });
  },
  "the time of a manager is that of the last value it changed": async (api) => {
    const timeAfter = async (data: Record<string, string>): Promise<string | undefined> => {
      // Times are whole seconds.
      await pause(1001);
      return bodyOf(await api.put(at(api, "/a?fieldManager=one"), configMap("a", data))).metadata.managedFields?.[0]
        ?.time;
    };
    await api.post(at(api, "?fieldManager=one"), configMap("a", { a: "1", b: "1" }));
    const changed = await timeAfter({ a: "2", b: "1" });
    assert.equal(await timeAfter({ a: "2", b: "1" }), changed);
    const again = await timeAfter({ a: "3", b: "1" });
    assert.ok(changed !== undefined && again !== undefined && again > changed, `${changed} and ${again}`);
  },
  "patches of an unknown type or shape are refused": async (api) => {
    await api.post(at(api), configMap("a"));
    await api.send({ method: "PATCH", path: at(api, "/a"), body: {}, contentType: "application/json" });
    await api.send({ method: "PATCH", path: at(api, "/a"), body: {}, contentType: "text/plain" });
    await api.patch(at(api, "/a"), "strategic", "{nonsense");
    await api.patch(at(api, "/a"), "strategic", "[]");
    await api.patch(at(api, "/a"), "merge", "{nonsense");
    await api.patch(at(api, "/a"), "json", "{nonsense");
    await api.patch(at(api, "/a"), "json", "{}");
    await api.patch(at(api, "/a"), "merge", { data: "text" });
    await api.patch(at(api, "/a"), "merge", { kind: "ServiceAccount" });
    await api.patch(at(api, "/a"), "merge", { metadata: { name: "b" } });
    await api.patch(at(api, "/a"), "merge", { metadata: { namespace: "elsewhere" } });
    await api.patch(at(api, "/a"), "json", [{ op: "remove", path: "/metadata/name" }]);
    await api.patch(at(api, "/a"), "json", [{ op: "remove", path: "/data/absent" }]);
    await api.patch(at(api, "/a"), "json", [{ op: "replace", path: "/data", value: 7 }]);
  },
  "finalizers hold a ConfigMap": async (api) => {
    await api.post(at(api), configMap("a", {}, { finalizers: ["example.org/one", "example.org/two"] }));
    await api.delete(at(api, "/a"), { propagationPolicy: "Background" });
    await api.delete(at(api, "/a"));
    await api.put(at(api, "/a"), configMap("a", { late: "write" }, { finalizers: ["example.org/two"] }));
    await api.patch(at(api, "/a"), "strategic", {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["example.org/two"] },
    });
    await api.get(at(api, "/a"));
  },
  "ConfigMaps of a selection are deleted at once": async (api) => {
    for (const [name, colour] of [
      ["a", "red"],
      ["b", "blue"],
      ["c", "red"],
    ] as const)
      await api.quiet({ method: "POST", path: at(api), body: configMap(name, {}, { labels: { colour } }) });
    await api.delete(at(api, "?labelSelector=colour%3Dred"));
    await api.get(at(api, "?labelSelector=colour"));
    await api.delete(at(api, "?fieldSelector=metadata.name%3Db"), { propagationPolicy: "Background" });
    await api.get(at(api, "?labelSelector=colour"));
    await api.delete("/api/v1/namespaces/contract-absent/configmaps");
  },
  "health and version answer anybody": async (api) => {
    for (const path of ["/readyz", "/livez", "/healthz"]) {
      await api.get(path);
      await api.get(path, "anonymous");
    }
  },
});
