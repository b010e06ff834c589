import assert from "node:assert/strict";

import { bodyOf, configMap, kuryrPort } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const maps = (api: Session, rest = ""): string => `/api/v1/namespaces/${api.namespace}/configmaps${rest}`;
const ports = (api: Session, rest = ""): string =>
  `/apis/openstack.org/v1/namespaces/${api.namespace}/kuryrports${rest}`;
/** Without what the cluster itself puts into every namespace. */
const own = "labelSelector=own";
const owned = { labels: { own: "yes" } };

async function versionOf(api: Session, path: string): Promise<string> {
  return bodyOf(await api.quiet({ method: "GET", path })).metadata.resourceVersion;
}

contractSuite(import.meta.filename, {
  "a watch from a list sends what happens after it": async (api) => {
    await api.quiet({ method: "POST", path: maps(api), body: configMap("before", {}, owned) });
    const version = await versionOf(api, maps(api));
    const watch = await api.watch(maps(api, `?watch=true&${own}&resourceVersion=${version}`));
    await api.quiet({ method: "POST", path: maps(api), body: configMap("a", { x: "1" }, owned) });
    await api.quiet({
      method: "PATCH",
      path: maps(api, "/a"),
      contentType: "application/merge-patch+json",
      body: { data: { x: "2" } },
    });
    await api.quiet({ method: "DELETE", path: maps(api, "/a") });
    await watch.until(3);
    watch.close();
  },
  "a watch without a version begins with what is there": async (api) => {
    for (const name of ["b", "a"])
      await api.quiet({ method: "POST", path: maps(api), body: configMap(name, {}, owned) });
    await api.eventually("the server's cache to have both", async () => {
      const list = bodyOf(await api.quiet({ method: "GET", path: maps(api, `?${own}&resourceVersion=0`) }));
      return list.items?.length === 2;
    });
    for (const query of ["", "&resourceVersion=0"]) {
      const watch = await api.watch(maps(api, `?watch=true&${own}${query}`));
      await watch.until(2);
      watch.close();
    }
  },
  "an event carries the version that its change made": async (api) => {
    const version = await versionOf(api, maps(api));
    const watch = await api.watch(maps(api, `?watch=true&${own}&resourceVersion=${version}`));
    const made = bodyOf(await api.quiet({ method: "POST", path: maps(api), body: configMap("a", {}, owned) }));
    await api.quiet({ method: "DELETE", path: maps(api, "/a") });
    await watch.until(2);
    const [added, deleted] = watch.events;
    assert.equal(added?.object.metadata?.resourceVersion, made.metadata.resourceVersion);
    assert.ok(Number(deleted?.object.metadata?.resourceVersion) > Number(made.metadata.resourceVersion));
    watch.close();
  },
  "what leaves the selection is deleted, what enters it is added": async (api) => {
    const version = await versionOf(api, maps(api));
    const watch = await api.watch(maps(api, `?watch=true&labelSelector=colour%3Dred&resourceVersion=${version}`));
    const label = (colour: string | null): Promise<unknown> =>
      api.quiet({
        method: "PATCH",
        path: maps(api, "/a"),
        contentType: "application/merge-patch+json",
        body: { metadata: { labels: { colour } } },
      });
    await api.quiet({ method: "POST", path: maps(api), body: configMap("a") });
    for (const colour of ["red", "blue", "red", null]) await label(colour);
    await api.quiet({ method: "DELETE", path: maps(api, "/a") });
    await api.quiet({ method: "POST", path: maps(api), body: configMap("last", {}, { labels: { colour: "red" } }) });
    await watch.until(5);
    watch.close();
  },
  "a watch of one object by its name": async (api) => {
    const version = await versionOf(api, maps(api));
    const watch = await api.watch(maps(api, `?watch=true&fieldSelector=metadata.name%3Da&resourceVersion=${version}`));
    for (const name of ["b", "a", "c"]) await api.quiet({ method: "POST", path: maps(api), body: configMap(name) });
    await watch.until(1);
    watch.close();
    const older = await api.watch(maps(api, `/a?watch=true&resourceVersion=${version}`));
    await older.until(1);
    older.close();
  },
  "the daemon's watch of its node's KuryrPorts": async (api) => {
    const query = "labelSelector=kuryr.openstack.org%2FnodeName%3Dnode1";
    const version = await versionOf(api, ports(api, `?${query}`));
    const watch = await api.watch(
      ports(api, `?watch=true&${query}&allowWatchBookmarks=true&resourceVersion=${version}`),
    );
    await api.quiet({
      method: "POST",
      path: ports(api),
      body: kuryrPort("other", {}, { labels: { "kuryr.openstack.org/nodeName": "node2" } }),
    });
    await api.quiet({ method: "POST", path: ports(api), body: kuryrPort("web") });
    await api.quiet({
      method: "PATCH",
      path: ports(api, "/web/status"),
      contentType: "application/merge-patch+json",
      body: { status: { attachment: { containerId: "c", at: "x" } } },
    });
    await api.quiet({ method: "DELETE", path: ports(api, "/web") });
    await api.quiet({
      method: "PATCH",
      path: ports(api, "/web"),
      contentType: "application/merge-patch+json",
      body: { metadata: { finalizers: [] } },
    });
    // Taking the last finalizer off a deleted object is its end, and no change before it.
    await watch.until(4);
    watch.close();
  },
  "a watch ends when its time is over, after a bookmark": async (api) => {
    const version = await versionOf(api, maps(api));
    const watch = await api.watch(
      maps(api, `?watch=true&${own}&resourceVersion=${version}&timeoutSeconds=5&allowWatchBookmarks=true`),
    );
    // As long as nothing happens to the resource there is no bookmark.
    await api.quiet({ method: "POST", path: maps(api), body: configMap("unselected") });
    await watch.untilEnd();
    watch.close(watch.events.slice(-1));
  },
  "a bookmark of KuryrPorts": async (api) => {
    const version = await versionOf(api, ports(api));
    const watch = await api.watch(
      ports(api, `?watch=true&resourceVersion=${version}&timeoutSeconds=5&allowWatchBookmarks=true`),
    );
    await api.quiet({ method: "POST", path: ports(api), body: kuryrPort("web") });
    await watch.untilEnd();
    watch.close(watch.events.slice(-1));
  },
  "bookmarks of pods, nodes and leases": async (api) => {
    const paths = [
      `/api/v1/namespaces/${api.namespace}/pods`,
      "/api/v1/nodes",
      `/apis/coordination.k8s.io/v1/namespaces/${api.namespace}/leases`,
      `/api/v1/namespaces/${api.namespace}/services`,
      `/apis/discovery.k8s.io/v1/namespaces/${api.namespace}/endpointslices`,
      "/api/v1/namespaces",
    ];
    const watches = await Promise.all(
      paths.map((path) =>
        api.watch(`${path}?watch=true&labelSelector=never&timeoutSeconds=1&allowWatchBookmarks=true`),
      ),
    );
    for (const watch of watches) {
      await watch.untilEnd();
      // The first one; others follow where something happens.
      watch.close(watch.events.slice(0, 1));
    }
  },
  "a watch without bookmarks ends without": async (api) => {
    const watch = await api.watch(maps(api, `?watch=true&${own}&timeoutSeconds=2`));
    await watch.untilEnd();
    watch.close();
  },
  "a streamed list ends with a bookmark that says so": async (api) => {
    for (const name of ["b", "a"])
      await api.quiet({ method: "POST", path: maps(api), body: configMap(name, {}, owned) });
    const watch = await api.watch(
      maps(api, `?watch=true&${own}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`),
    );
    await watch.until(1, (event) => event.type === "BOOKMARK");
    watch.close();
  },
  "a watch from before what is kept is told that it is too old": async (api) => {
    const watch = await api.watch(maps(api, "?watch=true&resourceVersion=1"));
    await watch.untilEnd();
    watch.close();
  },
  "a watch from the future waits in silence": async (api) => {
    const watch = await api.watch(maps(api, "?watch=true&resourceVersion=99999999999&timeoutSeconds=2"));
    await watch.untilEnd();
    watch.close();
  },
  "watches with wrong options are refused": async (api) => {
    for (const query of [
      "resourceVersion=abc",
      "fieldSelector=data.x%3D1",
      "resourceVersion=1&resourceVersionMatch=Exact",
      "sendInitialEvents=true",
      "sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
      "sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true",
    ]) {
      const watch = await api.watch(maps(api, `?watch=true&${query}&${own}&timeoutSeconds=1`));
      await watch.untilEnd();
      watch.close();
    }
  },
});
