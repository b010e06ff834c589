import { existsSync, rmSync, writeFileSync } from "node:fs";

import { run, succeeds } from "./exec.ts";
import type { Step, Work } from "../supervisor/unit.ts";

const policy = "/usr/sbin/policy-rc.d";

/** Names of the packages of the list that are not installed. */
export async function notInstalled(packages: readonly string[]): Promise<string[]> {
  const { stdout } = await run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", ...packages], {
    accept: [0, 1],
  });
  const installed = new Set(
    stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/** Installs Debian packages without letting any of them start a service. */
export async function installPackages(packages: readonly string[], work: Work): Promise<void> {
  const missing = await notInstalled(packages);
  if (missing.length === 0) return;
  const environment = { DEBIAN_FRONTEND: "noninteractive" };
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const install = [
      "apt-get",
      "install",
      "-y",
      "--no-install-recommends",
      "-o",
      "DPkg::Lock::Timeout=120",
      ...missing,
    ];
    work.say(
      `installing ${missing.length} packages: ${missing.slice(0, 6).join(" ")}${missing.length > 6 ? " ..." : ""}`,
    );
    const options = { env: environment, timeoutMs: 900_000, signal: work.signal, log: work.log };
    // The lists of a fresh machine are empty or old; asking for them first costs seconds and saves a failure.
    await run(["apt-get", "update", "-q"], { ...options, accept: [0, 100] });
    await run(install, options);
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/** A step that installs Debian packages. */
export function packagesStep(name: string, packages: readonly string[], needs: readonly string[] = []): Step {
  return {
    kind: "step",
    name,
    area: "machine",
    needs,
    timeoutMs: 900_000,
    causes: [[/Could not get lock|lock-frontend/, "another package manager is running; try again when it is done"]],
    isDone: async () => (await notInstalled(packages)).length === 0,
    run: (work) => installPackages(packages, work),
  };
}

/** A Python virtual environment with packages pinned by a constraints file; its digest is the mark of being done. */
export function virtualEnvironmentStep(options: {
  name: string;
  needs: readonly string[];
  directory: string;
  packages: readonly string[];
  constraints: string;
  mark: string;
}): Step {
  const markFile = `${options.directory}/.installed-${options.mark}`;
  return {
    kind: "step",
    name: options.name,
    area: "machine",
    needs: options.needs,
    timeoutMs: 900_000,
    isDone: async () => existsSync(markFile),
    run: async (work) => {
      rmSync(options.directory, { recursive: true, force: true });
      await run(["/usr/bin/python3", "-m", "venv", options.directory], { signal: work.signal, log: work.log });
      work.say(`pip install ${options.packages.join(" ")}`);
      // The caller's pip settings (index, certificates) are the machine's way to its registry; everything else stays out.
      const environment: Record<string, string> = { PIP_DISABLE_PIP_VERSION_CHECK: "1" };
      for (const [key, value] of Object.entries(process.env)) {
        if (
          value !== undefined &&
          /^(PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT|PROXY)|https?_proxy|SSL_CERT_FILE)$/i.test(
            key,
          )
        ) {
          environment[key] = value;
        }
      }
      await run(
        [
          `${options.directory}/bin/pip`,
          "install",
          "--no-warn-script-location",
          "-c",
          options.constraints,
          ...options.packages,
        ],
        { env: environment, timeoutMs: 900_000, signal: work.signal, log: work.log },
      );
      if (
        !(await succeeds([
          `${options.directory}/bin/python`,
          "-c",
          "import keystone, neutron, octavia, ovn_octavia_provider",
        ]))
      ) {
        throw new Error("the installed OpenStack cannot be imported");
      }
      writeFileSync(markFile, "");
    },
  };
}
