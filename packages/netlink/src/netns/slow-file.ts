import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** A file that keeps whoever writes to it waiting, as the kernel does with settings while its network lock is taken. */
export interface SlowFile extends Disposable {
  /**
   * Lets the writers go on.
   * @returns whether this did it: they are let go after five seconds in any case, or a test that waits could not fail
   */
  release(): Promise<boolean>;
}

/** Makes one, and its directories. Writers in this very thread cannot release it. */
export function slowFile(path: string): SlowFile {
  mkdirSync(dirname(path), { recursive: true });
  execFileSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch (error) {
    // Full: the next writer waits.
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
  }
  const script = 'read -r -t 5 && echo told; head -c 8192 "$0" > /dev/null';
  const reader = spawn("bash", ["-c", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  reader.stdin.on("error", () => {});
  let said = "";
  reader.stdout.on("data", (text: Buffer) => {
    said += text.toString();
  });
  return {
    async release() {
      reader.stdin.write("go\n");
      if (reader.exitCode === null) await once(reader, "close");
      return said === "told\n";
    },
    [Symbol.dispose]() {
      reader.kill();
      closeSync(fd);
    },
  };
}
