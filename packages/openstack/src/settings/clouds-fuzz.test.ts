import assert from "node:assert/strict";
import { test } from "node:test";
import { fromClouds } from "./clouds.ts";
import { OpenStackError } from "../errors.ts";
import { MAX_YAML_LENGTH } from "./yaml-text.ts";

/** Failures once found; each run takes them first, then a new one, which KURYR_FUZZ_SEED repeats. */
const KEPT_SEEDS = [1, 20_260_101];
const INPUTS = 100_000;
/** Of processor time, for the machine may be busy; most inputs take 0.1. */
const SLOWEST_MS = 2000;

const SECRETS = ["S3cret-of-kim", "S3cret-of-app"];
/** Short, for each is read many times. */
const CORPUS = [
  `clouds:\n  one:\n    auth: {auth_url: u, username: k, password: ${SECRETS[0]}}\n    verify: false\n`,
  `clouds:\n  one: &a\n    auth: {auth_url: u, token: "${SECRETS[1]}"}\n  two: {<<: *a, cacert: ~/c}\n`,
  `clouds: {one: {auth: {auth_url: u, token: ${SECRETS[0]}}, regions: [A, {name: B, values: {}}]}}`,
  `{"clouds": {"one": {"auth": {"auth_url": "u", "password": "${SECRETS[1]}"}, "api_timeout": 5}}}`,
  `clouds:\n  one:\n    auth:\n      auth_url: |\n        u\n      token: >-\n        ${SECRETS[0]}\n`,
];
/** What a damaged secure.yaml is merged into. */
const MAIN = "clouds: {one: {auth: {auth_url: u}}}";
const PIECES = [
  ..."[]{}:,-?&*!|>%@`#\"'~\t\n\r \\<0\u0000\u0085\u2028\ud800\ufeff".split(""),
  ": ",
  "- ",
  "? ",
  "<<: ",
  "*base",
  "&base ",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "!!binary ",
  "!!set ",
  "!<x> ",
  "\n  ",
  "\n    ",
  "null",
  "[[[[[[[[",
  "{a: {a: {a: ",
  '"\\x',
  "__proto__: ",
  "constructor: ",
];

/** Mulberry32: numbers in [0, 1) that a seed repeats. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(random: () => number, from: readonly T[]): T {
  const one = from[Math.floor(random() * from.length)];
  assert.ok(one !== undefined);
  return one;
}

/** A file of the corpus with some pieces put in, taken out, doubled or exchanged; now and then only pieces. */
function mutated(random: () => number): string {
  let text = random() < 0.05 ? "" : pick(random, CORPUS);
  for (let left = 1 + Math.floor(random() ** 2 * 12); left > 0; left--) {
    const at = Math.floor(random() * (text.length + 1));
    const end = at + Math.floor(random() ** 3 * 40);
    const way = random();
    if (way < 0.5) text = text.slice(0, at) + pick(random, PIECES) + text.slice(at);
    else if (way < 0.75) text = text.slice(0, at) + text.slice(end);
    else if (way < 0.9) text = text.slice(0, end) + text.slice(at);
    else text = text.slice(0, at) + pick(random, PIECES) + text.slice(end);
  }
  return text;
}

/** Reads `text` as one of the two files: options, or a configuration error. Returns the milliseconds of processor time. */
function read(text: string, asSecure: boolean): number {
  const [main, secure] = asSecure ? [MAIN, text] : [text, undefined];
  const before = process.cpuUsage();
  try {
    fromClouds({
      cloud: "one",
      folder: "/folder",
      environment: { HOME: "/home", OS_CLIENT_CONFIG_FILE: "/main", OS_CLIENT_SECURE_FILE: asSecure ? "/secure" : "" },
      readFile(path) {
        const found = path === "/main" ? main : path === "/secure" ? secure : undefined;
        if (found === undefined) throw Object.assign(new Error("none"), { code: "ENOENT" });
        return found;
      },
    });
  } catch (error) {
    assert.ok(error instanceof OpenStackError && error.kind === "config", String(error));
    assert.ok(error.code.startsWith("OPENSTACK_") && error.hint !== "");
    const said = error.message + error.hint;
    assert.ok(!SECRETS.some((secret) => said.includes(secret)), said);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function fuzz(seed: number, inputs: number): void {
  const random = randomOf(seed);
  for (let index = 0; index < inputs; index++) {
    const text = mutated(random);
    const asSecure = random() < 0.2;
    const where = (): string => `KURYR_FUZZ_SEED=${seed}, input ${index}: ${JSON.stringify(text)}`;
    let ms: number;
    try {
      ms = read(text, asSecure);
    } catch (error) {
      throw new Error(where(), { cause: error });
    }
    assert.ok(ms < SLOWEST_MS, `${ms} ms for ${where()}`);
  }
}

test("100,000 damaged clouds.yaml are read or refused, quickly and without a secret in the message", (t) => {
  const given = process.env["KURYR_FUZZ_SEED"];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  t.diagnostic(`KURYR_FUZZ_SEED=${seed}`);
  const kept = Math.floor(INPUTS / 20);
  // Most inputs end in errors whose stacks, which nobody reads, are a quarter of the time.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const one of KEPT_SEEDS) fuzz(one, kept);
    fuzz(seed, INPUTS - kept * KEPT_SEEDS.length);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
});

test("aliases of aliases, deep nesting, long files and many keys cost no time to speak of", () => {
  const levels = Array.from({ length: 40 }, (_, level) => {
    const below = level === 0 ? "x" : `*l${level - 1}, *l${level - 1}`;
    return `l${level}: &l${level} [${below}]`;
  });
  const merges = Array.from({ length: 40 }, (_, level) => {
    const below = level === 0 ? "k: v" : `"<<": [*m${level - 1}, *m${level - 1}], k${level}: v`;
    return `m${level}: &m${level} {${below}}`;
  });
  const fill = (piece: string): string => piece.repeat(Math.floor(MAX_YAML_LENGTH / piece.length));
  const many = Array.from({ length: 10_000 }, (_, index) => `k${index}: v`).join("\n");
  const aliases = `a: &a x\nb: [${"*a, ".repeat(30_000)}]`;
  const wide = Array.from({ length: 6000 }, (_, index) => `a${index}: &a${index} {<<: *a${Math.max(0, index - 1)}}`);
  const texts = [
    `${levels.join("\n")}\nclouds: {one: *l39}`,
    `${merges.join("\n")}\nclouds: {one: *m39}`,
    `clouds: {one: &o {auth: *o}}`,
    many,
    aliases,
    wide.join("\n").slice(0, MAX_YAML_LENGTH),
    "x".repeat(MAX_YAML_LENGTH + 1),
    ...[
      "[",
      "{",
      "{a: ",
      "- ",
      "? ",
      "a: ",
      "&a ",
      "!x ",
      "\n",
      " ",
      "\t",
      "#",
      '"',
      "'",
      "|\n",
      "*a ",
      "%A\n",
      "a: [",
      "]",
    ].map(fill),
    ...["---\n", "a:\n", "- a\n", "?\n", "a: b: c\n", "&a a: *a\n", "\\", "\u0000", "\ud800"].map(fill),
  ];
  for (const text of texts) {
    for (const asSecure of [false, true]) {
      const ms = read(text, asSecure);
      assert.ok(ms < SLOWEST_MS, `${ms} ms for ${text.slice(0, 40)}`);
    }
  }
});
