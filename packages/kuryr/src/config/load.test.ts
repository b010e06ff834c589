import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { parseIni } from "./ini.ts";
import { loadConfiguration, resolve, sourceText, type Loaded } from "./load.ts";
import { allOptions } from "./options.ts";

const secrets: Readonly<Record<string, string>> = { "/secrets/password": "from a file" };
const read = (text: string, environment: Record<string, string> = {}, second = ""): Loaded =>
  resolve({
    files: [
      { path: "kuryr.conf", content: parseIni(text) },
      { path: "second.conf", content: parseIni(second) },
    ],
    environment,
    readSecret: (path) => secrets[path] ?? assert.fail(`no ${path}`),
  });

test("options have their defaults, and the types that the program expects", () => {
  const { config, warnings, notices } = read("");
  assert.equal(config.cni_daemon.vif_annotation_timeout, 60);
  assert.equal(config.DEFAULT.debug, false);
  assert.deepEqual(config.neutron_defaults.pod_security_groups, []);
  assert.deepEqual(config.kubernetes.enabled_handlers, [
    "vif",
    "endpoints",
    "service",
    "kuryrloadbalancer",
    "kuryrport",
  ]);
  assert.equal(config.cni_health_server.max_memory_usage, -1);
  assert.deepEqual([...warnings, ...notices], []);
});

test("lists are split at commas, and the last of a repeated option counts", () => {
  const { config } = read(
    "[neutron_defaults]\npod_security_groups = a,\n b\n[cni_daemon]\nvif_annotation_timeout=1\nvif_annotation_timeout=2\n",
  );
  assert.deepEqual(config.neutron_defaults.pod_security_groups, ["a", "b"]);
  assert.equal(config.cni_daemon.vif_annotation_timeout, 2);
});

test("a value of the wrong type names its option", () => {
  for (const [text, message] of [
    ["[DEFAULT]\ndebug = perhaps\n", /\[DEFAULT\]debug: "perhaps"/],
    ["[cni_daemon]\nvif_annotation_timeout = 1.5\n", /whole number/],
    ["[cni_daemon]\nvif_annotation_timeout = 0x10\n", /whole number/],
    ["[cni_daemon]\nvif_annotation_timeout = 0\n", /less than 1/],
    ["[health_server]\nport = 65536\n", /more than 65535/],
    ["[neutron]\nauth_type = v2password\n", /none of password/],
  ] as const) {
    assert.throws(() => read(text), { code: "KURYR_CONFIG_VALUE", message });
  }
});

test("the environment goes before a later file, a later file before an earlier one, and each value says its source", () => {
  const text = "[neutron]\nusername = one\nregion_name = r\n[kubernetes]\n\ntoken_file = /t\n";
  const { config, settings } = read(text, { OS_NEUTRON__USERNAME: "three" }, "[neutron]\nregion_name = two\n");
  assert.equal(config.neutron.username, "three");
  assert.equal(config.neutron.region_name, "two");
  const from = (name: string): string => {
    const setting = settings.find((one) => one.name === name && one.section !== "binding");
    return setting === undefined ? "" : sourceText(setting.source);
  };
  assert.equal(from("username"), "environment OS_NEUTRON__USERNAME");
  assert.equal(from("region_name"), "second.conf:2");
  assert.equal(settings.find(({ section, name }) => section === "kubernetes" && name === "token_file")?.value, "/t");
  assert.equal(from("auth_url"), "default");
});

test("references are substituted from the same section, from DEFAULT, and from a named section", () => {
  const { config } = read(
    [
      "[DEFAULT]",
      "host = cloud.example",
      "[neutron]",
      "auth_url = https://${host}:5000/$region_name",
      "region_name = r1",
      "username = $neutron_defaults.project",
      "password = pa$$word\\$",
      "[neutron_defaults]",
      "project = p",
    ].join("\n"),
  );
  assert.equal(config.neutron.auth_url, "https://cloud.example:5000/r1");
  assert.equal(config.neutron.username, "p");
  assert.equal(config.neutron.password, "pa$word$");
});

test("a reference to nothing and a reference to itself are errors that say how to mend them", () => {
  assert.throws(() => read("[neutron]\npassword = pa$word\n"), {
    code: "KURYR_CONFIG_VALUE",
    message: "[neutron]password: $word names no option",
    hint: /write \$\$ for a dollar sign/,
  });
  assert.throws(() => read("[neutron]\nusername = $project_name\nproject_name = $username\n"), {
    message: /contains itself: \[neutron\]username -> \[neutron\]project_name -> \[neutron\]username/,
  });
});

test("a secret can be in a file of its own, which is taken as it is; a value that contains a secret is one", () => {
  const { config, settings } = read(
    "[neutron]\npassword_file = /secrets/$username\nusername = password\nregion_name = ${token}\ntoken = t\n",
  );
  assert.equal(config.neutron.password, "from a file");
  const secretNames = settings.filter(({ secret }) => secret).map(({ name }) => name);
  assert.deepEqual(secretNames, ["password", "application_credential_secret", "token", "region_name"]);
  assert.equal(read("", { OS_NEUTRON__PASSWORD_FILE: "/secrets/password" }).config.neutron.password, "from a file");
  assert.throws(() => read("[neutron]\npassword_file = /secrets/password\npassword = p\n"), {
    hint: "set only one of them",
  });
  assert.throws(() => read("[neutron]\npassword = s3cret\n[health_server]\nport = $neutron.password\n"), {
    message: "[health_server]port: the value is no whole number",
  });
});

test("names of older releases, dashes and the case of sections make no difference", () => {
  const { config, warnings } = read("[Neutron]\nuser-name = u\ntenant_name = t\nauth_plugin = v3password\n");
  assert.deepEqual([config.neutron.username, config.neutron.project_name], ["u", "t"]);
  assert.equal(config.neutron.auth_type, "v3password");
  assert.deepEqual(warnings, []);
});

