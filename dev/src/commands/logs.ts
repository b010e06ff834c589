import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { once } from "node:events";

import { StackError } from "../errors.ts";
import { layout, logOf } from "../layout.ts";
import { parseWords } from "./words.ts";

/** `logs NAME [--lines N] [--follow]`. */
export async function logsCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseWords({
    args,
    allowPositionals: true,
    options: { lines: { type: "string", default: "200" }, follow: { type: "boolean", short: "f", default: false } },
  });
  const name = positionals[0];
  const file = name === undefined ? undefined : logOf(name);
  if (file === undefined || !existsSync(file)) {
    const names = existsSync(layout.logs)
      ? readdirSync(layout.logs)
          .filter((f) => f.endsWith(".log"))
          .map((f) => f.slice(0, -4))
      : [];
    throw new StackError(
      "KURYR_DEV_USAGE",
      name === undefined ? "logs takes the name of a component" : `there is no log of ${name}`,
      names.length === 0
        ? "npm run stack -- up"
        : `one of: ${names.sort().join(", ")} (node1/kubelet is node1-kubelet)`,
    );
  }
  const child = spawn("tail", ["-n", values.lines, ...(values.follow ? ["-f"] : []), file], { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 0;
}
