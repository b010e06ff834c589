import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { layout } from "../layout.ts";
import type { OpenStackRelease } from "../options.ts";

/** How one OpenStack release is installed and started: everything in which the two differ, as data. */
export interface Release {
  readonly name: OpenStackRelease;
  /** Debian packages beside those that both need. */
  readonly packages: readonly string[];
  /** PyPI packages for a virtual environment, or none where Debian's are used. */
  readonly python?: {
    readonly directory: string;
    readonly constraints: string;
    readonly packages: readonly string[];
    readonly mark: string;
  };
  /** Path of an installed program. */
  readonly program: (name: string) => string;
  /** The uwsgi arguments that name an API's application, before the ones all share. */
  readonly wsgi: Readonly<Record<"keystone" | "neutron" | "octavia", readonly string[]>>;
  /** Whether the Neutron API runs under uwsgi, with a maintenance worker beside it, or is a server of its own. */
  readonly neutron: "uwsgi" | "server";
  readonly apiPaste: string;
  /** Names that Neutron's options have in this release. */
  readonly projectNetworkTypes: "project_network_types" | "tenant_network_types";
  /** Keystone's catalog cache is per process on newer releases: half of the calls would miss a new endpoint. */
  readonly catalogCaching: boolean;
  /** The policy overrides that the product ships for this release. */
  readonly policyFile: string;
  /** Debian's Neutron 21 reads chassis settings where OVN 23.03 no longer writes them. */
  readonly chassisExternalIds: boolean;
  readonly version: string;
}

const repository = join(import.meta.dirname, "..", "..", "..");
const constraints = join(repository, "dev", "openstack", "constraints-2026.2.txt");
const pythonPackages = [
  "keystone",
  "neutron",
  "octavia",
  "ovn-octavia-provider",
  "PyMySQL",
  "pyuwsgi",
  "python-openstackclient",
  "python-octaviaclient",
];

const policy = (release: string): string => join(repository, "deploy", "openstack", `neutron-policy-${release}.yaml`);

function release2026(): Release {
  const directory = join(layout.cache, "openstack-2026.2");
  const mark = createHash("sha256")
    .update(readFileSync(constraints))
    .update(pythonPackages.join(" "))
    .digest("hex")
    .slice(0, 16);
  return {
    name: "2026.2",
    packages: ["python3-venv"],
    python: { directory, constraints, packages: pythonPackages, mark },
    program: (name) => join(directory, "bin", name),
    wsgi: {
      keystone: ["--module", "keystone.wsgi.api:application"],
      neutron: ["--wsgi-file", join(repository, "dev", "openstack", "neutron_api.py"), "--thunder-lock"],
      octavia: ["--module", "octavia.wsgi.api:application"],
    },
    neutron: "uwsgi",
    apiPaste: join(directory, "etc", "neutron", "api-paste.ini"),
    projectNetworkTypes: "project_network_types",
    catalogCaching: false,
    policyFile: policy("2026.2"),
    chassisExternalIds: false,
    version: "2026.2",
  };
}

const zed: Release = {
  name: "zed",
  packages: [
    "keystone",
    "neutron-api",
    "octavia-api",
    "octavia-driver-agent",
    "python3-ovn-octavia-provider",
    "python3-openstackclient",
    "python3-octaviaclient",
    "uwsgi-plugin-python3",
  ],
  program: (name) => join("/usr/bin", name),
  wsgi: {
    keystone: ["--plugins", "python3", "--wsgi-file", "/usr/bin/keystone-wsgi-public"],
    neutron: [],
    octavia: ["--plugins", "python3", "--wsgi-file", "/usr/bin/octavia-wsgi"],
  },
  neutron: "server",
  apiPaste: "/etc/neutron/api-paste.ini",
  projectNetworkTypes: "tenant_network_types",
  catalogCaching: true,
  policyFile: policy("zed"),
  chassisExternalIds: true,
  version: "zed",
};

/** The data of a release. */
export function releaseOf(name: OpenStackRelease): Release {
  return name === "zed" ? zed : release2026();
}
