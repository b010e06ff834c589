import { kubectl } from "./stack.ts";

/** `kuryrctl pools` in the controller's container; answers what it prints. The manager must be enabled. */
export async function poolsCommand(...words: readonly string[]): Promise<Record<string, unknown>> {
  const main = "/opt/kuryr/packages/kuryr/src/cli/main.ts";
  const argv = ["node", "-C", "kuryr-source", main, "pools", ...words, "--output", "json"];
  const answer: unknown = JSON.parse(
    await kubectl(["-n", "kube-system", "exec", "deployment/kuryr-controller", "--", ...argv]),
  );
  return answer as Record<string, unknown>;
}
