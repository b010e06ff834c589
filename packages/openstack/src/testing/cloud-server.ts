import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { ObjectStore } from "./object-store.ts";

/** One request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Length of method, path with query and protocol. */
  readonly lineBytes: number;
  readonly remotePort: number;
}

export interface Reply {
  readonly status: number;
  /** JSON, or text when it is text; undefined for none. */
  readonly body?: unknown;
  readonly headers?: http.OutgoingHttpHeaders;
}

/** How one request goes wrong: another answer, or what happens to the connection. */
export type Fault = Reply | "reset" | "hang" | "lost-answer" | ((response: http.ServerResponse) => void);

export interface CloudServerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Milliseconds since 1970, for token times. */
  readonly wallTime?: () => number;
}

export const REQUEST_ID = "req-11111111-2222-3333-4444-555555555555";
export const SECRETS = { password: 'pass"word-7', secret: "app-cred-secret-9" } as const;

/** Keystone, Neutron and Octavia in a few lines on one port: honest about tokens, lists and writes, faulty when told. */
export class CloudServer {
  readonly requests: SeenRequest[] = [];
  readonly store = new ObjectStore();
  /** Asked for every request, before anything is done. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** Life of the tokens that are issued from now on. */
  tokenLifeMs = 3_600_000;
  /** Added to the server's clock. */
  skewMs = 0;
  /** In the catalogue, by service type, on top of the server's own address. */
  suffixes: Readonly<Record<string, string>> = { identity: "/v3", network: "", "load-balancer": "" };
  region = "RegionOne";
  readonly #tokens = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server: http.Server;
  readonly #wallTime: () => number;
  readonly #scheme: string;
  #issued = 0;

  private constructor(options: CloudServerOptions) {
    const listener = (incoming: http.IncomingMessage, response: http.ServerResponse): void => {
      void this.#receive(incoming, response);
    };
    this.#server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
    this.#scheme = options.tls === undefined ? "http" : "https";
    this.#wallTime = options.wallTime ?? Date.now;
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  static async start(options: CloudServerOptions = {}): Promise<CloudServer> {
    const server = new CloudServer(options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    const address = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${address.port}`;
  }

  /** Requests for a token. */
  get authentications(): readonly SeenRequest[] {
    return this.requests.filter(({ path }) => path === "/v3/auth/tokens");
  }

  /** Requests for anything else. */
  get calls(): readonly SeenRequest[] {
    return this.requests.filter(({ path }) => path !== "/v3/auth/tokens");
  }

  /** From now on every token issued so far is refused. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** A token that was made elsewhere. */
  addToken(value: string): void {
    this.#tokens.set(value, this.#wallTime() + this.tokenLifeMs);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #receive(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
    const url = new URL(incoming.url ?? "/", "http://server");
    const request: SeenRequest = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(parts).toString("utf8"),
      lineBytes: `${incoming.method} ${incoming.url} HTTP/1.1`.length,
      remotePort: incoming.socket.remotePort ?? 0,
    };
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault === "hang") return;
    if (fault === "reset") incoming.socket.destroy();
    else if (typeof fault === "function") fault(response);
    else if (fault === "lost-answer") {
      this.#answer(request);
      incoming.socket.destroy();
    } else send(response, fault ?? this.#answer(request), new Date(this.#wallTime() + this.skewMs));
  }

  #answer(request: SeenRequest): Reply {
    if (request.path === "/v3/auth/tokens") return this.#authenticate(request);
    const expires = this.#tokens.get(String(request.headers["x-auth-token"]));
    if (expires === undefined || expires <= this.#wallTime()) return unauthorized();
    return this.store.answer(request, this.url);
  }

  #authenticate(request: SeenRequest): Reply {
    if (request.method === "GET") {
      const subject = String(request.headers["x-subject-token"]);
      return this.#tokens.has(subject) ? { ...this.#description(), status: 200 } : unauthorized();
    }
    const { password, secret } = SECRETS;
    const known = [password, secret, ...this.#tokens.keys()];
    const asked: { auth: { identity: Record<string, { user?: { password: string }; secret?: string; id?: string }> } } =
      JSON.parse(request.body);
    const { identity } = asked.auth;
    const given =
      identity["password"]?.user?.password ?? identity["application_credential"]?.secret ?? identity["token"]?.id;
    if (given === undefined || !known.includes(given)) return unauthorized();
    const token = `token-${++this.#issued}-secret`;
    this.#tokens.set(token, this.#wallTime() + this.tokenLifeMs);
    return { ...this.#description(), headers: { "X-Subject-Token": token } };
  }

  #description(): Reply {
    const issued = this.#wallTime() + this.skewMs;
    const catalog = Object.entries(this.suffixes).map(([type, suffix]) => ({
      type,
      endpoints: [
        { interface: "public", region: this.region, region_id: this.region, url: this.url + suffix },
        { interface: "internal", region: this.region, region_id: this.region, url: "http://internal.invalid" },
      ],
    }));
    return {
      status: 201,
      body: {
        token: {
          issued_at: new Date(issued).toISOString(),
          expires_at: new Date(issued + this.tokenLifeMs).toISOString(),
          user: { id: "u1", name: "kim", domain: { id: "default", name: "Default" } },
          project: { id: "p1", name: "blue", domain: { id: "default", name: "Default" } },
          roles: [{ id: "r1", name: "member" }],
          catalog,
        },
      },
    };
  }
}

function unauthorized(): Reply {
  const message = "The request you have made requires authentication.";
  return { status: 401, body: { error: { code: 401, title: "Unauthorized", message } } };
}

function send(response: http.ServerResponse, { status, body, headers }: Reply, now: Date): void {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "x-openstack-request-id": REQUEST_ID, Date: now.toUTCString(), ...headers });
  response.end(text);
}
