// Interim until @kuryr/openstack has landed.
import http from "node:http";
export interface Cloud {
  request(
    service: string,
    method: string,
    path: string,
    o?: { body?: unknown; query?: Record<string, string>; signal?: AbortSignal },
  ): Promise<{ status: number; body: unknown }>;
}
function call(
  method: string,
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: unknown }> {
  return new Promise((resolve, reject) => {
    const r = http.request(
      url,
      {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        agent: false,
      },
      (res) => {
        let t = "";
        res.setEncoding("utf8").on("data", (d: string) => {
          t += d;
        });
        res.on("end", () => {
          if ((res.statusCode ?? 0) >= 400) reject(new Error(`${method} ${url}: ${res.statusCode} ${t.slice(0, 500)}`));
          else
            resolve({ status: res.statusCode ?? 0, headers: res.headers, body: t === "" ? undefined : JSON.parse(t) });
        });
      },
    );
    r.on("error", reject);
    r.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
export function connect(o: {
  auth: {
    type: string;
    authUrl: string;
    username: string;
    password: string;
    userDomainName: string;
    projectName: string;
    projectDomainName: string;
  };
  region: string;
}): Cloud {
  let token: Promise<string> | undefined;
  const host = new URL(o.auth.authUrl).hostname;
  const bases: Record<string, string> = {
    identity: `http://${host}:5000`,
    network: `http://${host}:9696`,
    "load-balancer": `http://${host}:9876`,
  };
  const auth = async (): Promise<string> => {
    const r = await call(
      "POST",
      `${o.auth.authUrl}/auth/tokens`,
      {},
      {
        auth: {
          identity: {
            methods: ["password"],
            password: { user: { name: o.auth.username, password: o.auth.password, domain: { name: "Default" } } },
          },
          scope: { project: { name: o.auth.projectName, domain: { name: "Default" } } },
        },
      },
    );
    return String(r.headers["x-subject-token"]);
  };
  return {
    request: async (service, method, path, options = {}) => {
      token ??= auth();
      const q = options.query === undefined ? "" : `?${new URLSearchParams(options.query).toString()}`;
      return call(method, `${bases[service]}${path}${q}`, { "x-auth-token": await token }, options.body);
    },
  };
}
