import assert from "node:assert/strict";
import { test } from "node:test";

import { fromIni } from "./load.ts";
import { parseIni } from "./ini.ts";

test("options have their defaults, and the types that the program expects", () => {
  const { config, warnings } = fromIni(parseIni(""));
  assert.equal(config.cni_daemon.vif_annotation_timeout, 60);
  assert.equal(config.DEFAULT.debug, false);
  assert.deepEqual(config.neutron_defaults.pod_security_groups, []);
  assert.deepEqual(warnings, []);
});

test("lists are split at commas, and the last of a repeated option counts", () => {
  const { config } = fromIni(
    parseIni(
      "[neutron_defaults]\npod_security_groups = a,\n b\n[cni_daemon]\nvif_annotation_timeout=1\nvif_annotation_timeout=2\n",
    ),
  );
  assert.deepEqual(config.neutron_defaults.pod_security_groups, ["a", "b"]);
  assert.equal(config.cni_daemon.vif_annotation_timeout, 2);
});

test("a value of the wrong type names its option", () => {
  for (const [text, message] of [
    ["[DEFAULT]\ndebug = perhaps\n", /\[DEFAULT\]debug: "perhaps"/],
    ["[cni_daemon]\nvif_annotation_timeout = 1.5\n", /whole number/],
    ["[cni_daemon]\nvif_annotation_timeout = 0\n", /less than 1/],
  ] as const) {
    assert.throws(() => fromIni(parseIni(text)), { code: "KURYR_CONFIG_VALUE", message });
  }
});

test("an option that nobody knows is a warning, not an error", () => {
  const { warnings } = fromIni(parseIni("[neutron_defaults]\npod_subnett = x\n[nosuch]\ny = 1\n"));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /\[neutron_defaults\]pod_subnett/);
});
