import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { productConfig, productImages, productTree } from "../../dev/src/images/product.ts";
import { publishedImages } from "../objects/index.ts";

const components = ["controller", "daemon"] as const;

/** The instructions of the last stage, less the copying. */
function finalStage(component: string): string[] {
  const text = readFileSync(join(import.meta.dirname, `${component}.Dockerfile`), "utf8").replaceAll(/\\\n\s*/g, "");
  return text
    .slice(text.lastIndexOf("FROM "))
    .split("\n")
    .filter((line) => line !== "" && !/^(FROM|COPY) /.test(line));
}

test("a Dockerfile's image starts as the packed one does", () => {
  for (const component of components) {
    const { entrypoint, env = [], user, workingDir } = productConfig(component);
    assert.deepEqual(finalStage(component), [
      `ENV ${env.map((one) => one.replace("=", '="').concat('"')).join(" ")}`,
      `USER ${user}`,
      `WORKDIR ${workingDir}`,
      `ENTRYPOINT ${JSON.stringify(entrypoint).replaceAll(",", ", ")}`,
    ]);
  }
});

test("the manifests name the images that are packed", () => {
  assert.deepEqual(publishedImages, { controllerImage: productImages.controller, daemonImage: productImages.daemon });
});

test("an image holds the sources and what they import, and neither tests nor tools", async () => {
  const paths = (await productTree()).map(({ path }) => path);
  for (const wanted of [
    "packages/kuryr/src/controller/main.ts",
    "packages/kuryr/src/daemon/main.ts",
    "packages/netlink/package.json",
    "node_modules/@kuryr/kubernetes",
    "node_modules/koffi/package.json",
    "node_modules/yaml/package.json",
  ])
    assert.ok(paths.includes(wanted), wanted);
  const tools = ["typescript", "oxlint", "@biomejs", "@kuryr/fakes", "fast-check"];
  for (const path of paths) {
    assert.doesNotMatch(path, /\.test\.ts$/);
    assert.ok(!tools.some((tool) => path.startsWith(`node_modules/${tool}`)), path);
  }
});
