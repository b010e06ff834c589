import { request } from "node:http";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** The text as JSON; the text itself where it is none, `undefined` where there is no body. */
  readonly body: Json | undefined;
}

/** One request without any client in between: what is under test is the service. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; a string is sent as it is. */
  readonly body?: Json | undefined;
  readonly timeoutMs?: number;
}

function parsed(text: string): Json | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Sends one request on a connection of its own. @throws when the connection breaks or the answer takes too long */
export function send(raw: RawRequest): Promise<Answer> {
  const body = raw.body === undefined || typeof raw.body === "string" ? raw.body : JSON.stringify(raw.body);
  const headers = {
    Accept: "application/json",
    ...(body === undefined
      ? {}
      : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) }),
    ...raw.headers,
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(raw.timeoutMs ?? 120_000);
    const outgoing = request(raw.url, { method: raw.method, headers, agent: false, signal }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parsed(text) }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** What lies at a path of an answer, for the next request: `at(body, "port", "id")`. @throws when it is not there */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json {
  let here: Json | undefined = value;
  for (const step of path) {
    here =
      typeof here === "object" && here !== null ? (here as Readonly<Record<string | number, Json>>)[step] : undefined;
    if (here === undefined) throw new Error(`no ${path.join(".")} in ${JSON.stringify(value)}`);
  }
  if (here === undefined) throw new Error("the answer has no body");
  return here;
}

/** {@link at} for a string. */
export function text(value: Json | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  if (typeof found !== "string") throw new Error(`${path.join(".")} is no string: ${JSON.stringify(found)}`);
  return found;
}
