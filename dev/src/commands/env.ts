import { dirname } from "node:path";

import { endpoints, region } from "../cloud/endpoints.ts";
import { ovnConnection } from "../cloud/ovn.ts";
import { releaseOf } from "../cloud/releases.ts";
import { secrets } from "../cloud/secrets.ts";
import { StackError } from "../errors.ts";
import { kubeconfig } from "../kube/certificates.ts";
import { programsOf } from "../kube/programs.ts";
import { onNode } from "../machine/namespaces.ts";
import { nodePlan } from "../network-plan.ts";
import { recordedOptions } from "../options.ts";
import { parseWords } from "./words.ts";

/** The variables that let plain clients of the user's speak to the stack. */
export function environmentOf(user: "admin" | "kuryr"): Record<string, string> {
  const options = recordedOptions();
  if (options === undefined)
    throw new StackError("KURYR_DEV_NO_STACK", "there is no stack on this machine", "npm run stack -- up");
  const release = releaseOf(options.openstack);
  const paths = [dirname(release.program("openstack"))];
  try {
    paths.unshift(dirname(programsOf(options).path("kubectl")));
  } catch {
    // Only the cloud is up.
  }
  return {
    KUBECONFIG: kubeconfig("admin"),
    OS_AUTH_URL: endpoints.keystone.url,
    OS_IDENTITY_API_VERSION: "3",
    OS_REGION_NAME: region,
    OS_USERNAME: user,
    OS_PASSWORD: secrets()[user],
    OS_PROJECT_NAME: user,
    OS_USER_DOMAIN_NAME: "Default",
    OS_PROJECT_DOMAIN_NAME: "Default",
    OVN_NB_DB: ovnConnection("nb"),
    OVN_SB_DB: ovnConnection("sb"),
    OVS_RUNDIR: onNode(nodePlan(1), "/run/openvswitch"),
    PATH: `${paths.join(":")}:${dirname(process.execPath)}:$PATH`,
    no_proxy: `${new URL(endpoints.keystone.url).hostname},$no_proxy`,
  };
}

const quoted = (value: string): string => `"${value.replaceAll(/["\\`]/g, "\\$&")}"`;

/** `env [--user kuryr]`. */
export async function envCommand(args: string[]): Promise<number> {
  const { values } = parseWords({ args, options: { user: { type: "string", default: "admin" } } });
  if (values.user !== "admin" && values.user !== "kuryr")
    throw new StackError("KURYR_DEV_USAGE", "--user takes admin or kuryr");
  for (const [name, value] of Object.entries(environmentOf(values.user))) {
    process.stdout.write(`export ${name}=${quoted(value)}\n`);
  }
  // Python clients of a user's shell would otherwise take these for the cloud's authority.
  process.stdout.write("unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE OS_CACERT OS_CLOUD\n");
  return 0;
}
