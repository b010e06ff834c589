import { access, realpath } from "node:fs/promises";
import { join } from "node:path";

import { corednsVersion } from "../binaries/catalogue.ts";
import { ensureCoreDns } from "../binaries/ensure.ts";
import { StackError } from "../errors.ts";
import { compileStatic } from "./compile.ts";
import { libraryClosure } from "./libraries.ts";
import { type ImageSource, packImage, type PackedImage } from "./pack.ts";
import { type Component, productImage } from "./product.ts";
import type { TarEntry } from "./tar.ts";
import { fileEntry, textEntry } from "./tree.ts";

export type ImageName = "pause" | "demo" | "coredns";

/** The Debian packages that the images are made from and compiled with. */
export const packagesForImages: readonly string[] = [
  "busybox-static",
  "curl",
  "dash",
  "gcc",
  "iproute2",
  "iputils-ping",
  "libc-bin",
  "musl-tools",
  "netcat-openbsd",
];

export interface ImageOptions {
  /** Images go to `<cacheDir>/images`. */
  readonly cacheDir: string;
  readonly progress: (text: string) => void;
  readonly signal?: AbortSignal;
  /** The CoreDNS program, statically linked. Found, built or downloaded when it is not named here. */
  readonly coredns?: string;
}

type Recipe = (options: ImageOptions & { readonly signal: AbortSignal }) => Promise<ImageSource>;

/** Programs of the demo image that are the real ones: by name in the image, where Debian has them, in which package. */
const demoPrograms: readonly { name: string; at: string; package: string }[] = [
  { name: "dash", at: "/bin/dash", package: "dash" },
  { name: "curl", at: "/usr/bin/curl", package: "curl" },
  { name: "ping", at: "/bin/ping", package: "iputils-ping" },
  { name: "ip", at: "/bin/ip", package: "iproute2" },
  { name: "ss", at: "/bin/ss", package: "iproute2" },
  { name: "nc", at: "/bin/nc.openbsd", package: "netcat-openbsd" },
];

/** What busybox stands in for. Its `sh`, `nc`, `wget` and `ping` are left out: the real ones behave as users expect. */
const demoApplets =
  "[ awk base64 basename cat chmod chown cp cut date dd df dirname du echo env expr false find grep gzip head hostname id kill " +
  "ln ls md5sum mkdir mkfifo mktemp more mount mv netstat nslookup od printf ps pwd readlink rm rmdir sed seq sha256sum " +
  "sleep sort stat stty tail tar tee test timeout top touch tr traceroute true tty umount uname uniq vi wc which " +
  "whoami xargs yes";

const sources = join(import.meta.dirname, "../../images");

function imagesDirectory(options: Pick<ImageOptions, "cacheDir">): string {
  return join(options.cacheDir, "images");
}

/** A program of the machine with all links resolved. @throws StackError KURYR_DEV_IMAGE naming its package */
async function installed(path: string, debianPackage: string): Promise<string> {
  try {
    await access(path);
    return await realpath(path);
  } catch {
    throw new StackError(
      "KURYR_DEV_IMAGE",
      `the demo image needs ${path}, which is not there`,
      `apt-get install ${debianPackage}`,
    );
  }
}

const pause: Recipe = async (options) => {
  const program = await compileStatic(
    "pause",
    join(sources, "pause/pause.c"),
    join(imagesDirectory(options), "compiled"),
    options.signal,
  );
  return {
    name: "pause",
    ref: "kuryr/pause:1",
    config: { entrypoint: ["/pause"], user: "65535:65535" },
    entries: [await fileEntry(program, "pause", 0o755)],
  };
};

const demo: Recipe = async (options) => {
  const compiled = join(imagesDirectory(options), "compiled");
  const server = await compileStatic("demo-server", join(sources, "demo/demo-server.c"), compiled, options.signal);
  const busybox = await installed("/bin/busybox", "busybox-static");
  const programs: string[] = [];
  const entries: TarEntry[] = [
    { type: "symlink", path: "bin/sh", target: "dash" },
    { type: "directory", path: "tmp", mode: 0o1777 },
    { type: "directory", path: "root", mode: 0o700 },
    textEntry("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"),
    textEntry("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    // Without it glibc asks DNS before /etc/hosts.
    textEntry("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    await fileEntry(server, "bin/demo-server", 0o755),
    await fileEntry(busybox, "bin/busybox", 0o755),
  ];
  for (const { name, at, package: debianPackage } of demoPrograms) {
    const program = await installed(at, debianPackage);
    programs.push(program);
    entries.push(await fileEntry(program, `bin/${name}`, 0o755));
  }
  for (const applet of demoApplets.split(" "))
    entries.push({ type: "symlink", path: `bin/${applet}`, target: "busybox" });
  for (const library of await libraryClosure(programs, options.signal)) {
    entries.push(await fileEntry(library, library.slice(1), 0o755));
  }
  return {
    name: "demo",
    ref: "kuryr/demo:1",
    config: {
      cmd: ["/bin/demo-server"],
      env: ["PATH=/bin"],
      workingDir: "/",
      exposedPorts: ["8080/tcp", "9090/udp"],
    },
    entries,
  };
};

const coredns: Recipe = async (options) => {
  const program = options.coredns ?? (await ensureCoreDns(options)).path;
  return {
    name: "coredns",
    ref: `kuryr/coredns:${corednsVersion}`,
    config: { entrypoint: ["/coredns"], workingDir: "/", exposedPorts: ["53/tcp", "53/udp"] },
    entries: [await fileEntry(program, "coredns", 0o755)],
  };
};

const recipes: Readonly<Record<ImageName, Recipe>> = { pause, demo, coredns };

/**
 * Packs one image, or finds it packed.
 * @throws StackError KURYR_DEV_IMAGE with the Debian package that is missing
 */
export async function ensureImage(name: ImageName, options: ImageOptions): Promise<PackedImage> {
  const signal = options.signal ?? new AbortController().signal;
  const source = await recipes[name]({ ...options, signal });
  const started = performance.now();
  const packed = await packImage(source, imagesDirectory(options), signal);
  options.progress(`image ${packed.ref}: ${packed.file} (${Math.round(performance.now() - started)} ms)`);
  return packed;
}

/** Packs the images of Kuryr from this checkout, or finds them packed: some seconds, and only when it changed. */
export async function ensureProductImages(options: ImageOptions): Promise<Readonly<Record<Component, PackedImage>>> {
  const signal = options.signal ?? new AbortController().signal;
  const directory = imagesDirectory(options);
  const packed = async (component: Component): Promise<PackedImage> => {
    const image = await packImage(await productImage(component, directory, signal), directory, signal);
    options.progress(`image ${image.ref}: ${image.file}`);
    return image;
  };
  return { controller: await packed("controller"), daemon: await packed("daemon") };
}

/** Packs the images of the stack that are not packed yet: about a second, or a tenth when nothing changed. */
export async function ensureImages(options: ImageOptions): Promise<Readonly<Record<ImageName, PackedImage>>> {
  return {
    pause: await ensureImage("pause", options),
    demo: await ensureImage("demo", options),
    coredns: await ensureImage("coredns", options),
  };
}
