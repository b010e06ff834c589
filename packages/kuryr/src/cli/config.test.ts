import assert from "node:assert/strict";
import { test } from "node:test";

import { parseIni } from "../config/ini.ts";
import { resolve } from "../config/load.ts";
import { shownSettings } from "./config.ts";

const settingsOf = (text: string) =>
  resolve({
    files: [{ path: "kuryr.conf", content: parseIni(text) }],
    environment: { OS_NEUTRON__USERNAME: "u" },
    readSecret: () => "from the file",
  }).settings;

test("only what somebody set is shown, with its source and without secrets", () => {
  const text =
    "[neutron]\npassword = s3cret\ntoken_file = /t\nregion_name = ${password}\n[vif_pool]\nports_pool_min = 9\n[neutron_defaults]\nsubnet_mapping = a:b\n";
  const shown = shownSettings(settingsOf(text), false);
  assert.deepEqual(
    shown.map((one) => [one.option, one.value, one.source, one.standing]),
    [
      ["username", "u", "environment OS_NEUTRON__USERNAME", "implemented"],
      ["password", "***", "kuryr.conf:2", "implemented"],
      ["token", "*** (content of /t)", "kuryr.conf:3", "implemented"],
      ["token_file", "/t", "kuryr.conf:3", "implemented"],
      ["region_name", "***", "kuryr.conf:4", "implemented"],
      ["subnet_mapping", { a: "b" }, "kuryr.conf:8", "not-yet"],
      ["ports_pool_min", 9, "kuryr.conf:6", "implemented"],
    ],
  );
  assert.ok(!JSON.stringify(shown).includes("s3cret"));
});

test("all options are shown when asked for, but for those that are gone", () => {
  const shown = shownSettings(settingsOf(""), true);
  assert.ok(shown.length > 100);
  assert.ok(shown.every(({ standing }) => standing !== "replaced"));
  assert.ok(shown.some(({ option, source }) => option === "auth_url" && source === "default"));
});
