import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { finished } from "node:stream/promises";

import { StackError } from "../errors.ts";
import type { TarEntry } from "../images/tar.ts";
import { completeTree, fileEntry, textEntry } from "../images/tree.ts";
import { cleanEnv } from "../machine/exec.ts";
import { cpioArchive } from "./cpio.ts";
import type { GuestKernel } from "./kernel.ts";
import { modulesInOrder } from "./modules.ts";
import type { Payload } from "./payload.ts";

export interface GuestOptions {
  readonly kernel: GuestKernel;
  readonly payload: Payload;
  /** Kernel modules to load before the payload runs; what they need is loaded with them. */
  readonly modules?: readonly string[];
  /** Default 768: the files live in memory, and Node is large. */
  readonly memoryMiB?: number;
  /** Further words for the emulator, such as `-netdev` and `-device`. */
  readonly devices?: readonly string[];
  /** Milliseconds from starting the emulator to its end. Default 240,000: everything runs 10 to 20 times slower than here. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** What the payload left, once the guest is gone. */
export interface GuestResult {
  readonly exitCode: number;
  /** What it printed on its standard output. */
  readonly stdout: string;
  /** The guest's console: the kernel's messages, and what the payload printed on its standard error. */
  readonly console: string;
  /** From starting the emulator until the payload began, and to the end, in milliseconds. */
  readonly bootMs: number;
  readonly totalMs: number;
}

const began = "guest: payload begins";
const ended = /\nguest: payload ended with (\d+)\n?$/;

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The first process of the guest. The payload's output has a serial line of its own, which the kernel never writes to. */
export function initScript(payload: Pick<Payload, "argv" | "env">, modules: readonly string[]): string {
  const env = Object.entries(payload.env ?? {}).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return [
    "#!/bin/busybox sh",
    "busybox mount -t proc proc /proc",
    "busybox mount -t sysfs sysfs /sys",
    "busybox mount -t devtmpfs devtmpfs /dev",
    "busybox mount -t tmpfs tmpfs /run",
    "busybox mount -t tmpfs tmpfs /tmp",
    "exec </dev/null >/dev/ttyS0 2>&1",
    // Without it the line would turn each newline into two characters.
    "busybox stty raw -F /dev/ttyS1",
    ...modules.map((file) => `busybox insmod ${quoted(file)} || echo "guest: ${basename(file)} does not load"`),
    ...env,
    `echo "${began}"`,
    `${payload.argv.map(quoted).join(" ")} >/dev/ttyS1`,
    String.raw`printf '\nguest: payload ended with %s\n' $? >/dev/ttyS1`,
    "busybox poweroff -f",
    "",
  ].join("\n");
}

async function archiveOf(options: GuestOptions): Promise<Buffer> {
  const modules = await modulesInOrder(options.kernel, options.modules ?? []);
  const inGuest = (file: string): string => `/lib/modules/${basename(file)}`;
  const entries: TarEntry[] = [
    ...["proc", "sys", "dev", "run", "tmp"].map((path): TarEntry => ({ type: "directory", path, mode: 0o755 })),
    await fileEntry("/bin/busybox", "bin/busybox", 0o755),
    { type: "symlink", path: "bin/sh", target: "busybox" },
    textEntry("init", initScript(options.payload, modules.map(inGuest)), 0o755),
    ...options.payload.entries,
  ];
  for (const file of modules) entries.push(await fileEntry(file, inGuest(file).slice(1), 0o644));
  return cpioArchive(completeTree(entries));
}

/**
 * Boots a small virtual machine without any hardware support (a processor emulated in software) whose first and only
 * work is the payload, and waits until it is off again.
 * @throws StackError KURYR_DEV_GUEST with the console's last lines when the payload never came to its end
 */
export async function bootGuest(options: GuestOptions): Promise<GuestResult> {
  const { kernel, signal, timeoutMs = 240_000, memoryMiB = 768 } = options;
  const directory = await mkdtemp(join(tmpdir(), "kuryr-guest-"));
  try {
    const archive = join(directory, "initramfs");
    const output = join(directory, "stdout");
    const file = createWriteStream(archive);
    file.end(await archiveOf(options));
    await finished(file);
    const start = performance.now();
    const words = [
      ["-machine", "q35,accel=tcg", "-cpu", "max", "-smp", "2", "-m", String(memoryMiB)],
      ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ["-kernel", kernel.image, "-initrd", archive, "-append", "console=ttyS0 panic=-1 quiet"],
      ["-serial", "stdio", "-serial", `file:${output}`],
      options.devices ?? [],
    ].flat();
    const child = spawn("qemu-system-x86_64", words, { env: cleanEnv, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let bootMs = Number.NaN;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (Number.isNaN(bootMs) && said.includes(began)) bootMs = performance.now() - start;
      });
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const kill = (): void => void child.kill("SIGKILL");
    limit.addEventListener("abort", kill, { once: true });
    if (limit.aborted) kill();
    try {
      await once(child, "close");
    } finally {
      limit.removeEventListener("abort", kill);
    }
    signal.throwIfAborted();
    const text = await readFile(output, "utf8").catch(() => "");
    const end = ended.exec(text);
    if (end === null) {
      const why = limit.aborted ? `ran out of time after ${timeoutMs / 1000} s` : "is off before its payload ended";
      const tail = said.trimEnd().split("\n").slice(-12).join("\n    ");
      throw new StackError("KURYR_DEV_GUEST", `the guest ${why}; its console:\n    ${tail}`);
    }
    return {
      exitCode: Number(end[1]),
      stdout: text.slice(0, end.index),
      console: said.replaceAll("\r\n", "\n"),
      bootMs,
      totalMs: performance.now() - start,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
