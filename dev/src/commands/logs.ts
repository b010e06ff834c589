import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { once } from "node:events";

import { StackError } from "../errors.ts";
import { layout, logOf } from "../layout.ts";
import { kuryrComponents, logFilesOf } from "../kuryr/pods.ts";
import { defaultOptions, recordedOptions } from "../options.ts";
import { describeStack } from "../stack.ts";
import { parseWords } from "./words.ts";

/** What kubelets have of a component that runs in a pod: the newest container's file. */
function podLogOf(name: string): string | undefined {
  const { nodes } = describeStack(recordedOptions() ?? defaultOptions);
  const component = kuryrComponents(nodes).find((one) => one.name === name);
  return component === undefined ? undefined : logFilesOf(component).at(-1);
}

/** `logs NAME [--lines N] [--follow]`. */
export async function logsCommand(args: string[]): Promise<number> {
  const { values, positionals } = parseWords({
    args,
    allowPositionals: true,
    options: { lines: { type: "string", default: "200" }, follow: { type: "boolean", short: "f", default: false } },
  });
  const name = positionals[0];
  const podLog = name === undefined ? undefined : podLogOf(name);
  const file = name === undefined ? undefined : (podLog ?? logOf(name));
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
  const tail = ["tail", "-n", values.lines, ...(values.follow ? ["-F"] : []), file];
  // The container runtime writes time, stream and a mark before each line.
  const plain = `"$@" | sed -u 's/^[^ ]* std[a-z]* [FP] //'`;
  const argv = podLog === undefined ? tail : ["sh", "-c", plain, "logs", ...tail];
  const child = spawn(argv[0] ?? "tail", argv.slice(1), { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 0;
}
