import { relative } from "node:path";
import { run } from "node:test";

/** How one test ended. */
export interface TestResult {
  readonly name: string;
  /** Repository-relative, or the name of a stage for a check that is no file of tests. */
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly ms: number;
  /** Why it was skipped or failed. */
  readonly why?: string;
  /** Its diagnostics, a line each. */
  readonly told?: string[];
}

export interface RunFiles {
  readonly root: string;
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
  /** Milliseconds for one file. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
  /** Prints every test and its figures; else only what failed or was skipped. */
  readonly verbose: boolean;
}

/** The innermost reason of a failed test, as text for a person. */
export function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (!(inner instanceof Error)) return String(inner);
  return inner.stack ?? inner.message;
}

export const indented = (text: string, by: string): string => text.trimEnd().replaceAll(/^/gm, by);

/**
 * Runs files of node:test, each in a process of its own, and tells how every test in them ended.
 * A file that crashes or holds no test is a failed test with the file's name. Aborting ends the processes.
 */
export async function runTestFiles(options: RunFiles): Promise<TestResult[]> {
  const { root, write, verbose } = options;
  const results: TestResult[] = [];
  const stream = run({
    cwd: root,
    files: [...options.files],
    concurrency: options.concurrency,
    timeout: options.timeoutMs,
    execArgv: ["-C", "kuryr-source", "--disable-warning=ExperimentalWarning"],
    signal: options.signal,
  });
  const fileOf = (path: string | undefined): string => (path === undefined ? "?" : relative(root, path));
  // A file itself is reported as a test of that name; only when it failed by itself does it count as one.
  const isFile = (name: string): boolean =>
    options.files.some((file) => name === file || name === relative(root, file));
  const seen = new Set<string>();
  for await (const event of stream) {
    if (event.type === "test:pass" || event.type === "test:fail") {
      const { name, details, skip, todo, nesting } = event.data;
      const file = fileOf(event.data.entryFile ?? event.data.file);
      if (details.type === "suite") continue;
      const ms = details.duration_ms;
      if (event.type === "test:fail") {
        const why = reasonOf(event.data.details.error);
        seen.add(file);
        results.push({ name, file, outcome: "failed", ms, why, told: [] });
        write(`  !!  ${file}: ${name}\n${indented(why, "        ")}`);
      } else if (!isFile(name)) {
        seen.add(file);
        const skipped = skip !== undefined && skip !== false;
        const why = skipped ? (typeof skip === "string" ? skip : "without a reason") : undefined;
        results.push({
          name,
          file,
          outcome: skipped || todo === true ? "skipped" : "passed",
          ms,
          ...(why === undefined ? {} : { why }),
        });
        if (skipped) write(`  --  ${file}: ${name}: skipped: ${why}`);
        else if (verbose) write(`  ok  ${"  ".repeat(nesting)}${name} (${(ms / 1000).toFixed(1)} s)`);
      }
    } else if (event.type === "test:diagnostic" && event.data.file !== undefined) {
      // Those of a test follow how it ended.
      const file = fileOf(event.data.entryFile ?? event.data.file);
      results.findLast((one) => one.file === file)?.told?.push(event.data.message);
      if (verbose) write(`      ${event.data.message}`);
    } else if (event.type === "test:stdout" || event.type === "test:stderr") {
      if (verbose || event.type === "test:stderr") write(indented(event.data.message, "      | "));
    }
  }
  for (const file of options.files.map((file) => fileOf(file))) {
    if (seen.has(file) || options.signal.aborted) continue;
    const why = "it holds no test";
    results.push({ name: file, file, outcome: "failed", ms: 0, why });
    write(`  !!  ${file}: ${why}`);
  }
  return results;
}
