/** Base of every error this package throws (an abort throws the signal's own reason instead). */
export class KubernetesError extends Error {
  /** Stable, for programs: `KUBERNETES_...`. */
  readonly code: string;
  /** What to do next, for people. */
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
  }
}

/** The caller's own mistake: a missing name, options that contradict each other. Code `KUBERNETES_USAGE`. */
export class UsageError extends KubernetesError {
  constructor(message: string, hint: string) {
    super("KUBERNETES_USAGE", message, hint);
  }
}

/** Connection settings that cannot be used (kubeconfig, in-cluster files). Code `KUBERNETES_CONFIG`. */
export class ConfigError extends KubernetesError {
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super("KUBERNETES_CONFIG", message, hint, options);
  }
}

/** An exec credential plugin that gave no token. Code `KUBERNETES_EXEC_PLUGIN`. */
export class ExecPluginError extends KubernetesError {
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super("KUBERNETES_EXEC_PLUGIN", message, hint, options);
  }
}

/** No answer: refused, reset, TLS failure, ended half-way. Code `KUBERNETES_CONNECTION`. */
export class ConnectionError extends KubernetesError {
  /** The system's own code, such as `ECONNRESET`, where there is one. */
  readonly systemCode: string | undefined;
  /** True when the request went out on a kept-alive connection that the server may just have closed. */
  readonly reusedSocket: boolean;

  constructor(message: string, options: { cause?: unknown; systemCode?: string | undefined; reusedSocket?: boolean }) {
    super("KUBERNETES_CONNECTION", message, hintForSystemCode(options.systemCode), { cause: options.cause });
    this.systemCode = options.systemCode;
    this.reusedSocket = options.reusedSocket ?? false;
  }
}

/** The request's own time limit passed. A write may still have happened. Code `KUBERNETES_REQUEST_TIMEOUT`. */
export class RequestTimeoutError extends KubernetesError {
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super(
      "KUBERNETES_REQUEST_TIMEOUT",
      `${what} got no complete answer in ${timeoutMs} ms`,
      "Read the object again before repeating a write; look at the API server's load, or raise timeoutMs.",
    );
    this.timeoutMs = timeoutMs;
  }
}

/** A watch that has been silent for too long, bookmarks included. Code `KUBERNETES_WATCH_STALLED`. */
export class WatchStalledError extends KubernetesError {
  readonly silentMs: number;

  constructor(what: string, silentMs: number) {
    super(
      "KUBERNETES_WATCH_STALLED",
      `${what} was silent for ${Math.round(silentMs)} ms`,
      "The peer is probably gone, or something between drops idle connections; the informer reconnects.",
    );
    this.silentMs = silentMs;
  }
}

/** An answer that is not what the protocol promises: broken JSON, an endless line. Code `KUBERNETES_PROTOCOL`. */
export class ProtocolError extends KubernetesError {
  constructor(message: string, options?: ErrorOptions) {
    super("KUBERNETES_PROTOCOL", message, "Check what stands between this client and the API server.", options);
  }
}

/** The error for an answer that JSON.parse refused. */
export function notJson(what: string, text: string, cause: unknown): ProtocolError {
  return new ProtocolError(`${what}: the answer is not JSON: ${text.slice(0, 100)}`, { cause });
}

/** A leader that could not renew in time; the reason of the election's abort. Code `KUBERNETES_LEASE_LOST`. */
export class LeaseLostError extends KubernetesError {
  constructor(message: string, options?: ErrorOptions) {
    super("KUBERNETES_LEASE_LOST", message, "Stop writing at once; another replica may lead by now.", options);
  }
}

/** The reason of the signal given to a reconcile that ran too long. Code `KUBERNETES_RECONCILE_TIMEOUT`. */
export class ReconcileTimeoutError extends KubernetesError {
  constructor(key: string, timeoutMs: number) {
    super(
      "KUBERNETES_RECONCILE_TIMEOUT",
      `${key}: the reconcile took longer than ${timeoutMs} ms`,
      "See what it waits for; every wait in it should take the signal.",
    );
  }
}

function hintForSystemCode(code: string | undefined): string {
  if (code === undefined) return "Check that the API server is reachable; repeat with back-off.";
  if (code.includes("CERT") || code.includes("TLS") || code.includes("SELF_SIGNED") || code.startsWith("ERR_SSL")) {
    return "Check the certificate authority given to the client and the names in the server's certificate.";
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "Check the server's host name and DNS.";
  if (code === "ECONNREFUSED") return "Check the server's address and port, and that it runs.";
  return "Check that the API server is reachable; repeat with back-off.";
}
