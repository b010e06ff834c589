import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { StackError } from "../errors.ts";
import { tarStream } from "../images/tar.ts";
import { run } from "../machine/exec.ts";
import { processStat } from "../machine/processes.ts";
import { containerdVersion, corednsVersion } from "./catalogue.ts";
import { ensureBinaries, ensureCoreDns, type EnsureOptions } from "./ensure.ts";

let scratch = "";
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "kuryr-binaries-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** A machine of its own: empty PATH, empty cache, no Go, sites that answer to nobody. */
async function machine(
  name: string,
  overrides: Partial<EnsureOptions> = {},
): Promise<EnsureOptions & { told: string[]; root: string }> {
  const root = join(scratch, name);
  await mkdir(join(root, "cache"), { recursive: true });
  const told: string[] = [];
  return {
    cacheDir: join(root, "cache"),
    progress: (text) => told.push(text),
    signal: AbortSignal.timeout(60_000),
    environment: { PATH: join(root, "bin") },
    sites: { kubernetes: "http://127.0.0.1:9", github: "http://127.0.0.1:9" },
    buildBytes: 0,
    root,
    told,
    ...overrides,
  };
}

/** What a compiler that compiles nothing does: `go version`, and `go build` of a program that prints `version`. */
const compiler = (version: string, release = "1.99.0"): string => `
if [ "$1" = version ]; then echo "go version go${release} linux/amd64"; exit 0; fi
echo "$GOFLAGS $GOTOOLCHAIN $GOMODCACHE in $PWD"
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho CoreDNS-${version}\\n' > "$2" && chmod 755 "$2"`;

async function serve(
  files: ReadonlyMap<string, Uint8Array | string>,
): Promise<{ url: string; close: () => Promise<unknown> }> {
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body ?? "no such file");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const arch = process.arch === "x64" ? "amd64" : process.arch;
const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

async function corednsArchive(script: string): Promise<{ path: string; archive: Buffer }> {
  const chunks: Uint8Array[] = [];
  const content = Buffer.from(`#!/bin/sh\n${script}\n`);
  for await (const chunk of tarStream([{ type: "file", path: "coredns", mode: 0o644, content }])) chunks.push(chunk);
  const path = `/coredns/coredns/releases/download/v${corednsVersion}/coredns_${corednsVersion}_linux_${arch}.tgz`;
  return { path, archive: gzipSync(Buffer.concat(chunks)) };
}

test("a program of the wanted version is taken from PATH, one of another version is not", async () => {
  const options = await machine("path");
  const newer = await program(join(options.root, "bin/coredns"), "echo CoreDNS-9.9.9");
  await assert.rejects(ensureCoreDns(options), (error: unknown) => {
    assert.ok(error instanceof StackError);
    assert.match(error.message, new RegExp(`${newer} is 9\\.9\\.9`));
    return true;
  });
  const right = await program(join(options.root, "second/coredns"), `echo CoreDNS-${corednsVersion}`);
  const environment = { PATH: `${join(options.root, "bin")}:${join(options.root, "second")}` };
  assert.deepEqual(await ensureCoreDns({ ...options, environment }), {
    path: right,
    version: corednsVersion,
    source: "path",
  });
});

test("where neither PATH nor cache has it, it is built with the newest Go, put into the cache, and go's caches are removed", async () => {
  const options = await machine("build");
  await program(join(options.root, "usr/lib/go-1.98/bin/go"), compiler(corednsVersion, "1.98.0"));
  const go = await program(join(options.root, "usr/local/go/bin/go"), compiler(corednsVersion));
  const path = join(options.cacheDir, `bin/coredns-${corednsVersion}/coredns`);
  assert.deepEqual(await ensureCoreDns(options), { path, version: corednsVersion, source: "built" });
  assert.ok(
    options.told.some((text) => text.startsWith(`building coredns ${corednsVersion} with Go 1.99.0`)),
    go,
  );
  const log = await readFile(join(options.cacheDir, `log/build-coredns-${corednsVersion}.log`), "utf8");
  assert.match(log, /-mod=readonly .* local \S+\/cache\/go\/mod in \S+\/dev\/go\/coredns-/);
  assert.deepEqual((await readdir(options.cacheDir)).sort(), ["bin", "log"]);
  assert.equal((await ensureCoreDns(options)).source, "cache");
});

test("on a disk that is too full for it a build does not begin", async () => {
  const options = await machine("full", { buildBytes: 2 ** 60 });
  await program(join(options.root, "bin/go"), compiler(corednsVersion));
  await assert.rejects(ensureCoreDns(options), /GiB free; building takes up to/);
});

test("a program that prints another version than the wanted one does not get into the cache", async () => {
  const options = await machine("liar");
  await program(join(options.root, "bin/go"), compiler("1.0.0"));
  await assert.rejects(ensureCoreDns(options), /prints version 1\.0\.0/);
  assert.deepEqual(await readdir(join(options.cacheDir, `bin/coredns-${corednsVersion}`)), []);
});

test("without Go the upstream release is downloaded and verified", async () => {
  const { path, archive } = await corednsArchive(`echo CoreDNS-${corednsVersion}`);
  const name = path.slice(path.lastIndexOf("/") + 1);
  const upstream = await serve(
    new Map<string, Uint8Array | string>([
      [path, archive],
      [`${path}.sha256`, `${sha256(archive)}  ${name}\n`],
    ]),
  );
  const options = await machine("download", { sites: { kubernetes: upstream.url, github: upstream.url } });
  try {
    const binary = await ensureCoreDns(options);
    assert.equal(binary.source, "downloaded");
    assert.match((await run([binary.path])).stdout, /CoreDNS/);
    assert.deepEqual(await readdir(join(options.cacheDir, "bin")), [`coredns-${corednsVersion}`]);
    assert.match(options.told.at(-1) ?? "", /downloaded$/);
  } finally {
    await upstream.close();
  }
});

