/**
 * Writes the file tree of an image, for the Dockerfiles beside it:
 * `node -C kuryr-source deploy/images/assemble.ts controller|daemon DIRECTORY`, as root.
 */
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { productImage } from "../../dev/src/images/product.ts";

const [component, directory] = process.argv.slice(2);
if ((component !== "controller" && component !== "daemon") || directory === undefined) {
  process.stderr.write("usage: assemble.ts controller|daemon DIRECTORY\n");
  process.exit(2);
}
const scratch = await mkdtemp(join(tmpdir(), "kuryr-image-"));
try {
  const { base = [], entries } = await productImage(component, scratch, new AbortController().signal);
  for (const entry of [...base, ...entries]) {
    const path = join(directory, entry.path);
    await mkdir(entry.type === "directory" ? path : dirname(path), { recursive: true });
    if (entry.type === "symlink") {
      await symlink(entry.target, path);
      continue;
    }
    if (entry.type === "file") {
      if (entry.content instanceof Uint8Array) await writeFile(path, entry.content);
      else await copyFile(entry.content.source, path);
    }
    await chmod(path, entry.mode);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