test("[row 181] every option of the last releases is known and parsed, and one that nobody knows is a warning with the nearest name", () => {
  const given = Map.groupBy(allOptions, ({ section }) => section);
  const text = [...given]
    .map(([section, all]) => `[${section}]\n${all.map(({ name, option }) => `${name} = ${option.default}\n`).join("")}`)
    .join("");
  const { settings, warnings } = read(text.replaceAll("$", "$$$$"));
  assert.equal(settings.length, allOptions.length);
  assert.ok(settings.length > 150);
  assert.ok(settings.every(({ source }) => source.from === "file"));
  assert.deepEqual(
    warnings.filter((warning) => warning.includes("not an option")),
    [],
  );

  const unknown = read(
    "[neutron_defaults]\npod_subnett = x\n[kubernets]\napi_root = 1\n[kubernetes]\npod_subnet = x\n[zzz]\nqqqqqqq = 1\n",
    { OS_NEUTRON__PASWORD: "x", OS_OTHER__THING: "x" },
  ).warnings;
  assert.deepEqual(unknown, [
    "[neutron_defaults]pod_subnett (kuryr.conf:2) is not an option of this version and has no effect; did you mean [neutron_defaults]pod_subnet?",
    "[kubernets]api_root (kuryr.conf:4) is not an option of this version and has no effect; did you mean [kubernetes]api_root?",
    "[kubernetes]pod_subnet (kuryr.conf:6) is not an option of this version and has no effect; did you mean [neutron_defaults]pod_subnet?",
    "[zzz]qqqqqqq (kuryr.conf:8) is not an option of this version and has no effect",
    "[neutron]pasword (environment OS_NEUTRON__PASWORD) is not an option of this version and has no effect; did you mean [neutron]password?",
  ]);
});

test("[row 203] each option that later releases dropped gives one clear warning that names what replaces it", () => {
  const dropped = [
    ["cni_daemon", "daemon_enabled", "False", /the daemon/],
    ["cni_daemon", "bind_address", "127.0.0.1:50036", /\/run\/kuryr\/cni\.sock/],
    ["octavia_defaults", "sg_mode", "create", /enforce_sg_rules/],
    ["kubernetes", "controller_ha", "True", /Lease/],
    ["kubernetes", "controller_ha_elector_port", "16401", /Lease/],
    ["kubernetes", "ssl_verify_server_crt", "False", /ssl_ca_crt_file/],
    ["vif_pool", "pools_vif_drivers", "nested:nested-vlan", /vif_pool_mapping/],
    ["pod_vif_nested", "worker_nodes_subnet", "u", /worker_nodes_subnets/],
    ["namespace_sg", "sg_allow_from_namespaces", "u", /NetworkPolicies/],
    ["namespace_sg", "sg_allow_from_default", "u", /NetworkPolicies/],
    ["ingress", "l7_router_uuid", "u", /Gateway API/],
    ["DEFAULT", "verbose", "True", /debug/],
  ] as const;
  for (const [section, name, value, by] of dropped) {
    const { warnings } = read(`[${section}]\n${name} = ${value}\n`, {}, `[${section}]\n${name} = ${value}\n`);
    assert.equal(warnings.length, 1, `${name}: ${warnings.join(", ")}`);
    assert.match(warnings[0] ?? "", new RegExp(`\\[${section}\\]${name} \\(second\\.conf:2\\).*it is replaced by`));
    assert.match(warnings[0] ?? "", by);
  }
});

test("what is not there yet warns unless it has its default; what is ignored is a notice with its reason", () => {
  const quiet = read(
    "[pod_vif_nested]\nrev_update_attempts = 3\n[cni_daemon]\npyroute2_timeout = 10\n[sriov]\nenable_node_annotations=false\n",
  );
  assert.deepEqual([...quiet.warnings, ...quiet.notices], []);
  const { warnings, notices } = read("[pod_vif_nested]\nrev_update_attempts = 7\n[cni_daemon]\npyroute2_timeout = 4\n");
  assert.deepEqual(warnings, [
    "[pod_vif_nested]rev_update_attempts (kuryr.conf:2) has no effect yet: Nodes in virtual machines come in a later version.",
  ]);
  assert.deepEqual(notices, [
    "[cni_daemon]pyroute2_timeout (kuryr.conf:4) has no effect: Every call of the kernel is bounded.",
  ]);
});

test("a malformed value of an option without effect stops nothing", () => {
  const { warnings } = read("[cni_daemon]\npyroute2_timeout = many\n");
  assert.equal(warnings.length, 1);
});

test("directories are read after files, their *.conf by name; a missing one says what to pass", () => {
  const directory = mkdtempSync(join(tmpdir(), "kuryr-config-"));
  try {
    const write = (name: string, user: string): string => {
      const path = join(directory, name);
      writeFileSync(path, `[neutron]\nusername = ${user}\n`);
      return path;
    };
    const file = write("z-first.txt", "first");
    write("20-b.conf", "last");
    write("10-a.conf", "middle");
    write("99-c.bak", "not read");
    assert.equal(loadConfiguration({ files: [file], directories: [directory] }).config.neutron.username, "last");
    assert.equal(loadConfiguration({ files: [file] }).config.neutron.username, "first");
    assert.throws(() => loadConfiguration({ files: [join(directory, "none")] }), { code: "KURYR_CONFIG_MISSING" });
    writeFileSync(join(directory, "secret"), "p$a$$ss\n");
    const { config } = loadConfiguration({ files: [] }, { OS_NEUTRON__PASSWORD_FILE: join(directory, "secret") });
    assert.equal(config.neutron.password, "p$a$$ss");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
