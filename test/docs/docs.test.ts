import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

import { optionTables, sampleFile } from "../../packages/kuryr/src/config/render.ts";

const root = join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Files of the repository by pattern, without what it installs. */
function files(...patterns: readonly string[]): string[] {
  return globSync([...patterns], {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path),
  }).sort();
}

const pages = files("*.md", "{bench,cni,deploy,dev,docs,packages,test,tools}/**/*.md");

interface Line {
  readonly page: string;
  readonly number: number;
  readonly text: string;
  /** In a fenced or an indented block. */
  readonly code: boolean;
}

/** The lines of a page, each with whether it is code. */
function linesOf(page: string): Line[] {
  let fence = false;
  return read(page)
    .split("\n")
    .map((text, index) => {
      const mark = text.trimStart().startsWith("```");
      if (mark) fence = !fence;
      return { page, number: index + 1, text, code: fence || mark || /^ {4}/.test(text) };
    });
}

const lines = pages.flatMap(linesOf);
const where = ({ page, number }: Line): string => `${page}:${number}`;

/** The anchor that a heading gets: lower case, punctuation gone, spaces to dashes. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

function anchorsOf(page: string): Set<string> {
  return new Set(
    linesOf(page).flatMap(({ text, code }) => {
      const heading = code ? null : /^#{1,6} (.+)$/.exec(text);
      return heading?.[1] === undefined ? [] : [anchorOf(heading[1])];
    }),
  );
}

test("every relative link in the documentation leads to a file, and every anchor to a heading", () => {
  const broken: string[] = [];
  let links = 0;
  for (const line of lines.filter(({ code }) => !code)) {
    for (const [, target = ""] of line.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? join(root, line.page) : join(root, dirname(line.page), path);
      if (!existsSync(file)) broken.push(`${where(line)}: ${target}`);
      else if (anchor !== undefined && statSync(file).isFile() && !anchorsOf(relative(root, file)).has(anchor))
        broken.push(`${where(line)}: ${target} has no such heading`);
    }
  }
  assert.deepEqual(broken, []);
  assert.ok(links > 20);
});

test("every npm script that the documentation names is in package.json", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const unknown = lines.flatMap((line) =>
    [...line.text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)]
      .filter(([, script = ""]) => !Object.hasOwn(scripts, script))
      .map(([said]) => `${where(line)}: ${said}`),
  );
  assert.deepEqual(unknown, []);
});

test("every word of the stack and every tier of the tests that the documentation names is known", () => {
  const usageOf = (file: string, word: string): string =>
    execFileSync(process.execPath, ["-C", "kuryr-source", join(root, file), word], {
      encoding: "utf8",
      // The usage of the stack goes to standard error.
      stdio: ["ignore", "pipe", "pipe"],
    });
  const tiers = new Set(
    [...usageOf("dev/src/testing/main.ts", "--help").matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name),
  );
  const words = new Set(
    [...read("dev/src/main.ts").matchAll(/^ {2}(\w+): \w+Command,$/gm)].map(([, name]) => name).concat("help"),
  );
  assert.ok(tiers.has("unit") && words.has("up"));
  const unknown = lines.flatMap((line) =>
    [
      ...[...line.text.matchAll(/stack -- ([a-z]+)/g)].filter(([, word]) => !words.has(word)),
      ...[...line.text.matchAll(/npm test -- ([a-z]+[a-z0-9]*)/g)].filter(([, word]) => !tiers.has(word)),
    ].map(([said]) => `${where(line)}: ${said}`),
  );
  assert.deepEqual(unknown, []);
});

test("every path of the repository that the documentation names is there", () => {
  const tops = "bench|cni|deploy|dev|docs|packages|test|tools";
  const missing = lines.flatMap((line) =>
    [...line.text.matchAll(new RegExp(`(?<![\\w/.@-])((?:${tops})/[\\w./-]*[\\w/])`, "g"))]
      .map(([, path = ""]) => path)
      // `dev/net/tun` of `/dev/net/tun` is excluded above; a README's own `dev/...` may be relative to it.
      .filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(line.page), path)))
      .map((path) => `${where(line)}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

const begin = "<!-- options: begin; test/docs/docs.test.ts compares them with the code -->";
const end = "<!-- options: end -->";

test("the options in docs/configure.md are those of the code, with their defaults", () => {
  const page = read("docs/configure.md");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  assert.ok(from >= 0 && to > from, "the marks around the options are missing");
  const wanted = `\n\n${optionTables()}\n\n`;
  if (process.env["KURYR_WRITE_DOCS"] === "1") {
    writeFileSync(join(root, "docs/configure.md"), page.slice(0, from + begin.length) + wanted + page.slice(to));
    return;
  }
  assert.equal(page.slice(from + begin.length, to), wanted, "KURYR_WRITE_DOCS=1 with this test writes them anew");
});

test("etc/kuryr.conf.sample is what the code makes of its options", () => {
  const file = "etc/kuryr.conf.sample";
  if (process.env["KURYR_WRITE_DOCS"] === "1") writeFileSync(join(root, file), sampleFile());
  else assert.equal(read(file), sampleFile(), "KURYR_WRITE_DOCS=1 with this test writes it anew");
});

/** Error codes of source files: the literals that are nothing but a code, and what a C message begins with. */
function codesIn(sources: readonly string[]): Set<string> {
  return new Set(
    sources.flatMap((file) =>
      file.endsWith(".c")
        ? [...read(file).matchAll(/"(KURYR_[A-Z_]+): /g)].map(([, code = ""]) => code)
        : [...read(file).matchAll(/["'`](KURYR_[A-Z_]+)["'`]/g)]
            .map(([, code = ""]) => code)
            // Variables of the environment are named alike.
            .filter((code) => !["KURYR_TEST_TARGET", "KURYR_TEST_OPENSTACK", "KURYR_DEV_STACK"].includes(code)),
    ),
  );
}

const productCodes = codesIn(
  files("packages/kuryr/src/**/*.ts", "cni/*.c").filter((file) => !file.endsWith(".test.ts")),
);
const developmentCodes = codesIn(files("dev/src/**/*.ts").filter((file) => !file.endsWith(".test.ts")));

/** Codes that have a row in a table of the page, below one of its headings. */
function documented(heading: string): string[] {
  const page = read("docs/troubleshoot.md");
  const from = page.indexOf(`\n## ${heading}\n`);
  assert.ok(from >= 0, `docs/troubleshoot.md has no heading "${heading}"`);
  const rest = page.slice(from + 1);
  const section = rest.slice(0, rest.indexOf("\n## ") < 0 ? rest.length : rest.indexOf("\n## "));
  return [...section.matchAll(/^\| `(KURYR_[A-Z_]+)` \|/gm)].map(([, code = ""]) => code);
}

for (const [heading, codes] of [
  ["Codes of Kuryr", productCodes],
  ["Codes of the development stack", developmentCodes],
] as const) {
  test(`docs/troubleshoot.md, "${heading}": every code in the code has a row, in order, and no other`, () => {
    assert.ok(codes.size > 10);
    assert.deepEqual(documented(heading), [...codes].sort());
  });
}
