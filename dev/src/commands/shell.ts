import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

import { StackError } from "../errors.ts";
import { at } from "../machine/place.ts";
import { placeOf } from "../machine/namespaces.ts";
import { recordedOptions } from "../options.ts";
import { describeStack } from "../stack.ts";

/** `shell NODE [COMMAND...]`: a shell, or one command, where the node's processes run. */
export async function shellCommand(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = rest[0] === "--" ? rest.slice(1) : rest;
  const options = recordedOptions();
  const nodes = options === undefined ? [] : describeStack(options).nodes;
  const node = nodes.find((one) => one.name === name);
  const place = node === undefined ? undefined : placeOf(node);
  if (place?.net === undefined || !existsSync(place.net)) {
    throw new StackError(
      "KURYR_DEV_USAGE",
      name === undefined ? "shell takes the name of a node" : `${name} is not up`,
      nodes.length === 0
        ? "npm run stack -- up"
        : `nodes: ${nodes.map((n) => n.name).join(", ")}; npm run stack -- up brings them up`,
    );
  }
  const argv = at(place, command.length > 0 ? command : [process.env["SHELL"] ?? "/bin/bash"]);
  const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: "inherit", env: { ...process.env, PS1: `${name} # ` } });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
