import assert from "node:assert/strict";

import { bodyOf, configMap, kuryrPort, type Answered } from "./samples.ts";
import { contractSuite, type Session } from "./suite.ts";

const maps = (api: Session, rest = ""): string => `/api/v1/namespaces/${api.namespace}/configmaps${rest}`;
const ports = (api: Session, rest = ""): string =>
  `/apis/openstack.org/v1/namespaces/${api.namespace}/kuryrports${rest}`;
const own = "labelSelector=own";

async function makeMaps(api: Session, names: readonly string[]): Promise<void> {
  for (const name of names)
    await api.quiet({
      method: "POST",
      path: maps(api),
      body: configMap(name, { n: name }, { labels: { own: "yes" } }),
    });
}

const names = (list: Answered): (string | undefined)[] => (list.items ?? []).map((item) => item.metadata.name);

contractSuite(import.meta.filename, {
  "a list comes in pages of one moment": async (api) => {
    await makeMaps(api, ["d", "a", "c", "b", "e"]);
    const first = bodyOf(await api.get(maps(api, `?${own}&limit=2`)));
    await makeMaps(api, ["bb"]);
    await api.quiet({ method: "DELETE", path: maps(api, "/d") });
    const second = bodyOf(await api.get(maps(api, `?${own}&limit=2&continue=${first.metadata.continue}`)));
    const third = bodyOf(await api.get(maps(api, `?${own}&limit=2&continue=${second.metadata.continue}`)));
    assert.deepEqual([names(first), names(second), names(third)], [["a", "b"], ["c", "d"], ["e"]]);
    assert.equal(third.metadata.resourceVersion, first.metadata.resourceVersion);
  },
  "a page says how much remains when nothing is selected": async (api) => {
    for (const name of ["a", "b", "c"]) await api.quiet({ method: "POST", path: ports(api), body: kuryrPort(name) });
    const first = bodyOf(await api.get(ports(api, "?limit=2")));
    await api.get(ports(api, `?limit=2&continue=${first.metadata.continue}`));
    await api.get(ports(api, "?limit=3"));
    await api.get(ports(api, "?limit=0"));
  },
  "a list of nothing": async (api) => {
    await api.get(maps(api, "?labelSelector=never"));
    await api.get(ports(api));
    await api.get(`/api/v1/namespaces/${api.namespace}/pods`);
  },
  "a list of what is compacted goes on only inconsistently": async (api) => {
    await makeMaps(api, ["a", "b", "c"]);
    const { metadata } = bodyOf(await api.quiet({ method: "GET", path: maps(api, `?${own}&limit=1`) }));
    await api.compact();
    // The API server's cache outlives a compaction for a while, but it has never had the first version.
    const token = JSON.parse(Buffer.from(metadata.continue ?? "", "base64url").toString("utf8")) as object;
    const old = Buffer.from(JSON.stringify({ ...token, rv: 1 })).toString("base64url");
    const { metadata: left } = bodyOf(await api.get(maps(api, `?${own}&limit=1&continue=${old}`)));
    await api.get(maps(api, `?${own}&continue=${left.continue}`));
    await api.get(maps(api, `?${own}&resourceVersion=1&resourceVersionMatch=Exact`));
    await api.get(maps(api, `?${own}&resourceVersion=1&limit=2`));
    await api.get(maps(api, `?${own}&resourceVersion=1`));
  },
  "lists by version": async (api) => {
    await makeMaps(api, ["a"]);
    const then = bodyOf(await api.quiet({ method: "GET", path: maps(api) })).metadata.resourceVersion;
    await makeMaps(api, ["b"]);
    // Version 0 is whatever the server's cache has, which may be late.
    await api.eventually("the cache to have both", async () => {
      const list = bodyOf(await api.quiet({ method: "GET", path: maps(api, `?${own}&resourceVersion=0`) }));
      return names(list).length === 2;
    });
    await api.get(maps(api, `?${own}&resourceVersion=0`));
    await api.get(maps(api, `?${own}&resourceVersion=${then}`));
    await api.get(maps(api, `?${own}&resourceVersion=${then}&resourceVersionMatch=NotOlderThan`));
    await api.get(maps(api, `?${own}&resourceVersion=${then}&resourceVersionMatch=Exact`));
    await api.get(maps(api, `?${own}&resourceVersion=${then}&limit=5`));
  },
  "lists with wrong options are refused": async (api) => {
    await makeMaps(api, ["a", "b"]);
    const { metadata } = bodyOf(await api.quiet({ method: "GET", path: maps(api, "?limit=1") }));
    for (const query of [
      "resourceVersion=abc",
      "resourceVersionMatch=Exact",
      "resourceVersion=0&resourceVersionMatch=Exact",
      "resourceVersion=1&resourceVersionMatch=Sometimes",
      `continue=${metadata.continue}&resourceVersion=${metadata.resourceVersion}`,
      `continue=${metadata.continue}&resourceVersion=0`,
      `continue=${metadata.continue}&resourceVersionMatch=Exact`,
      "continue=nonsense",
      "limit=x",
      "limit=-1",
      "sendInitialEvents=true",
    ])
      await api.get(maps(api, `?${own}&${query}`));
  },
  "a list from the future times out": async (api) => {
    await api.get(maps(api, "?resourceVersion=99999999999"));
    await api.get(maps(api, "?resourceVersion=99999999999&resourceVersionMatch=Exact"));
  },
  "labels select": async (api) => {
    const labels: readonly Record<string, string>[] = [
      { tier: "a", own: "" },
      { tier: "b", own: "" },
      { own: "", "example.org/x": "1" },
      { own: "", size: "12" },
    ];
    for (const [index, of] of labels.entries())
      await api.quiet({ method: "POST", path: maps(api), body: configMap(`m${index}`, {}, { labels: of }) });
    const selected: string[] = [];
    for (const selector of [
      "own",
      "own=",
      "tier=a,own",
      "tier==b",
      "tier!=a,own",
      "tier in (a, b)",
      "tier notin (a),own",
      "!tier,own",
      "example.org/x=1",
      "size>11",
      "size<5",
      "own,tier in ()",
    ]) {
      const list = bodyOf(
        await api.quiet({ method: "GET", path: maps(api, `?labelSelector=${encodeURIComponent(selector)}`) }),
      );
      selected.push(`${selector}: ${names(list).join(" ")}`);
    }
    assert.deepEqual(selected, [
      "own: m0 m1 m2 m3",
      "own=: m0 m1 m2 m3",
      "tier=a,own: m0",
      "tier==b: m1",
      "tier!=a,own: m1 m2 m3",
      "tier in (a, b): m0 m1",
      "tier notin (a),own: m1 m2 m3",
      "!tier,own: m2 m3",
      "example.org/x=1: m2",
      "size>11: m3",
      "size<5: ",
      "own,tier in (): ",
    ]);
  },
  "selectors that are none": async (api) => {
    for (const selector of [
      "=x",
      "a=b,",
      "a=b c",
      "a in (b",
      "a in",
      "!",
      "a!b",
      "a b",
      "(a)",
      "a=b=c",
      "a/b/c=d",
      "a=b/c",
      "a>x",
      "-a",
    ])
      await api.get(maps(api, `?labelSelector=${encodeURIComponent(selector)}`));
    for (const selector of ["a", "metadata.name", "metadata.uid=x", "metadata.name=a,", "metadata.name>a"])
      await api.get(maps(api, `?fieldSelector=${encodeURIComponent(selector)}`));
  },
  "an item of a list of built-in objects does not say what it is": async (api) => {
    await makeMaps(api, ["a"]);
    await api.get(maps(api, `?${own}`));
    await api.get(`/api/v1/configmaps?labelSelector=own&fieldSelector=metadata.namespace%3D${api.namespace}`);
  },
  "what is not served is not found": async (api) => {
    await api.get("/apis/absent.example.org/v1/things");
    await api.get("/apis/openstack.org/v9/kuryrports");
    await api.get("/apis/openstack.org/v1/things");
    await api.get("/api/v1/things");
    await api.get(`/api/v1/namespaces/${api.namespace}/things/x`);
    await api.get("/api/v2/pods");
    await api.get(ports(api, "/x/scale"));
    await api.get(maps(api, "/x/status"));
    await api.get("/absent");
    await api.get("/absent", "anonymous");
    await api.post("/api/v1/configmaps", configMap("a"));
    await api.delete("/api/v1/configmaps");
    await api.get("/api/v1/configmaps/a");
    await api.send({ method: "PUT", path: maps(api), body: configMap("a") });
    await api.send({ method: "PATCH", path: maps(api), body: {}, contentType: "application/merge-patch+json" });
    await api.post(maps(api, "/a"), configMap("a"));
  },
});
