import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../errors.ts";
import { type LoadedOptions, readKubeconfig } from "./kubeconfig.ts";
import { below, disturbed, mutated, oneOf } from "../testing/mutate.ts";
import { seeded, seedOf } from "../testing/seed.ts";

const exec = {
  apiVersion: "client.authentication.k8s.io/v1",
  command: "./login",
  args: ["a"],
  env: [{ name: "A", value: "1" }],
  interactiveMode: "Never",
  provideClusterInfo: true,
};
const whole = (user: object, cluster: object = {}): object => ({
  "current-context": "x",
  contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "n" } }],
  clusters: [{ name: "c", cluster: { server: "https://api:6443", ...cluster } }],
  users: [{ name: "u", user }],
});
const CONFIGS = [
  whole({ token: "t" }, { "certificate-authority-data": "Q0E=" }),
  whole({ tokenFile: "t" }, { "insecure-skip-tls-verify": true }),
  whole({ "client-certificate": "c.pem", "client-key-data": "S0VZ" }, { "certificate-authority": "ca.pem" }),
  whole({ exec }, { extensions: [{ name: "client.authentication.k8s.io/exec", extension: {} }] }),
];
const YAML = [
  "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'https://a'}}]\n",
  "current-context: x\ncontexts:\n- name: x\n  context: &c\n    cluster: c\nclusters:\n- {name: c, cluster: {server: s}}\n",
];
const TOKENS = [
  "&a ",
  "*a",
  "*a\n",
  "!!str ",
  "!x ",
  "<<: ",
  "? ",
  "- ",
  ": ",
  "|\n",
  ">\n",
  "---\n",
  "...\n",
  "\t",
  "[",
  "{",
  "'",
  '"',
  "#",
  "%YAML 1.1\n",
  "\n  ",
  "null",
  "1",
  "~",
  "__proto__: ",
  "\0",
];
const KEPT = [1, 20_261_125];

const source = { path: "config", folder: "/folder", readFile: (path: string): Buffer => Buffer.from(path) };

test("fuzz: 100,000 broken kubeconfigs are understood or refused with a configuration error", (t) => {
  fuzz(seedOf(t), 100_000);
  for (const seed of KEPT) fuzz(seed, 1000);
});

test("a kubeconfig that would take all time or memory is refused", () => {
  const started = performance.now();
  const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
  // Nine aliases of nine aliases of ...
  const bomb = names.map((name, index) => `${name}: &${name} [${`*${names[index - 1] ?? "a"},`.repeat(9)}]`);
  bomb[0] = "a: &a [x]";
  for (const content of [bomb.join("\n"), "[".repeat(100_000), "x".repeat(5_000_000), "? ".repeat(20_000)]) {
    assert.throws(() => readKubeconfig(content, source), ConfigError);
  }
  assert.ok(performance.now() - started < 20_000);
});

function fuzz(seed: number, inputs: number): void {
  const random = seeded(seed);
  for (let input = 0; input < inputs; input++) {
    const content = brokenConfig(random);
    try {
      checkOptions(readKubeconfig(content, source));
    } catch (error) {
      if (error instanceof ConfigError && error.hint !== "") continue;
      throw new Error(`seed ${seed}, input ${input}: ${JSON.stringify(content)}`, { cause: error });
    }
  }
}

/** Mostly JSON whose parts are not what they should be, for that is quick; and broken YAML. */
function brokenConfig(random: () => number): string {
  if (below(random, 12) === 0) return mutated(random, oneOf(random, YAML), TOKENS);
  let config: unknown = oneOf(random, CONFIGS);
  for (let times = 1 + below(random, 3); times > 0; times--) config = disturbed(random, config);
  return JSON.stringify(config);
}

function checkOptions(options: LoadedOptions): void {
  assert.equal(typeof options.server, "string");
  assert.ok([options.token, options.tokenFile, options.exec].filter((one) => one !== undefined).length <= 1);
  assert.ok(options.insecure !== true || options.ca === undefined);
}
