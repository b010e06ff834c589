import { nodes, kubectl } from "../support/stack.ts";
import { componentLog } from "../support/workloads.ts";

/** Of so many findings, and so many lines of each kind: what has gone wrong once is mostly wrong in the same way. */
const mostFindings = 3;
const mostLines = 12;

const keyPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** What Kuryr and the cluster say of pods and ports that should not be as they are, for who reads the report later. */
export async function evidence(namespace: string, findings: readonly string[]): Promise<string[]> {
  if (findings.length === 0) return [];
  const lines: string[] = [];
  const logs = new Map<string, string[]>();
  for (const name of ["kuryr-controller", ...nodes.map((node) => `${node.name}/kuryr-daemon`)]) {
    try {
      logs.set(name, componentLog(name).split("\n"));
    } catch (error) {
      lines.push(`${name}: ${String(error)}`);
    }
  }
  for (const finding of findings.slice(0, mostFindings)) {
    lines.push(`of "${finding}":`);
    const pod = /^(c\d+) /.exec(finding)?.[1];
    if (pod !== undefined) {
      const of = ["-n", namespace, "get", "events", `--field-selector=involvedObject.name=${pod}`, "--no-headers"];
      lines.push(...(await told(of)).slice(-mostLines));
      lines.push(...(await told(["-n", namespace, "get", "pod", pod, "-o", "jsonpath={.status}"])));
      lines.push(...(await told(["-n", namespace, "get", "kuryrport", pod, "-o", "jsonpath={.spec} {.status}"])));
    }
    const keys = [...(finding.match(keyPattern) ?? []), ...(pod === undefined ? [] : [`${namespace}/${pod}"`])];
    for (const [name, log] of logs) {
      const about = log.filter((line) => keys.some((key) => line.includes(key))).slice(-mostLines);
      lines.push(...about.map((line) => `${name}: ${line}`));
    }
  }
  return lines;
}

async function told(words: readonly string[]): Promise<string[]> {
  const text = await kubectl(words).catch((error: unknown) => String(error));
  return text.split("\n").filter((line) => line.trim() !== "");
}
