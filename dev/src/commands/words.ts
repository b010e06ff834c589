import { parseArgs, type ParseArgsConfig } from "node:util";

import { StackError } from "../errors.ts";

/** `parseArgs` whose complaint about an option is one for a person. @throws StackError KURYR_DEV_USAGE */
export function parseWords<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const said = error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error);
    throw new StackError("KURYR_DEV_USAGE", said, "npm run stack -- help", { cause: error });
  }
}
