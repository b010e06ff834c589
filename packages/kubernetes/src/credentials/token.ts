import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";

/** Where bearer tokens come from: constant, a file, or an exec plugin. */
export interface TokenSource {
  /** The token to send now. */
  token(signal: AbortSignal): Promise<string>;
  /** The server refused this token with 401; true when another one may be had by asking again. */
  refused(token: string): boolean;
}

/** How long a token is used before the file is looked at again; rotation leaves minutes of validity. */
const RECHECK_MS = 5000;

/** A token that never changes. */
export function constantToken(token: string): TokenSource {
  return { token: () => Promise.resolve(token), refused: () => false };
}

/**
 * A token in a file that somebody rotates (projected service account tokens): read again when the file has changed,
 * which is looked at every five seconds and after a 401.
 *
 * @throws ConfigError when there is no readable token and there never was one.
 */
export function fileToken(path: string, clock: Clock): TokenSource {
  let current: string | undefined;
  let version = "";
  let checkedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<string> | undefined;

  async function read(): Promise<string> {
    try {
      const { mtimeMs, ino, size } = await stat(path);
      const found = `${mtimeMs}/${ino}/${size}`;
      if (current === undefined || found !== version) {
        const text = (await readFile(path, "utf8")).trim();
        if (text === "") throw new Error("the file is empty");
        current = text;
        version = found;
      }
    } catch (error) {
      // A rotation in progress must not fail requests while the old token is still good.
      if (current === undefined) {
        throw new ConfigError(
          `the token file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
          "Check the path and that the service account token is mounted.",
          { cause: error },
        );
      }
    }
    checkedAt = clock.now();
    return current;
  }

  return {
    token() {
      if (current !== undefined && clock.now() - checkedAt < RECHECK_MS) return Promise.resolve(current);
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    refused() {
      checkedAt = Number.NEGATIVE_INFINITY;
      version = "";
      return true;
    },
  };
}
