/** What the processes of Kuryr asked of the API server while all the other tests ran: by name the last file. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { installation } from "@kuryr/kuryr";

import { secrets } from "../../dev/src/cloud/secrets.ts";
import {
  controllerNamespaceRules,
  controllerRules,
  daemonNamespaceRules,
  daemonRules,
  type Rule,
} from "../../packages/kuryr/src/api/rbac.ts";
import { askedBy, nodeOf, type AuditEvent } from "../support/audit.ts";
import { kubectl, nodes } from "../support/stack.ts";
import { componentLog } from "../support/workloads.ts";

const account = (name: string): string => `system:serviceaccount:${installation.namespace}:${name}`;
const controller = (): AuditEvent[] => askedBy(account(installation.controller), "kuryr-controller");
const daemons = (): AuditEvent[] => askedBy(account(installation.daemon), "kuryr-daemon");

/** `verb group/resource`, for every right in a list of rules. */
const granted = (rules: readonly Rule[]): string[] =>
  rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    )
    .sort();

const rightOf = ({ verb, objectRef }: AuditEvent): string[] => {
  if (objectRef?.resource === undefined) return []; // Readiness of the API server is everybody's to see.
  const resource = [objectRef.resource, ...(objectRef.subresource === undefined ? [] : [objectRef.subresource])];
  return [`${verb} ${objectRef.apiGroup ?? ""}/${resource.join("/")}`];
};

/** The same of what was asked. */
const used = (events: readonly AuditEvent[]): string[] => [...new Set(events.flatMap(rightOf))].sort();

/**
 * Rights that only some runs make use of: a race (a KuryrPort that is there though the cache has not seen it yet), and
 * lists in pages, where a streaming list was cut off or is not offered.
 */
const raced: readonly string[] = [
  "get openstack.org/kuryrports",
  "list /nodes",
  "list /pods",
  "list openstack.org/kuryrports",
];

/**
 * What was refused. An API server that has just started does not know the roles yet and refuses what they grant; other
 * tests kill it. And an Event about a pod may come when its namespace is on its way out.
 */
const refused = (events: readonly AuditEvent[], rights: readonly string[]): string[] =>
  events
    .filter((event) => {
      if (event.responseStatus?.code !== 403) return false;
      const { message = "" } = event.responseStatus;
      if (event.objectRef?.resource === "events" && message.endsWith("because it is being terminated")) return false;
      const byRole = / is forbidden: User /.test(message);
      return !byRole || !rightOf(event).every((right) => rights.includes(right));
    })
    .map(({ verb, requestURI, responseStatus }) => `${verb} ${requestURI}: ${responseStatus?.message}`);

const always = (rights: readonly string[]): string[] => rights.filter((right) => !raced.includes(right));

test("[row 164] the controller has used every right it was given, and asked for no other", () => {
  const events = controller();
  const rights = granted([...controllerRules, ...controllerNamespaceRules]);
  assert.deepEqual(refused(events, rights), []);
  assert.deepEqual(always(used(events)), always(rights));
});

test("[row 164] the daemons have used every right they were given, and asked for no other", () => {
  const events = daemons();
  const rights = granted([...daemonRules, ...daemonNamespaceRules]);
  assert.deepEqual(refused(events, rights), []);
  assert.deepEqual(always(used(events)), always(rights));
});

test("[row 138] a daemon lists and watches the KuryrPorts of its own node only, and reads no other node", () => {
  const events = daemons();
  assert.deepEqual(new Set(events.map(nodeOf)), new Set(nodes.map(({ name }) => name)));
  for (const event of events) {
    const node = nodeOf(event) ?? "";
    const { searchParams } = new URL(event.requestURI, "https://api");
    if (event.verb === "list" || event.verb === "watch")
      assert.equal(searchParams.get("labelSelector"), `kuryr.openstack.org/nodeName=${node}`, event.requestURI);
    if (event.objectRef?.resource === "nodes") assert.equal(event.objectRef.name, node);
  }
});

test("no secret stands in any log, Event, ConfigMap, resource of Kuryr's or workload", async () => {
  const places = new Map<string, string>();
  for (const name of ["kuryr-controller", ...nodes.map((one) => `${one.name}/kuryr-daemon`)])
    places.set(`log of ${name}`, componentLog(name));
  for (const kind of ["events", "configmaps", "kuryrports", "crds", "deployments", "daemonsets", "pods"])
    places.set(kind, await kubectl(["get", kind, "--all-namespaces", "-o", "json"]));
  for (const [place, text] of places) {
    assert.ok(text.length > 0, `nothing in ${place}`);
    assert.ok(!text.includes(secrets().kuryr), `the password stands in ${place}`);
    // Tokens of Keystone and of ServiceAccounts.
    assert.doesNotMatch(text, /gAAAAA[\w-]{20}/, `a token of Keystone stands in ${place}`);
    assert.doesNotMatch(text, /eyJ[\w-]{20,}\.eyJ/, `a token of Kubernetes stands in ${place}`);
  }
});
