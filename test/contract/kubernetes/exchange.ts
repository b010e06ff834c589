import * as http from "node:http";
import * as https from "node:https";

/** Who asks: the administrator, a user without any right, a token that nobody knows, or no credentials at all. */
export type Caller = "admin" | "stranger" | "unknown-token" | "anonymous";

/** One request as a case writes it. */
export interface Sent {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With the query. */
  readonly path: string;
  /** An object is sent as JSON, a string as it is. */
  readonly body?: object | string | undefined;
  readonly contentType?: string | undefined;
  readonly as?: Caller | undefined;
  readonly userAgent?: string | undefined;
}

/** One answer; `body` is parsed when its type says JSON. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
  readonly headers: http.IncomingHttpHeaders;
}

/** How to reach a target as each caller. */
export interface Endpoint {
  readonly url: string;
  readonly tls: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer };
  /** Headers that make a request the caller's. */
  readonly headers: Readonly<Record<Caller, Readonly<Record<string, string>>>>;
  /** Callers whose requests carry no client certificate. */
  readonly withoutCertificate: readonly Caller[];
}

/** Raw HTTP to one target, with kept-alive connections. */
export class Exchange {
  readonly #endpoint: Endpoint;
  readonly #agents = new Map<boolean, http.Agent>();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  async send(sent: Sent): Promise<Answer> {
    const { response } = await this.open(sent);
    const text = await readAll(response);
    const type = (response.headers["content-type"] ?? "").split(";")[0] ?? "";
    return {
      status: response.statusCode ?? 0,
      type,
      body: type === "application/json" && text !== "" ? JSON.parse(text) : text,
      headers: response.headers,
    };
  }

  /** The answer from its headers on. */
  open(sent: Sent): Promise<{ response: http.IncomingMessage; close: () => void }> {
    const as = sent.as ?? "admin";
    const certified = !this.#endpoint.withoutCertificate.includes(as);
    const { ca, cert, key } = this.#endpoint.tls;
    const secure = this.#endpoint.url.startsWith("https:");
    let agent = this.#agents.get(certified);
    if (agent === undefined) {
      const tls = { ...(ca === undefined ? {} : { ca }), ...(certified && cert && key ? { cert, key } : {}) };
      agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
      this.#agents.set(certified, agent);
    }
    const text = typeof sent.body === "object" ? JSON.stringify(sent.body) : sent.body;
    const contentType = sent.contentType ?? "application/json";
    const options = {
      method: sent.method,
      agent,
      headers: {
        "User-Agent": sent.userAgent ?? "contract/1",
        Accept: "application/json",
        ...(text === undefined ? {} : { "Content-Type": contentType, "Content-Length": Buffer.byteLength(text) }),
        ...this.#endpoint.headers[as],
      },
      signal: AbortSignal.timeout(60_000),
    };
    return new Promise((resolve, reject) => {
      const request = (secure ? https : http).request(new URL(sent.path, this.#endpoint.url), options, (response) =>
        resolve({ response, close: () => request.destroy() }),
      );
      request.on("error", reject);
      request.end(text);
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
