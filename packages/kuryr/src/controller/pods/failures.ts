import { KubernetesError, type EventNote } from "@kuryr/kubernetes";
import { OpenStackError } from "@kuryr/openstack";

import { KuryrError, messageOf } from "../../api/errors.ts";
import type { PodView } from "./plan.ts";

/**
 * Tells a pod's owner what keeps it from starting: the reason is short and stable, the message says what happened in
 * plain words, begins with the error's code and ends with what to do. It has no ids of requests, so that the same trouble
 * is the same Event with a growing count. Pure.
 *
 * Reasons are the original's where it had one (`kuryr.md` A.10: NoPodSubnetFound, FailedToCreateKuryrPortCRD,
 * ExceptionOnKPUpdate).
 */
export function failureNote(error: unknown): EventNote {
  const { reason, text } = describe(error);
  return { type: "Warning", reason, message: text };
}

/** What the owner of a pod is told whose `hostPort`s nobody serves; `undefined` where the runtime's portmap does. */
export function hostPortNote(pod: PodView, chainedPlugins: readonly string[]): EventNote | undefined {
  if (pod.hostPorts === undefined || chainedPlugins.includes("portmap")) return undefined;
  const { text: message } = note(
    "",
    "KURYR_HOST_PORT",
    `nothing answers at host port ${pod.hostPorts.join(", ")}: Kuryr gives the pod a Neutron port and leaves the node's ports alone`,
    "use a Service, or have the cluster's administrator chain the portmap plugin ([cni_daemon]chained_plugins)",
  );
  return { type: "Warning", reason: "HostPortNotSupported", message };
}

const note = (reason: string, code: string, what: string, next: string | undefined) => ({
  reason,
  text: `${code}: ${what}${next === undefined ? "" : `. ${sentence(next)}`}`,
});

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const healing = "the pod starts by itself then";

function describe(error: unknown): { reason: string; text: string } {
  if (error instanceof OpenStackError) return describeOpenStack(error);
  if (error instanceof KuryrError) {
    return note(reasonsOfOurs.get(error.code) ?? "ExceptionOnKPUpdate", error.code, error.message, error.hint);
  }
  if (error instanceof KubernetesError) {
    return note(
      "FailedToCreateKuryrPortCRD",
      error.code,
      `the Kubernetes API did not take the pod's KuryrPort: ${error.message}`,
      "Kuryr tries again",
    );
  }
  return note("ExceptionOnKPUpdate", "KURYR_INTERNAL", messageOf(error), "see the log of kuryr-controller");
}

const reasonsOfOurs: ReadonlyMap<string, string> = new Map([
  ["KURYR_BINDING_FAILED", "PortBindingFailed"],
  ["KURYR_BINDING_HIDDEN", "OpenStackRefused"],
  ["KURYR_CONFIG_SUBNETS", "NoPodSubnetFound"],
  ["KURYR_SUBNET_UNKNOWN", "NoPodSubnetFound"],
  ["KURYR_PORT_NO_ADDRESS", "SubnetExhausted"],
  ["KURYR_BANDWIDTH", "BandwidthNotSupported"],
]);

function describeOpenStack(error: OpenStackError): { reason: string; text: string } {
  const { code } = error;
  switch (error.kind) {
    case "quota":
      return note(
        "PortQuotaExceeded",
        code,
        "the OpenStack project has used up its quota of ports",
        `raise it (openstack quota set --ports NUMBER PROJECT) or delete what is not needed; ${healing}`,
      );
    case "ip-exhausted":
      return note(
        "SubnetExhausted",
        code,
        "the pod's subnet has no free address",
        `delete ports that are not needed, or enlarge its allocation pools; ${healing}`,
      );
    case "not-found":
    case "invalid":
      return describeMissing(error);
    case "auth":
    case "forbidden":
      return note(
        "OpenStackRefused",
        code,
        `OpenStack refuses Kuryr's user (${error.service ?? "identity"})`,
        `see credentials and roles: docs/install.md; ${healing}`,
      );
    case "network":
    case "timeout":
    case "server":
    case "rate-limit":
      return note(
        "OpenStackUnavailable",
        code,
        `OpenStack's ${serviceNames.get(error.service ?? "") ?? "API"} gives no usable answer`,
        `Kuryr tries again, with pauses; ${healing}`,
      );
    default:
      return note("ExceptionOnKPUpdate", code, error.message, error.hint);
  }
}

const serviceNames: ReadonlyMap<string, string> = new Map([
  ["identity", "Keystone"],
  ["network", "Neutron"],
]);

/** Neutron calls a missing group or subnet 404 or 400, by release. */
function describeMissing(error: OpenStackError): { reason: string; text: string } {
  const { code, type = "" } = error;
  if (type.startsWith("SecurityGroup")) {
    return note(
      "SecurityGroupNotFound",
      code,
      `a security group of the pod does not exist: ${said(error)}`,
      `mend [neutron_defaults]pod_security_groups and restart the controller, or make the group; ${healing}`,
    );
  }
  if (/^(Subnet|Network)/.test(type) || /subnet|network/i.test(error.path ?? "")) {
    return note(
      "NoPodSubnetFound",
      code,
      `the pod's subnet or network does not exist: ${said(error)}`,
      "mend [neutron_defaults]pod_subnet and restart the controller",
    );
  }
  return note("ExceptionOnKPUpdate", code, error.message, error.hint);
}

/** What Neutron said, less our own words before it. */
const said = (error: OpenStackError): string => error.message.replace(/^.*?: (?=[A-Z])/, "").slice(0, 300);
