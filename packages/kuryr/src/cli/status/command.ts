import { choice, connectionHelp, connectionOptions, exit, readWords, type Command, type Context } from "../command.ts";
import { connections } from "../connect.ts";
import { table, type Cell } from "../terminal.ts";
import { assess, type Assessment } from "./assess.ts";
import { observeCluster } from "./observe.ts";

const mark = (good: boolean, text: string): Cell => ({ text, tone: good ? "good" : "bad" });

function print(assessment: Assessment, { terminal }: Context): void {
  const { line, tone } = terminal;
  const { counts, leader } = assessment;
  const controllers = assessment.controllers.map((one): Cell[] => [
    one.pod,
    one.node,
    mark(one.ready, one.ready ? "ready" : "not ready"),
    String(one.restarts),
    leader === undefined ? "" : leader === one.pod ? "leads" : "stands by",
  ]);
  if (controllers.length > 0) {
    for (const text of table(["CONTROLLER", "NODE", "STATE", "RESTARTS", ""], controllers, tone)) line(text);
    line();
  }
  const nodes = assessment.nodes.map((one): Cell[] => [
    one.node,
    mark(one.ready, one.ready ? "Ready" : "not Ready"),
    mark(one.daemon === "ready", one.daemon),
    String(one.restarts),
    String(one.kuryrPorts),
    String(one.attached),
  ]);
  for (const text of table(["NODE", "STATE", "DAEMON", "RESTARTS", "KURYRPORTS", "PLUGGED"], nodes, tone)) line(text);
  line();
  const neutron =
    counts.neutronPorts === undefined
      ? ""
      : `; Neutron has ${counts.neutronPorts} ports, ${counts.activePorts ?? 0} ACTIVE`;
  const releases = counts.releasesWaiting === 0 ? "" : ` (${counts.releasesWaiting} releases wait)`;
  line(
    `${counts.kuryrPorts} KuryrPorts, ${counts.attached} plugged, ${counts.deleting} being deleted${releases}; ${counts.waitingPods} pods wait${neutron}`,
  );
  for (const what of assessment.notLooked) line(tone("faint", `not looked at: ${what}`));
  line();
  for (const { what, next } of assessment.problems) {
    line(`${tone("bad", "degraded:")} ${what}`);
    line(`    ${tone("faint", "next:")} ${next}`);
  }
  if (assessment.state === "healthy") line(tone("good", "healthy"));
}

/** `kuryrctl status`: nodes, processes and ports, and what is degraded. */
export const statusCommand: Command = {
  name: "status",
  summary: "nodes, daemons, controllers and ports; what is degraded, and what to run next",
  help: `usage: kuryrctl status [--output text|json]

${connectionHelp}
  --output FORMAT     text or json

Status: 0 healthy, 1 degraded, 2 cannot tell.`,
  run: async (words, context) => {
    const { values } = readWords("status", words, {
      ...connectionOptions,
      output: { type: "string", default: "text" },
    });
    const output = choice("status", "output", values.output, ["text", "json"]);
    const connected = connections({
      kubeconfig: values.kubeconfig,
      context: values.context,
      configFiles: values["config-file"],
      configDirectories: values["config-dir"],
      environment: context.environment,
    });
    try {
      const assessment = assess(await observeCluster(connected, context.signal));
      if (output === "json") context.terminal.line(JSON.stringify(assessment, undefined, 2));
      else print(assessment, context);
      return assessment.state === "healthy" ? exit.healthy : exit.degraded;
    } finally {
      connected.close();
    }
  },
};
