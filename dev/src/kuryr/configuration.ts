import { endpoints, region } from "../cloud/endpoints.ts";
import { secrets } from "../cloud/secrets.ts";
import { topology } from "../cloud/topology.ts";
import { renderIni } from "../ini.ts";
import { api } from "../network-plan.ts";

/** What ports of pods are tagged with. */
export const resourceTag = "kuryr-dev";

/** kuryr.conf as an operator writes it: in a ConfigMap, so without secrets. */
export function kuryrConf(): string {
  const made = topology();
  return renderIni({
    DEFAULT: { debug: true },
    // Not the Service of the API: its load balancer is on the network that Kuryr makes.
    kubernetes: { api_root: api.url, ignored_runtime_classes: "bridge" },
    neutron: { auth_url: endpoints.keystone.url, region_name: region },
    neutron_defaults: {
      project: made.project,
      pod_subnet: made.podSubnet,
      pod_security_groups: `${made.baseIngressGroup},${made.baseEgressGroup}`,
      ovs_bridge: "br-int",
      resource_tags: resourceTag,
    },
    cni_daemon: { vif_annotation_timeout: 60 },
  });
}

/** What goes into the Secret. */
export function credentialsConf(): string {
  return renderIni({
    neutron: {
      username: "kuryr",
      password: secrets().kuryr,
      user_domain_name: "Default",
      project_name: "kuryr",
      project_domain_name: "Default",
    },
  });
}
