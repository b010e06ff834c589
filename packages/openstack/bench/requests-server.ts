/**
 * A Keystone and a Neutron that answer with the same bytes always, in a process of their own so that their processor
 * time is not in the measurement. Sends its ports, `{http, https}`, to the parent.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import * as tls from "node:tls";
import { TLS_MATERIAL } from "../src/testing/tls-material.ts";

const HEAD =
  "Content-Type: application/json\r\nX-Openstack-Request-Id: req-11111111-2222-3333-4444-555555555555\r\n" +
  "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

/** As Neutron shows it, with the attributes of the usual extensions: 1.1 kB. */
function port(index: number): object {
  const id = `5b26064b-963e-4f6c-9d5b-${String(index).padStart(12, "0")}`;
  return {
    id,
    name: `demo/web-${index}`,
    network_id: "7b714055-2345-47a1-8a48-ad3ba2c72ff2",
    tenant_id: "c7b2b3f1a5de4f0c9f3f6a0d5f7b2e11",
    project_id: "c7b2b3f1a5de4f0c9f3f6a0d5f7b2e11",
    mac_address: "fa:16:3e:42:7c:a6",
    admin_state_up: true,
    status: "ACTIVE",
    device_id: id,
    device_owner: "compute:kuryr",
    fixed_ips: [{ subnet_id: "2f10201d-1b2a-4d23-a14d-077f3aa65cea", ip_address: "10.50.1.2" }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: ["41c9eada-96d4-433b-aacc-f233ffb63350"],
    description: "",
    "binding:vnic_type": "normal",
    "binding:profile": {},
    "binding:host_id": "node-1",
    "binding:vif_type": "ovs",
    "binding:vif_details": { port_filter: true, connectivity: "l2" },
    port_security_enabled: true,
    qos_policy_id: null,
    tags: ["kuryr:cluster=demo", "kuryr:namespace=default"],
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    revision_number: 3,
  };
}

function answer(status: string, body: object, headers = ""): Buffer {
  const text = JSON.stringify(body);
  return Buffer.from(`HTTP/1.1 ${status}\r\n${HEAD}${headers}Content-Length: ${text.length}\r\n\r\n${text}`);
}

const ONE = answer("200 OK", { port: port(0) });
const CREATED = answer("201 Created", { port: port(0) });
const lists = new Map<string, Buffer>();

/** The list that `?name=N` asks for: of N ports. */
function list(count: string): Buffer {
  let bytes = lists.get(count);
  if (bytes === undefined) {
    bytes = answer("200 OK", { ports: Array.from({ length: Number(count) }, (_, index) => port(index)) });
    lists.set(count, bytes);
  }
  return bytes;
}

function token(): Buffer {
  const now = Date.now();
  const times = { issued_at: new Date(now).toISOString(), expires_at: new Date(now + 3_600_000).toISOString() };
  const user = { id: "u1", name: "kim" };
  return answer("201 Created", { token: { ...times, user, catalog: [] } }, `X-Subject-Token: ${"g".repeat(183)}\r\n`);
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let received = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    const head = received.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = /content-length: (\d+)/i.exec(received)?.[1] ?? "0";
    if (received.length < head + 4 + Number(length)) return;
    const [method = "", target = ""] = received.slice(0, received.indexOf("\r\n")).split(" ");
    received = "";
    if (target.endsWith("/auth/tokens")) socket.write(token());
    else if (method === "POST") socket.write(CREATED);
    else if (target.startsWith("/v2.0/ports/")) socket.write(ONE);
    else socket.write(list(/[?&]name=(\d+)/.exec(target)?.[1] ?? "0"));
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const plain = createServer(serve);
const secure = tls.createServer({ cert: TLS_MATERIAL.serverCert, key: TLS_MATERIAL.serverKey }, serve);
process.send?.({ http: await listen(plain), https: await listen(secure) });
process.on("disconnect", () => process.exit());
