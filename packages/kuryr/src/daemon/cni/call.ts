import { CniError, cniCodes } from "./errors.ts";

export type CniCommand = "ADD" | "DEL" | "CHECK" | "STATUS" | "GC";

/** What the runtime asks for, checked. Source: CNI specification 1.1.0, sections 2 and 3. */
export interface CniCall {
  readonly command: CniCommand;
  /** Empty for STATUS and GC. */
  readonly containerId: string;
  /** Path of the sandbox's network namespace; empty where the runtime has none any more (DEL). */
  readonly netns: string;
  readonly ifName: string;
  /** CNI_ARGS: what the kubelet's runtime says of the pod. */
  readonly args: ReadonlyMap<string, string>;
  readonly cniVersion: string;
  /** The network configuration as it came. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** Versions that this plugin speaks. */
export const supportedVersions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;

const commands: ReadonlySet<string> = new Set<CniCommand>(["ADD", "DEL", "CHECK", "STATUS", "GC"]);
const isCommand = (text: string): text is CniCommand => commands.has(text);

/** Splits what the shim sent: NAME=VALUE\0 ..., \0, then the network configuration. */
export function splitFrame(frame: Buffer): { environment: Map<string, string>; input: string } {
  const environment = new Map<string, string>();
  let at = 0;
  for (;;) {
    const end = frame.indexOf(0, at);
    if (end < 0)
      throw new CniError(
        cniCodes.io,
        "KURYR_CNI_FRAME",
        "the call broke off before its end",
        "is another program using the socket?",
      );
    if (end === at) return { environment, input: frame.toString("utf8", end + 1) };
    const entry = frame.toString("utf8", at, end);
    const equals = entry.indexOf("=");
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1));
    at = end + 1;
  }
}

/** The version of the configuration, whatever else is wrong with it, for answering in kind. */
export function versionOf(config: unknown): string {
  const version =
    typeof config === "object" && config !== null && "cniVersion" in config ? config.cniVersion : undefined;
  return typeof version === "string" ? version : "0.3.1";
}

function parseConfig(input: string): Readonly<Record<string, unknown>> {
  let config: unknown;
  try {
    config = JSON.parse(input);
  } catch (cause) {
    throw new CniError(
      cniCodes.decode,
      "KURYR_CNI_CONFIG",
      "the network configuration is not JSON",
      "see /etc/cni/net.d/10-kuryr.conflist",
      { cause },
    );
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new CniError(cniCodes.invalidConfig, "KURYR_CNI_CONFIG", "the network configuration is not a JSON object");
  }
  return config as Readonly<Record<string, unknown>>;
}

/** CNI_ARGS: `K=V;K=V`. */
export function parseArgs(text: string): Map<string, string> {
  const args = new Map<string, string>();
  for (const pair of text.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0) args.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return args;
}

const invalid = (what: string): CniError => new CniError(cniCodes.invalidEnvironment, "KURYR_CNI_ENVIRONMENT", what);

/** Reads and checks one call. @throws CniError with the code that the specification has for the fault */
export function parseCall(frame: Buffer): CniCall {
  const { environment, input } = splitFrame(frame);
  const command = environment.get("CNI_COMMAND") ?? "";
  if (!isCommand(command)) throw invalid(`CNI_COMMAND is "${command.slice(0, 40)}"`);
  const config = parseConfig(input);
  const cniVersion = versionOf(config);
  if (!supportedVersions.some((one) => one === cniVersion)) {
    throw new CniError(
      cniCodes.incompatibleVersion,
      "KURYR_CNI_VERSION",
      `version ${cniVersion} is not spoken here`,
      `use one of ${supportedVersions.join(", ")}`,
    );
  }
  const call: CniCall = {
    command,
    containerId: environment.get("CNI_CONTAINERID") ?? "",
    netns: environment.get("CNI_NETNS") ?? "",
    ifName: environment.get("CNI_IFNAME") ?? "",
    args: parseArgs(environment.get("CNI_ARGS") ?? ""),
    cniVersion,
    config,
  };
  if (command === "STATUS" || command === "GC") return call;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(call.containerId) || call.containerId.length > 255)
    throw invalid("CNI_CONTAINERID is missing or malformed");
  if (!/^[^\s/:]{1,15}$/.test(call.ifName) || call.ifName === "." || call.ifName === "..")
    throw invalid("CNI_IFNAME is missing or no interface name");
  if (command !== "DEL" && call.netns === "") throw invalid("CNI_NETNS is missing");
  return call;
}

/** Which pod a call is for. */
export interface PodIdentity {
  readonly namespace: string;
  readonly name: string;
  /** Missing with runtimes older than containerd 1.5 or CRI-O 1.21. */
  readonly uid: string | undefined;
}

/** The pod of a call, or `undefined` where no kubelet is behind it. */
export function podOf(call: CniCall): PodIdentity | undefined {
  const namespace = call.args.get("K8S_POD_NAMESPACE");
  const name = call.args.get("K8S_POD_NAME");
  if (namespace === undefined || name === undefined) return undefined;
  return { namespace, name, uid: call.args.get("K8S_POD_UID") };
}
