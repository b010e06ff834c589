import { request } from "node:http";

import { KuryrError } from "../../api/errors.ts";

/** What the manager of the pools answers, read to its end. */
export interface ManagerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks the controller over its socket. @throws KuryrError where nobody answers there */
export function askManager(
  socketPath: string,
  { method, path, body }: { readonly method: "GET" | "POST"; readonly path: string; readonly body: object },
  signal: AbortSignal,
): Promise<ManagerAnswer> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const asking = request(
      {
        socketPath,
        method,
        path,
        signal,
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("error", reject);
        answer.on("end", () => {
          try {
            resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(pieces).toString("utf8")) });
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    asking.on("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted || !["ENOENT", "ECONNREFUSED", "EACCES"].includes(error.code ?? "")) return reject(error);
      return reject(
        new KuryrError(
          "KURYR_NO_POOL_MANAGER",
          `nobody answers at ${socketPath}: ${error.code}`,
          "run this inside the controller that leads, with vif_pool_driver=neutron and enable_manager=True (docs/operate.md)",
        ),
      );
    });
    asking.end(text);
  });
}
