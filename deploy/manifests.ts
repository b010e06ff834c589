import { stringify } from "yaml";

import { installedObjects, publishedImages } from "./objects/index.ts";

const note = "# Written by deploy/generate.ts from the code that uses it: change that, and generate anew.\n";

/** One file of several documents. */
const documents = (objects: readonly object[]): string =>
  note + objects.map((one) => stringify(one, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n");

/** The files of the kustomize base, by name. */
export function baseFiles(): ReadonlyMap<string, string> {
  const files = Object.entries(installedObjects(publishedImages)).map(
    ([name, objects]) => [`${name}.yaml`, documents(objects)] as const,
  );
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: files.map(([name]) => name),
  };
  return new Map([["kustomization.yaml", documents([kustomization])], ...files]);
}
