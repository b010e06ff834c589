export interface OpenStackOptions {
  readonly release?: "2026.2" | "zed";
}
export function startOpenStack(_options: OpenStackOptions): Promise<{
  urls: Record<"identity" | "network" | "load-balancer", string>;
  admin: { username: string; password: string; projectName: string };
  stop(): Promise<void>;
}> {
  return Promise.reject(new Error("not yet"));
}
