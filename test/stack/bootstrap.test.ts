import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { kubectl } from "../../dev/src/testing/cluster.ts";
import { runCommand, said, stackCommand, type CommandOutcome } from "../../dev/src/testing/command-line.ts";

const root = join(import.meta.dirname, "..", "..");
const base = mkdtempSync(join(tmpdir(), "kuryr-bootstrap-"));
const clone = join(base, "clone");
const oldNpm = join(base, "npm", "node_modules", ".bin");

/** What a shell of the machine has: nothing of this checkout's, and nothing that npm told its children. */
function bareEnvironment(path: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of Object.keys(process.env)) if (/^(npm_|NODE_|INIT_CWD|CI$)/.test(name)) env[name] = "";
  // How this machine reaches its registry stays known.
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && /^(npm_config_(registry|cafile|https?_proxy)|NODE_EXTRA_CA_CERTS)$/i.test(name))
      env[name] = value;
  return { ...env, PATH: path };
}

const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A command in the bare clone, with the old npm first in PATH. */
function inClone(
  words: readonly string[],
  timeoutMs = 300_000,
  prefix: readonly string[] = [],
): Promise<CommandOutcome> {
  return runCommand([...prefix, "npm", ...words], {
    cwd: clone,
    timeoutMs,
    env: bareEnvironment(`${oldNpm}:${systemPath}`),
  });
}

before(async () => {
  mkdirSync(clone);
  mkdirSync(join(base, "npm"));
  // The files of the checkout as they are now, committed or not; no node_modules, nothing that git ignores.
  const copied = await runCommand(
    [
      "sh",
      "-c",
      'git -C "$1" ls-files -co --exclude-standard -z | tar -C "$1" --null -T - --ignore-failed-read -c | tar -C "$2" -x',
      "sh",
      root,
      clone,
    ],
    { timeoutMs: 60_000 },
  );
  assert.equal(copied.code, 0, said(copied));
  const old = await runCommand(["npm", "install", "--no-audit", "--no-fund", "--prefix", join(base, "npm"), "npm@8"], {
    cwd: base,
    timeoutMs: 120_000,
    env: { PATH: systemPath },
  });
  assert.equal(old.code, 0, said(old));
  // A user without rights must be able to look into it.
  chmodSync(base, 0o755);
});

after(() => rmSync(base, { recursive: true, force: true }));

test("a bare clone has no node_modules, and the npm in use is an old one", async (t) => {
  assert.equal(existsSync(join(clone, "node_modules")), false);
  const version = await inClone(["--version"]);
  assert.match(version.stdout, /^8\./, said(version));
  const node = await runCommand(["node", "--version"], { timeoutMs: 10_000, env: { PATH: systemPath } });
  t.diagnostic(`npm ${version.stdout.trim()}, the machine's node ${node.stdout.trim()}`);
});

test("the first command installs the pinned Node and the dependencies, and works", async (t) => {
  const status = await inClone(["run", "-s", "stack", "--", "status"]);
  assert.equal(status.code, 0, said(status));
  assert.match(status.stdout, /all \d+ components are up/);
  assert.ok(existsSync(join(clone, "node_modules", ".bin", "node")));
  t.diagnostic(`from bare clone to an answer: ${status.seconds.toFixed(1)} s`);
});

test("stack status --json, env, logs, shell and up answer from the clone", async () => {
  const json = await inClone(["run", "-s", "stack", "--", "status", "--json"]);
  assert.equal((JSON.parse(json.stdout) as { up: boolean }).up, true);
  const env = await inClone(["run", "-s", "stack", "--", "env", "--user", "kuryr"]);
  assert.match(env.stdout, /^export OS_USERNAME="kuryr"$/m);
  const logs = await inClone(["run", "-s", "stack", "--", "logs", "node1/kubelet", "--lines", "5"]);
  assert.equal(logs.code, 0, said(logs));
  assert.ok(logs.stdout.split("\n").length >= 5);
  const shell = await inClone(["run", "-s", "stack", "--", "shell", "node2", "ip", "-o", "address", "show", "kn0"]);
  assert.match(shell.stdout, /10\.10\.0\.12\/16/, said(shell));
  const up = await inClone(["run", "-s", "stack", "--", "up"]);
  assert.match(up.stdout, /^up already: /m, said(up));
});

