import { execFile } from "node:child_process";
import type { Clock } from "../clock.ts";
import { ExecPluginError } from "../errors.ts";
import type { ExecPlugin } from "./exec-settings.ts";
import type { TokenSource } from "./token.ts";

/** A plugin that says nothing for so long is ended. */
const RUN_LIMIT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** A token is fetched anew so long before its end, that no request carries one which ends on its way. */
const EARLY_MS = 5000;

interface Credential {
  readonly token: string;
  /** Wall time in milliseconds; infinite when the plugin does not say. */
  readonly expiresAt: number;
}

/**
 * Tokens of an exec credential plugin, kept until their `expirationTimestamp` or a 401; one run serves all who wait.
 *
 * @throws ExecPluginError when the plugin fails, takes too long, or answers with something else than a token.
 */
export function execToken(plugin: ExecPlugin, clock: Clock): TokenSource {
  let current: Credential | undefined;
  let running: Promise<string> | undefined;

  async function run(): Promise<string> {
    const output = await runPlugin(plugin);
    current = parseCredential(output, plugin);
    return current.token;
  }

  return {
    token(signal) {
      if (current !== undefined && clock.wallTime() < current.expiresAt - EARLY_MS) {
        return Promise.resolve(current.token);
      }
      running ??= run().finally(() => {
        running = undefined;
      });
      return unlessAborted(running, signal);
    },
    refused(token) {
      if (current?.token === token) current = undefined;
      return true;
    },
  };
}

/** The run goes on for the others when one who waits for it gives up. */
function unlessAborted<R>(work: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function runPlugin(plugin: ExecPlugin): Promise<string> {
  const { command, args, apiVersion, cluster } = plugin;
  const info = { kind: "ExecCredential", apiVersion, spec: { cluster, interactive: false } };
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      {
        env: { ...process.env, ...Object.fromEntries(plugin.env), KUBERNETES_EXEC_INFO: JSON.stringify(info) },
        timeout: RUN_LIMIT_MS,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
        encoding: "utf8",
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(runFailure(plugin, error, stderr));
      },
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end();
  });
}

/** Never with the plugin's output, which may hold a token; what it writes to standard error is meant to be read. */
function runFailure({ command, installHint }: ExecPlugin, error: Error & { code?: unknown }, stderr: string): Error {
  if (error.code === "ENOENT") {
    return new ExecPluginError(`${command} is not there`, installHint ?? `Install ${command}, or add it to PATH.`, {
      cause: error,
    });
  }
  const said = stderr.trim().slice(-500);
  const how = "killed" in error && error.killed === true ? "was ended: too slow or too long an answer" : "failed";
  const code = typeof error.code === "number" || typeof error.code === "string" ? ` (${error.code})` : "";
  return new ExecPluginError(
    `${command} ${how}${code}${said === "" ? "" : `: ${said}`}`,
    "Run it by hand with KUBERNETES_EXEC_INFO set, and see what it says.",
  );
}

/** Reads the ExecCredential that a plugin printed. @throws ExecPluginError */
export function parseCredential(output: string, { command, apiVersion }: ExecPlugin): Credential {
  const fail = (what: string, hint: string): ExecPluginError => new ExecPluginError(`${command} ${what}`, hint);
  const hint = `It must print an ExecCredential of ${apiVersion}.`;
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw fail("printed no JSON", hint);
  }
  const credential = fieldsOf(answer);
  if (credential.get("kind") !== "ExecCredential") throw fail("printed no ExecCredential", hint);
  if (credential.get("apiVersion") !== apiVersion) throw fail(`did not answer in ${apiVersion}`, hint);
  const status = fieldsOf(credential.get("status"));
  const token = status.get("token");
  if (typeof token !== "string" || token === "") {
    const certificate = status.has("clientCertificateData");
    throw fail(
      certificate ? "gave a client certificate, which is supported in files only" : "gave no token",
      "Use a plugin that gives tokens, or name the certificate in the kubeconfig.",
    );
  }
  // What cannot stand in a header would fail each request in a way that says less.
  if (!/^[\x21-\x7e]+$/.test(token)) throw fail("gave a token with characters that no token has", hint);
  const until = status.get("expirationTimestamp") ?? undefined;
  const expiresAt = typeof until === "string" ? Date.parse(until) : Number.POSITIVE_INFINITY;
  if (Number.isNaN(expiresAt) || (until !== undefined && typeof until !== "string")) {
    throw fail("gave an expirationTimestamp that is no time", "It must be RFC 3339.");
  }
  return { token, expiresAt };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}
