import { readFileSync } from "node:fs";

/** Reads a text file. @throws what `node:fs` throws; `code` ENOENT when there is none. */
export type ReadFile = (path: string) => string;

/** The files of this machine. */
export const readText: ReadFile = (path) => readFileSync(path, "utf8");