test("a download whose checksum differs is refused, and nothing of it stays", async () => {
  const { path, archive } = await corednsArchive(`echo CoreDNS-${corednsVersion}`);
  const upstream = await serve(
    new Map<string, Uint8Array | string>([
      [path, archive],
      [`${path}.sha256`, "0".repeat(64)],
    ]),
  );
  const options = await machine("forged", { sites: { kubernetes: upstream.url, github: upstream.url } });
  try {
    await assert.rejects(ensureCoreDns(options), new RegExp(`has SHA-256 ${sha256(archive)}, its release says 0{64}`));
    assert.deepEqual(await readdir(join(options.cacheDir, "bin")), [`coredns-${corednsVersion}`]);
  } finally {
    await upstream.close();
  }
});

test("where no way works, the error names what went wrong in all three and what to do", async () => {
  const upstream = await serve(new Map());
  const options = await machine("nothing", { sites: { kubernetes: upstream.url, github: upstream.url } });
  await program(join(options.root, "bin/go"), compiler("1.0.0", "1.19.8"));
  try {
    await assert.rejects(ensureCoreDns(options), (error: unknown) => {
      assert.ok(error instanceof StackError);
      assert.equal(error.code, "KURYR_DEV_BINARIES");
      assert.match(error.message, /1\. PATH and .*none of version/);
      assert.match(error.message, /2\. build .*Go 1\.\d+\.\d+ or newer is needed, found 1\.19\.8/);
      assert.match(error.message, /3\. upstream release: http.*HTTP 404/);
      assert.match(error.hint ?? "", /install Go/);
      return true;
    });
  } finally {
    await upstream.close();
  }
});

test("an interrupted build takes every process that it started with it, and leaves no half program", async () => {
  const interruption = new AbortController();
  const options = await machine("interrupt", { signal: interruption.signal });
  const pipe = join(options.root, "pids");
  await run(["mkfifo", pipe]);
  await program(
    join(options.root, "bin/go"),
    `if [ "$1" = version ]; then echo "go version go1.99.0 linux/amd64"; exit 0; fi
while [ "$1" != -o ]; do shift; done
echo half > "$2"
sleep 1000 & echo $$ $! > ${pipe}; wait`,
  );
  const outcome = assert.rejects(ensureCoreDns(options), /stop now/);
  const pids = (await readFile(pipe, "utf8")).trim().split(" ").map(Number);
  assert.equal(pids.length, 2);
  interruption.abort(new Error("stop now"));
  await outcome;
  for (const pid of pids) assert.ok([undefined, "Z"].includes(processStat(pid)?.state));
  assert.deepEqual(await readdir(join(options.cacheDir, `bin/coredns-${corednsVersion}`)), []);
});

test("Kubernetes' programs are downloaded one by one, each with its own checksum, and only those that are missing", async () => {
  const options = await machine("kubernetes");
  const files = new Map<string, string>();
  const servers = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"];
  for (const name of servers.slice(1)) {
    const text = "#!/bin/sh\necho Kubernetes v1.36.3\n";
    files.set(`/release/v1.36.3/bin/linux/${arch}/${name}`, text);
    files.set(`/release/v1.36.3/bin/linux/${arch}/${name}.sha256`, sha256(text));
  }
  await program(join(options.root, "bin/kube-apiserver"), "echo Kubernetes v1.36.3");
  await program(join(options.root, "bin/etcd"), "echo etcd Version: 3.6.8");
  for (const [name, version] of Object.entries({
    containerd: "1.6.20~ds1",
    ctr: "1.6.20~ds1",
    "containerd-shim-runc-v2": "1.6.20~ds1",
  })) {
    await program(join(options.root, "usr/bin", name), `echo ${name} github.com/containerd/containerd ${version}`);
  }
  const upstream = await serve(files);
  try {
    const want = { kubernetes: "1.36.3", containerd: "1.6", coredns: false } as const;
    const found = await ensureBinaries(want, { ...options, sites: { kubernetes: upstream.url, github: upstream.url } });
    const sources = Object.fromEntries(Object.entries(found).map(([name, binary]) => [name, binary.source]));
    assert.deepEqual(sources, {
      etcd: "path",
      "kube-apiserver": "path",
      "kube-controller-manager": "downloaded",
      "kube-scheduler": "downloaded",
      kubelet: "downloaded",
      kubectl: "downloaded",
      containerd: "debian",
      "containerd-shim-runc-v2": "debian",
      ctr: "debian",
    });
    assert.equal(found.containerd.version, "1.6.20~ds1");
    assert.equal(found.coredns, undefined);
    assert.ok(options.told.includes("containerd 1.6.20~ds1: Debian's"));
  } finally {
    await upstream.close();
  }
});

test("Debian's containerd of another series is refused with what to do", async () => {
  const options = await machine("bookworm");
  const want = { kubernetes: "1.37.2", containerd: "1.6", coredns: false } as const;
  await assert.rejects(ensureBinaries(want, options), { hint: /apt-get install containerd/ });
  await program(
    join(options.root, "usr/bin/containerd"),
    `echo containerd github.com/containerd/containerd/v2 v${containerdVersion}`,
  );
  await assert.rejects(ensureBinaries(want, options), /is version 2\./);
});
