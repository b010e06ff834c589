import assert from "node:assert/strict";
import { test } from "node:test";
import type { CloudOptions } from "../cloud.ts";
import { fromClouds } from "./clouds.ts";
import { fromEnvironment } from "./environment.ts";
import { OpenStackError } from "../errors.ts";

const SECRET = "h1dden-Secret";

/** Reads from these files; what is not among them does not exist. */
function filesOf(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return text;
  };
}

const HOME = { HOME: "/home/kim" };

function load(files: Readonly<Record<string, string>>, cloud?: string, environment = {}): CloudOptions {
  const readFile = filesOf(files);
  return fromClouds({ cloud, environment: { ...HOME, ...environment }, folder: "/work-folder", readFile });
}

function entry(text: string, cloud?: string): CloudOptions {
  return load({ "/work-folder/clouds.yaml": `clouds:\n  one:\n${text.replaceAll(/^/gm, "    ")}\n` }, cloud);
}

function refusal(work: () => unknown): OpenStackError {
  let caught: unknown;
  try {
    work();
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof OpenStackError, String(caught));
  assert.equal(caught.kind, "config");
  assert.notEqual(caught.hint, "");
  for (let at: unknown = caught; at instanceof Error; at = at.cause) {
    assert.ok(!at.message.includes(SECRET), at.message);
  }
  return caught;
}

const PASSWORD = `
auth:
  auth_url: https://k:5000/v3
  username: kim
  password: ${SECRET}
  project_name: blue
  user_domain_name: Default
  project_domain_id: default
`;

test("[row 169] an entry gives user, project, region, interface and authority", () => {
  const options = load({
    "/work-folder/clouds.yaml": `clouds: {one: {auth: {auth_url: "https://k:5000/v3", username: kim, password: p,
      project_name: blue, user_domain_name: Default, project_domain_id: default}, region_name: R1, interface: internal,
      cacert: ~/ca.pem, cert: /c.pem, key: keys/k.pem, api_timeout: 7, network-endpoint-override: "https://n:9696"}}`,
    "/home/kim/ca.pem": "authority",
    "/c.pem": "certificate",
    "/work-folder/keys/k.pem": "key",
  });
  assert.deepEqual(options.tls, { ca: "authority", clientCert: "certificate", clientKey: "key", insecure: false });
  assert.deepEqual([options.region, options.interface, options.timeoutMs], ["R1", "internal", 7000]);
  assert.deepEqual(options.endpoints, { network: "https://n:9696" });
  assert.partialDeepStrictEqual(options.auth, {
    type: "password",
    authUrl: "https://k:5000/v3",
    username: "kim",
    password: "p",
    projectName: "blue",
    userDomainName: "Default",
    projectDomainId: "default",
  });
});

test("[row 169] an entry with an application credential or a token says so, or is seen from what it holds", () => {
  const credential = `auth:
  auth_url: https://k
  application_credential_id: ac1
  application_credential_secret: s`;
  for (const type of ["", "\nauth_type: v3applicationcredential"]) {
    const { auth } = entry(credential + type);
    assert.ok(auth.type === "application-credential");
    assert.deepEqual([auth.id, auth.secret], ["ac1", "s"]);
  }
  const { auth } = entry("auth_type: v3token\nauth: {auth_url: https://k, token: t}");
  assert.ok(auth.type === "token" && auth.token === "t");
});

test("the file that is named is taken, else the first on the way from here to /etc", () => {
  const file = (url: string): string => `clouds: {one: {auth: {auth_url: "${url}", password: p}}}`;
  const files: Record<string, string> = {
    "/named.yaml": file("https://named"),
    "/work-folder/clouds.yaml": file("https://here"),
    "/work-folder/clouds.json": '{"clouds": {"one": {"auth": {"auth_url": "https://json", "password": "p"}}}}',
    "/xdg/openstack/clouds.yml": file("https://xdg"),
    "/home/kim/.config/openstack/clouds.yaml": file("https://home"),
    "/etc/openstack/clouds.yaml": file("https://etc"),
  };
  const environment = { OS_CLIENT_CONFIG_FILE: "/named.yaml", XDG_CONFIG_HOME: "/xdg" };
  assert.equal(load(files, undefined, environment).auth.authUrl, "https://named");
  for (const [path, url] of [
    ["/work-folder/clouds.yaml", "https://here"],
    ["/work-folder/clouds.json", "https://json"],
    ["/xdg/openstack/clouds.yml", "https://xdg"],
    ["/home/kim/.config/openstack/clouds.yaml", "https://home"],
    ["/etc/openstack/clouds.yaml", "https://etc"],
  ] as const) {
    assert.equal(load(files, "one", { XDG_CONFIG_HOME: "/xdg" }).auth.authUrl, url);
    delete files[path];
  }
  assert.equal(refusal(() => load(files)).code, "OPENSTACK_CLOUDS_FILE");
  assert.match(refusal(() => load({}, "one", environment)).message, /\/named\.yaml/);
});

test("secure.yaml adds the secrets to the entry of the same name, from a folder of its own", () => {
  const { auth } = load({
    "/work-folder/clouds.yaml": "clouds: {one: {auth: {auth_url: https://k, username: kim, password: shown}}}",
    "/etc/openstack/secure.yaml": "clouds: {one: {auth: {password: s}}, two: {auth: {password: other}}}",
  });
  assert.ok(auth.type === "password");
  assert.deepEqual([auth.username, auth.password], ["kim", "s"]);
});

