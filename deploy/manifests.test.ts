import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { loadConfiguration } from "../packages/kuryr/src/config/load.ts";
import { baseFiles } from "./manifests.ts";
import { daemonCapabilities, installedObjects, publishedImages } from "./objects/index.ts";

const kubernetes = join(import.meta.dirname, "kubernetes");

test("the kustomize base is what the code says", () => {
  const directory = join(kubernetes, "base");
  const wanted = baseFiles();
  if (process.env["KURYR_WRITE_DOCS"] === "1")
    for (const [name, text] of wanted) writeFileSync(join(directory, name), text);
  assert.deepEqual(readdirSync(directory).sort(), [...wanted.keys()].sort());
  for (const [name, text] of wanted)
    assert.equal(readFileSync(join(directory, name), "utf8"), text, `${name}: deploy/generate.ts writes it anew`);
});

test("the example's configuration has no option that Kuryr does not know, and no secret outside its Secret", () => {
  const example = join(kubernetes, "example");
  const { warnings, settings } = loadConfiguration({
    files: [join(example, "kuryr.conf"), join(example, "credentials.conf")],
  });
  assert.deepEqual(warnings, []);
  const secret = settings.filter((one) => one.option.secret === true && one.source.from === "file");
  assert.ok(secret.length > 0);
  for (const { source } of secret) assert.match(source.from === "file" ? source.file : "", /credentials\.conf$/);
});

interface Container {
  readonly securityContext: {
    readonly capabilities: { readonly add?: readonly string[]; readonly drop: readonly string[] };
  };
  readonly env?: readonly object[];
}
interface Workload {
  readonly kind: string;
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: { readonly rollingUpdate: { readonly maxSurge: number; readonly maxUnavailable: number } };
    readonly template: {
      readonly spec: { readonly containers: readonly Container[]; readonly volumes: readonly object[] };
    };
  };
}

test("[row 138] no Secret is given to the daemon: it has its account's token and nothing else", () => {
  const [daemon] = installedObjects(publishedImages)["daemon"] as readonly Workload[];
  assert.ok(daemon !== undefined);
  assert.equal(daemon.kind, "DaemonSet");
  assert.doesNotMatch(JSON.stringify(daemon), /secret/i);
  const { containers } = daemon.spec.template.spec;
  assert.deepEqual(
    containers.map(({ securityContext }) => securityContext.capabilities),
    [{ drop: ["ALL"], add: [...daemonCapabilities] }],
  );
});

test("[row 153] two controllers are installed, of which an update and a drain take one at a time", () => {
  const [controller, budget] = installedObjects(publishedImages)["controller"] as readonly [Workload, object];
  assert.equal(controller.kind, "Deployment");
  assert.equal(controller.spec.replicas, 2);
  // Two cannot share a node, and there may be no third.
  assert.deepEqual(controller.spec.strategy?.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
  assert.partialDeepStrictEqual(budget, {
    kind: "PodDisruptionBudget",
    spec: { maxUnavailable: 1, selector: { matchLabels: { name: "kuryr-controller" } } },
  });
  const names = controller.spec.template.spec.containers.flatMap(({ env = [] }) =>
    env.map((one) => (one as { name: string }).name),
  );
  assert.deepEqual(names, ["KUBERNETES_POD_NAME", "KUBERNETES_POD_UID"]);
});
