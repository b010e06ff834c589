import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { StackError } from "../errors.ts";
import type { DownloadSite } from "./catalogue.ts";
import { checksumOf } from "./choose.ts";

/** Base URLs without a trailing slash. A mirror is named here. */
export type DownloadSites = Readonly<Record<DownloadSite, string>>;

export const upstreamSites: DownloadSites = { kubernetes: "https://dl.k8s.io", github: "https://github.com" };

const connectMs = 60_000;
const wholeMs = 30 * 60_000;

function failed(url: string, why: string, cause?: unknown): StackError {
  return new StackError("KURYR_DEV_DOWNLOAD", `${url}: ${why}`, undefined, { cause });
}

/** The innermost reason of a failed fetch (`ENOTFOUND` rather than "fetch failed"). */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}

async function request(url: string, signal: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error(`no answer after ${connectMs / 1000} s`)), connectMs);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, late.signal, AbortSignal.timeout(wholeMs)]) });
    if (!response.ok) throw failed(url, `HTTP ${response.status}`);
    return response;
  } finally {
    clearTimeout(timer);
  }
}

async function attempt<T>(url: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StackError) throw error;
    throw failed(url, reasonOf(error), error);
  }
}

/**
 * Downloads one file and checks its SHA-256 against the release's checksum file. What fails the check is removed.
 * @param url of the file; its last path segment is its name in the checksum file
 * @throws StackError KURYR_DEV_DOWNLOAD, or KURYR_DEV_CHECKSUM
 */
export async function download(url: string, checksumsUrl: string, file: string, signal: AbortSignal): Promise<void> {
  const wanted = await attempt(checksumsUrl, signal, async () => {
    const text = await (await request(checksumsUrl, signal)).text();
    const digest = checksumOf(url.slice(url.lastIndexOf("/") + 1), text);
    if (digest === undefined) throw failed(checksumsUrl, `lists no SHA-256 for ${url}`);
    return digest;
  });
  const hash = createHash("sha256");
  try {
    await attempt(url, signal, async () => {
      const response = await request(url, signal);
      if (response.body === null) throw failed(url, "an answer without a body");
      await pipeline(
        Readable.fromWeb(response.body),
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(file),
        { signal },
      );
    });
    const got = hash.digest("hex");
    if (got !== wanted) {
      throw new StackError("KURYR_DEV_CHECKSUM", `${url} has SHA-256 ${got}, its release says ${wanted}`);
    }
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}
