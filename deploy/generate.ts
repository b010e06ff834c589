/** Writes the kustomize base: `node -C kuryr-source deploy/generate.ts [DIRECTORY]`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { baseFiles } from "./manifests.ts";

const directory = process.argv[2] ?? join(import.meta.dirname, "kubernetes", "base");
mkdirSync(directory, { recursive: true });
for (const [name, text] of baseFiles()) writeFileSync(join(directory, name), text);
