import { choice, kubernetesHelp, kubernetesOptions, readWords, type Command } from "../command.ts";
import { connections } from "../connect.ts";
import { table, type Cell, type Tone } from "../terminal.ts";
import { upgradeChecks, upgradeStatus, worst, type UpgradeCheck } from "./check.ts";
import { observeOld } from "./observe.ts";

const tones: Readonly<Record<UpgradeCheck["result"], Tone>> = { Success: "good", Warning: "warning", Failure: "bad" };

/** `kuryrctl upgrade-check`: what `kuryr-k8s-status upgrade check` was. */
export const upgradeCheckCommand: Command = {
  name: "upgrade-check",
  summary: "whether this version can take the cluster over from Kuryr-Kubernetes",
  help: `usage: kuryrctl upgrade-check [--output text|json]

${kubernetesHelp}
  --output FORMAT     text or json

Status: 0 success, 1 a warning, 2 a failure, 255 the checks could not be made.`,
  statusOfErrors: 255,
  run: async (words, { terminal, environment, signal }) => {
    const { values } = readWords("upgrade-check", words, {
      ...kubernetesOptions,
      output: { type: "string", default: "text" },
    });
    const output = choice("upgrade-check", "output", values.output, ["text", "json"]);
    const { kubeconfig, context } = values;
    const connected = connections({
      kubeconfig,
      context,
      configFiles: undefined,
      configDirectories: undefined,
      environment,
    });
    try {
      const checks = upgradeChecks(await observeOld(connected.kubernetes, { signal }));
      const result = worst(checks);
      if (output === "json") terminal.line(JSON.stringify({ result, checks }, undefined, 2));
      else {
        const rows = checks.map((one): Cell[] => [
          one.check,
          { text: one.result, tone: tones[one.result] },
          one.details,
        ]);
        for (const line of table(["CHECK", "RESULT", "DETAILS"], rows, terminal.tone)) terminal.line(line);
      }
      return upgradeStatus[result];
    } finally {
      connected.close();
    }
  },
};
