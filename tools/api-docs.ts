/**
 * The API pages of the libraries, docs/api/*.md, from the docstrings and signatures of what their index exports.
 *
 *     node tools/api-docs.ts        writes them anew
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

import { type Declaration, type ModuleExports, readDeclarations } from "./declarations.ts";

/** Packages with an API page. */
export const libraries = ["kubernetes", "openstack", "netlink", "ovsdb"] as const;

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

/** Path of a library's page in the repository. */
export const pageOf = (library: string): string => `docs/api/${library}.md`;

/** The text of each library's page, by the library's name. */
export async function apiPages(): Promise<Map<string, string>> {
  const scratch = await mkdtemp(join(tmpdir(), "api-docs-"));
  try {
    await emitDeclarations(scratch);
    const pages = new Map<string, string>();
    for (const library of libraries) {
      pages.set(library, pageText(library, await exportsOf(join(scratch, "out", library, "src", "index.d.ts"))));
    }
    return pages;
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** The compiler writes signatures down, inferred types included. */
async function emitDeclarations(scratch: string): Promise<void> {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      noCheck: true,
      outDir: join(scratch, "out"),
      rootDir: join(root, "packages"),
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [],
    files: libraries.map((library) => join(root, "packages", library, "src/index.ts")),
  };
  await writeFile(join(scratch, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [compiler, "-p", join(scratch, "tsconfig.json")], { timeout: 120_000 });
}

/** What an index exports: the module it stands in to its declarations, in the order of their export. */
async function exportsOf(index: string): Promise<Map<string, Declaration[]>> {
  const modules = new Map<string, Promise<ModuleExports>>();
  const load = (path: string): Promise<ModuleExports> => {
    const known = modules.get(path) ?? readFile(path, "utf8").then(readDeclarations);
    modules.set(path, known);
    return known;
  };
  const found = new Map<string, Declaration[]>();
  const add = (path: string, declaration: Declaration): void => {
    const name = basename(path, ".d.ts");
    found.set(name, [...(found.get(name) ?? []), declaration]);
  };

  /** Adds what `path` exports: all, or the one called `wanted` under the name `as`. */
  async function collect(path: string, wanted?: string, as = wanted): Promise<boolean> {
    const { declarations, reExports } = await load(path);
    for (const declaration of declarations.values()) {
      if (wanted !== undefined && declaration.name !== wanted) continue;
      add(path, as === undefined ? declaration : { ...declaration, name: as });
      if (wanted !== undefined) return true;
    }
    for (const { from, names } of reExports) {
      const target = resolve(dirname(path), from.replace(/\.ts$/, ".d.ts"));
      if (names === undefined) {
        if ((await collect(target, wanted, as)) && wanted !== undefined) return true;
        continue;
      }
      for (const [outer, inner] of names) {
        if (wanted !== undefined && outer !== wanted) continue;
        if (!(await collect(target, inner, as ?? outer))) throw new Error(`${path}: no ${inner} in ${from}`);
        if (wanted !== undefined) return true;
      }
    }
    return wanted === undefined;
  }

  await collect(index);
  return found;
}

function pageText(library: string, modules: ReadonlyMap<string, readonly Declaration[]>): string {
  const parts = [
    `# API of @kuryr/${library}`,
    `Everything that the package exports, by module. Written by \`tools/api-docs.ts\` from the docstrings; how the parts work together is in [the README](../../packages/${library}/README.md).`,
  ];
  for (const [module, declarations] of [...modules].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push(`## ${module}`);
    for (const { name, doc, signature } of declarations.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      parts.push(`### ${name}`);
      if (doc !== "") parts.push(markdown(doc));
      parts.push(`\`\`\`ts\n${signature}\n\`\`\``);
    }
  }
  return `${parts.join("\n\n")}\n`;
}

/** Docstrings are almost Markdown: links to symbols become code, tags a list. */
function markdown(doc: string): string {
  const lines = doc
    .replaceAll(/\{@link ([\w$.]+)\}/g, "`$1`")
    // A tag may stand behind a sentence.
    .replaceAll(/ @(throws|returns) /g, "\n@$1 ")
    .split("\n");
  return lines
    .flatMap((line, index) => {
      const tag = /^@(\w+) (.*)$/.exec(line);
      if (tag === null) return [line];
      const item = `- **${tag[1]}** ${tag[2]}`;
      const before = lines[index - 1] ?? "";
      return before === "" || before.startsWith("@") ? [item] : ["", item];
    })
    .join("\n");
}

/** Writes the pages that differ. */
export async function writeApiPages(pages: ReadonlyMap<string, string>): Promise<void> {
  for (const [library, text] of pages) await writeFile(join(root, pageOf(library)), text);
}

if (import.meta.main) await writeApiPages(await apiPages());