test("env makes plain kubectl, openstack, ovn-nbctl and ovs-vsctl speak to the stack", async () => {
  const script = `eval "$(npm run -s stack -- env)"
set -e
kubectl get nodes -o name
openstack network list -f value -c Name
ovn-nbctl --timeout=10 get logical_router neutron-$(openstack router show kuryr -f value -c id) name
ovs-vsctl --timeout=10 list-br
node --version`;
  const env = bareEnvironment(`${oldNpm}:${systemPath}`);
  const outcome = await runCommand(["bash", "-c", script], { cwd: clone, timeoutMs: 60_000, env });
  assert.equal(outcome.code, 0, said(outcome));
  assert.match(outcome.stdout, /node\/node1\nnode\/node2\n/);
  assert.match(outcome.stdout, /kuryr-services/);
  assert.match(outcome.stdout, /br-int/);
  assert.match(outcome.stdout, /v26\./);
});

test("typecheck, the usage of test and of test:matrix answer from the clone", async () => {
  const typecheck = await inClone(["run", "-s", "typecheck"]);
  assert.equal(typecheck.code, 0, said(typecheck));
  const usage = await inClone(["test", "--", "--help"]);
  assert.match(usage.stdout, /usage: npm test/, said(usage));
  const matrix = await inClone(["run", "-s", "test:matrix", "--", "--help"]);
  assert.match(matrix.stdout, /usage: npm run test:matrix/, said(matrix));
});

test("demo brings talking pods from nothing running, and demo:down takes all away", async (t) => {
  const before = await inClone(["run", "-s", "demo:down"]);
  assert.equal(before.code, 0, said(before));
  const demo = await inClone(["run", "-s", "demo"], 600_000);
  assert.equal(demo.code, 0, said(demo));
  assert.equal(demo.stdout.match(/HELLO! I AM ALIVE!!!/g)?.length, 2, said(demo));
  t.diagnostic(`npm run demo: ${demo.seconds.toFixed(1)} s`);
  // The data are kept, the demo's namespace among them: it goes while there is a Kuryr, for nobody else takes the
  // finalizers off its KuryrPorts.
  await kubectl(["delete", "namespace", "kuryr-demo", "--timeout=100s"], "", 110_000);
  const down = await inClone(["run", "-s", "demo:down"]);
  assert.equal(down.code, 0, said(down));
  assert.equal((await stackCommand(["status"])).code, 3);
  // The files that follow find a cluster without Kuryr: its controller would delete the KuryrPorts of the contract's cases.
  const up = await stackCommand(["up"]);
  assert.equal(up.code, 0, said(up));
});

test("a wrong word or option is refused with a code and what to do", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["up", "everything"], /up takes cloud, kube or kuryr.*KURYR_DEV_USAGE/],
    [["up", "--openstack", "yoga"], /--openstack takes 2026\.2 or zed.*KURYR_DEV_USAGE/],
    [["up", "--nodes", "0"], /--nodes takes 1 to 9.*KURYR_DEV_USAGE/],
    [["up", "--colour"], /--colour.*KURYR_DEV_USAGE/],
    [["up", "--openstack", "zed"], /has the data of a stack with openstack 2026\.2.*KURYR_DEV_OPTIONS[^]*wipe/],
    [["logs", "nonsense"], /there is no log of nonsense.*KURYR_DEV_USAGE/],
    [["shell", "node7"], /node7 is not up.*KURYR_DEV_USAGE/],
    [["env", "--user", "nobody"], /--user takes admin or kuryr.*KURYR_DEV_USAGE/],
  ];
  for (const [words, message] of cases) {
    const outcome = await stackCommand(words);
    assert.notEqual(outcome.code, 0, said(outcome));
    assert.match(outcome.stderr, message);
  }
  const unknown = await stackCommand(["dance"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /usage: npm run stack/);
  const version = await stackCommand(["up", "--kubernetes-version", "1.10.0"]);
  assert.notEqual(version.code, 0);
  assert.match(version.stderr, /KURYR_DEV_/);
});

test("without root, up says what is missing and exits non-zero", async () => {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", `HOME=${join(base, "home")}`];
  mkdirSync(join(base, "home"), { mode: 0o777 });
  chmodSync(join(base, "home"), 0o777);
  const up = await inClone(["run", "-s", "stack", "--", "up"], 60_000, nobody);
  assert.notEqual(up.code, 0, said(up));
  assert.match(up.stderr, /this machine cannot run the stack; it lacks:\n\s+- root.*KURYR_DEV_MACHINE/s);
  assert.match(up.stderr, /what to do: run as root/);
});