test("the entry is the one that is named, by OS_CLOUD too, or the only one", () => {
  const two = `clouds:
  one: &one {auth: {auth_url: https://a, password: p}}
  two: {<<: *one, region_name: R2}`;
  const files = { "/work-folder/clouds.yaml": two };
  assert.equal(load(files, "two").region, "R2");
  assert.equal(load(files, undefined, { OS_CLOUD: "two" }).region, "R2");
  assert.match(refusal(() => load(files)).message, /2 clouds and none was named/);
  const unknown = refusal(() => load(files, "three"));
  assert.equal(unknown.code, "OPENSTACK_CLOUD_UNKNOWN");
  assert.match(unknown.hint, /one, two/);
});

test("OS_CLOUD takes the environment's settings from clouds.yaml, and does not go with OS_AUTH_URL", () => {
  const readFile = filesOf({ "/c.yaml": `clouds: {mine: {auth: {auth_url: https://k, password: p}}}` });
  const environment = { OS_CLOUD: "mine", OS_CLIENT_CONFIG_FILE: "/c.yaml" };
  assert.equal(fromEnvironment(environment, readFile).auth.authUrl, "https://k");
  assert.match(
    refusal(() => fromEnvironment({ ...environment, OS_AUTH_URL: "https://x" }, readFile)).message,
    /OS_CLOUD and OS_AUTH_URL/,
  );
});

test("certificates are verified unless verify or insecure says otherwise", () => {
  const insecure = (lines: string): boolean | undefined => entry(PASSWORD + lines).tls?.insecure;
  assert.equal(insecure(""), false);
  assert.equal(insecure("verify: true"), false);
  assert.equal(insecure("verify: False"), true);
  assert.equal(insecure("insecure: true"), true);
  assert.match(refusal(() => insecure("verify: perhaps")).message, /verify=perhaps is neither true nor false/);
});

test("the region is the one named, else the first of regions, whose own values win", () => {
  const regions = "regions: [A, {name: B, values: {interface: admin}}]\n";
  assert.deepEqual(entry(PASSWORD + regions).region, "A");
  const second = entry(`${PASSWORD}${regions}region_name: B`);
  assert.deepEqual([second.region, second.interface], ["B", "admin"]);
  assert.equal(refusal(() => entry(`${PASSWORD}${regions}region_name: C`)).code, "OPENSTACK_CONFIG_REGION");
});

test("every scalar is the text that is written, and an empty or null one is not set", () => {
  const { auth, region } = entry("region_name: null\nauth: {auth_url: https://k, password: 0123, project_id: 1e3}");
  assert.ok(auth.type === "password");
  assert.deepEqual([auth.password, auth.projectId, region], ["0123", "1e3", undefined]);
});

test("a domain for user and project alike may be said once", () => {
  const { auth } = entry("auth: {auth_url: https://k, username: u, password: p, default_domain_id: d}");
  assert.ok(auth.type === "password");
  assert.deepEqual([auth.userDomainId, auth.projectDomainId], ["d", "d"]);
});

test("what is wrong is named with its place and a code, and no secret is said", () => {
  const file = (text: string): OpenStackError => refusal(() => load({ "/work-folder/clouds.yaml": text }, "one"));
  const wrong = (lines: string): OpenStackError => refusal(() => entry(PASSWORD + lines));
  for (const [error, code, message] of [
    [
      file(`clouds:\n  one:\n   auth: [${SECRET}\n`),
      "OPENSTACK_CLOUDS_FILE",
      /clouds\.yaml line \d+: the file is not YAML/,
    ],
    [file(`clouds: {one: *${SECRET}}`), "OPENSTACK_CLOUDS_FILE", /alias without anchor|not YAML/],
    [file(`- ${SECRET}`), "OPENSTACK_CLOUDS_FILE", /is not a mapping/],
    [file(`clouds: ${SECRET}`), "OPENSTACK_CLOUDS_FILE", /clouds is not a mapping/],
    [file(`clouds: {one: ${SECRET}}`), "OPENSTACK_CLOUDS_FILE", /cloud "one" is not a mapping/],
    [file("clouds: {one: {auth: {password: a, password: b}}}"), "OPENSTACK_CLOUDS_FILE", /a key twice/],
    [file(`clouds: {one: {auth: ${SECRET}}}`), "OPENSTACK_CONFIG", /auth is not a mapping/],
    [file("clouds: {one: {}}"), "OPENSTACK_CONFIG_MISSING", /"one" in clouds.yaml: auth.auth_url is not set/],
    [file(`clouds: {one: {auth: {auth_url: u, ${SECRET}: }}}`), "OPENSTACK_CONFIG_UNSUPPORTED", /auth has no \*\*\*/],
    [wrong("auth_type: v3kerberos"), "OPENSTACK_AUTH_TYPE", /auth_type=v3kerberos is not supported/],
    [wrong(`auth_type: ${SECRET}`), "OPENSTACK_AUTH_TYPE", /auth_type=\*\*\*/],
    [wrong("profile: somebody"), "OPENSTACK_CONFIG_UNSUPPORTED", /profile is not supported/],
    [wrong("identity_api_version: 2.0"), "OPENSTACK_CONFIG_UNSUPPORTED", /identity_api_version/],
    [wrong("interface: sideways"), "OPENSTACK_CONFIG", /interface=sideways/],
    [wrong("cacert: none.pem"), "OPENSTACK_CONFIG_FILE", /cacert: \/work-folder\/none\.pem cannot be read/],
    [wrong("region_name: [a]"), "OPENSTACK_CONFIG", /region_name is not a single value/],
    [wrong("api_timeout: soon"), "OPENSTACK_CONFIG", /api_timeout/],
  ] as const) {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
  }
});
