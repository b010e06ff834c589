/** Runs inside a node's namespaces: calls the CNI plugin over and over, and measures the daemon before and after. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

interface Lane {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly netns: string;
}

interface Job {
  readonly pid: number;
  readonly lanes: readonly Lane[];
  readonly warmUp: number;
  readonly cycles: number;
}

/** What the daemon holds at one moment. */
interface Held {
  readonly files: number;
  readonly rss: number;
  /** Bytes of the heap after a collection. */
  readonly heap: number;
}

const job = JSON.parse(readFileSync(0, "utf8")) as Job;

/** The debugger of the daemon: opened by SIGUSR1, it can collect garbage without any code in the daemon for that. */
async function attach(): Promise<{ send(method: string): Promise<Record<string, unknown>>; close(): void }> {
  process.kill(job.pid, "SIGUSR1");
  let url: string | undefined;
  for (const deadline = Date.now() + 10_000; url === undefined && Date.now() < deadline; ) {
    const targets = await fetch("http://127.0.0.1:9229/json/list").then(
      (answer) => answer.json() as Promise<{ webSocketDebuggerUrl?: string }[]>,
      () => [],
    );
    url = targets[0]?.webSocketDebuggerUrl;
    if (url === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (url === undefined) throw new Error("the daemon opened no debugger");
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  let serial = 0;
  return {
    send: (method) =>
      new Promise((resolve) => {
        const id = (serial += 1);
        const onMessage = ({ data }: MessageEvent): void => {
          const message = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown> };
          if (message.id !== id) return;
          socket.removeEventListener("message", onMessage);
          resolve(message.result ?? {});
        };
        socket.addEventListener("message", onMessage);
        socket.send(JSON.stringify({ id, method }));
      }),
    close: () => {
      const expression = "process._debugEnd()";
      socket.send(JSON.stringify({ id: (serial += 1), method: "Runtime.evaluate", params: { expression } }));
      socket.close();
    },
  };
}

function call(command: string, id: string, { namespace, name, uid, netns }: Lane): Promise<void> {
  const env = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    CNI_COMMAND: command,
    CNI_CONTAINERID: id,
    CNI_NETNS: netns,
    CNI_IFNAME: "eth0",
    CNI_PATH: "/opt/cni/bin",
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name};K8S_POD_UID=${uid}`,
  };
  return new Promise((resolve, reject) => {
    const child = spawn("/opt/cni/bin/kuryr-cni", [], { env, stdio: ["pipe", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: ${text}`))));
    child.stdin.end(JSON.stringify({ cniVersion: "1.0.0", name: "kuryr", type: "kuryr-cni" }));
  });
}

/** Each lane adds and deletes its pod, one sandbox after the other, until all cycles are done. */
async function churn(cycles: number): Promise<void> {
  let left = cycles;
  await Promise.all(
    job.lanes.map(async (lane) => {
      while (left > 0) {
        left -= 1;
        const id = randomBytes(32).toString("hex");
        await call("ADD", id, lane);
        await call("DEL", id, lane);
      }
    }),
  );
}

const inspector = await attach();

async function held(): Promise<Held> {
  // Twice: what the first collection finalises, the second frees.
  for (let i = 0; i < 2; i += 1) await inspector.send("HeapProfiler.collectGarbage");
  const { usedSize } = await inspector.send("Runtime.getHeapUsage");
  const status = readFileSync(`/proc/${job.pid}/status`, "utf8");
  return {
    files: readdirSync(`/proc/${job.pid}/fd`).length,
    rss: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024,
    heap: Number(usedSize),
  };
}

const first = await held();
const start = performance.now();
await churn(job.warmUp);
const warm = await held();
await churn(job.cycles - job.warmUp);
const last = await held();
inspector.close();
process.stdout.write(JSON.stringify({ first, warm, last, seconds: (performance.now() - start) / 1000 }));
