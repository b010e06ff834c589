import type { Release } from "../state/state.ts";

/** An extension as Neutron lists it. */
export interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

/** alias | name | description, of a Neutron with the plugins of the development stack. */
const TABLE = `
address-group | Address group | Support address group
address-scope | Address scope | Address scopes extension.
agent | agent | The agent management extension.
allowed-address-pairs | Allowed Address Pairs | Provides allowed address pairs
auto-allocated-topology | Auto Allocated Topology Services | Auto Allocated Topology Services.
availability_zone | Availability Zone | The availability zone extension.
binding | Port Binding | Expose port bindings of a virtual port to external application
binding-extended | Port Bindings Extended | Expose port bindings of a virtual port to external application
default-subnetpools | Default Subnetpools | Provides ability to mark and use a subnetpool as the default.
dhcp_agent_scheduler | DHCP Agent Scheduler | Schedule networks among dhcp agents
dns-domain-ports | dns_domain for ports | Allows the DNS domain to be specified for a network port.
dns-integration | DNS Integration | Provides integration with DNS.
dns-integration-domain-keywords | DNS domain names with keywords allowed | Allows to use keywords like <project_id>, <project_name>, <user_id> and <user_name> as DNS domain name
empty-string-filtering | Empty String Filtering Extension | Allow filtering by attributes with empty string value
enable-default-route-bfd | Enable Default Route BFD | Enables configurable BFD behavior for default routes
enable-default-route-ecmp | Enable Default Route ECMP | Enables configurable ECMP behavior for default routes
ext-gw-mode | Neutron L3 Configurable external gateway mode | Extension of the router abstraction for specifying whether SNAT should occur on the external gateway
external-gateway-multihoming | Neutron L3 External Gateway Multihoming | Allow multiple external gateway ports per router
external-net | Neutron external network | Adds external network attribute to network resource.
extra_dhcp_opt | Neutron Extra DHCP options | Extra options configuration for DHCP. For example PXE boot options to DHCP clients can be specified (e.g. tftp-server, server-ip-address, bootfile-name)
extraroute | Neutron Extra Route | Extra routes configuration for L3 router
extraroute-atomic | Atomically add/remove extra routes | Edit extra routes of a router on server side by atomically adding/removing extra routes
filter-validation | Filter parameters validation | Provides validation on filter parameters.
fip-port-details | Floating IP Port Details Extension | Add port_details attribute to Floating IP resource
flavors | Neutron Service Flavors | Flavor specification for Neutron advanced services.
floating-ip-port-forwarding-detail | Floating IP port forwarding detail | Allow list floating ip return more port forwarding data, include'id' and 'internal_port_id'
floating-ip-router-writable | Floating IP Router (writable) | Provides a writable router_id attribute for a floating IP resource.
floatingip-pools | Floating IP Pools Extension | Provides a floating IP pools API.
ip-substring-filtering | IP address substring filtering | Provides IP address substring filtering when listing ports
l3-agent-scheduler-ha-chassis-priority | L3 Agent Scheduler HA Chassis Priority | Exposes the HA_Chassis priority in the L3 Agent Scheduler API responses and allows setting priority when scheduling a router to a chassis.
l3-flavors | Router Flavor Extension | Flavor support for routers.
l3-ha | HA Router extension | Adds HA capability to routers.
l3_agent_scheduler | L3 Agent Scheduler | Schedule routers among l3 agents
multi-provider | Multi Provider Network | Expose mapping of virtual networks to multiple physical networks
net-mtu | Network MTU | Provides MTU attribute for a network resource.
net-mtu-writable | Network MTU (writable) | Provides a writable MTU attribute for a network resource.
network-ip-availability | Network IP Availability | Provides IP availability data for each network and subnet.
network-ip-availability-details | Network IP Availability Details Extension | Add ip_availability_details attribute to network-ip-availabilities resource.
network_availability_zone | Network Availability Zone | Availability zone support for network.
pagination | Pagination support | Extension that indicates that pagination is enabled.
port-device-profile | Port device profile | Expose the port device profile (Cyborg)
port-mac-address-regenerate | Neutron Port MAC address regenerate | Network port MAC address regenerate
port-numa-affinity-policy | Port NUMA affinity policy | Expose the port NUMA affinity policy
port-numa-affinity-policy-socket | Port NUMA affinity policy "socket" | Adds "socket" to the supported port NUMA affinity policies
port-resource-request | Port Resource Request | Expose resource request to Port
port-resource-request-groups | Port Resource Request Groups | Support requesting multiple groups of resources and traits from the same RP subtree in resource_request
port-security | Port Security | Provides port security
project-id | project_id field enabled | Extension that indicates that project_id field is enabled.
provider | Provider Network | Expose mapping of virtual networks to physical networks
qinq | QinQ networks | Expose network 'qinq' attribute in the API. This allows to configure network to allow vlan in vlan configuration using 0x88a8 ethertype (QinQ).
qos | Quality of Service | The Quality of Service extension.
qos-bw-limit-direction | Direction for QoS bandwidth limit rule | Allow to configure QoS bandwidth limit rule with specific direction: ingress or egress
qos-bw-minimum-ingress | Ingress direction for QoS minimum bandwidth rule | Allow to configure QoS minumum bandwidth rule with ingress direction.
qos-default | QoS default policy | Expose the QoS default policy per project
qos-fip | Floating IP QoS | The floating IP Quality of Service extension
qos-gateway-ip | Router gateway IP QoS | The Router gateway IP Quality of Service extension
qos-port-network-policy | QoS port network policy ID | Adds a the QoS network ID to the port definition
qos-pps | QoS Rule Type Packet per Second Extension | Add QoS Rule Type Packet per Second
qos-pps-minimum | QoS minimum packet rate rule | Allow to configure QoS minimum packet rate rule.
qos-pps-minimum-rule-alias | QoS minimum packet rate rule alias | API to enable GET, PUT and DELETE operations on QoS minimum packet rate rule without specifying policy ID
qos-rule-type-details | Details of QoS rule types | Expose details about QoS rule types supported by loaded backend drivers
qos-rule-type-filter | Allow to filter the list of QoS rule types | Allows to filter the QoS rule type list adding two new flags. "all_rules" prints all implemented QoS rule types."all_supported" prints all supported QoS rule types by the loaded mechanism drivers
qos-rules-alias | Quality of Service rules alias API | API to enable GET, PUT and DELETE operations on QoS policy rules without specifying policy ID
quota-check-limit | Quota engine limit check | Support for checking the resource usage before applying a new quota limit
quota-check-limit-default | Quota engine limit check by default | By default, the Neutron quota engine checks the resource usage before applying a new quota limit
quota_details | Quota details management support | Expose functions for quotas usage statistics per project
quotas | Quota management support | Expose functions for quotas management per project
rbac-address-scope | Add address_scope type to RBAC | Add address_scope type to RBAC
rbac-policies | RBAC Policies | Allows creation and modification of policies that control project access to resources.
rbac-security-groups | Add security_group type to network RBAC | Add security_group type to network RBAC
revision-if-match | If-Match constraints based on revision_number | Extension indicating that If-Match based on revision_number is supported.
router | Neutron L3 Router | Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT gateway.
router-enable-snat | Exposes the router "enable_snat" read-only configuration flag | Exposes the router "enable_snat" read-only configuration flag
router_availability_zone | Router Availability Zone | Availability zone support for router.
security-group | security-group | The security groups extension.
security-groups-default-rules | Default rules for security groups | Configure set of security group rules used as default rules for every new security group
security-groups-default-statefulness | Security Groups Default Statefulness | Allows configuring the default value of the 'stateful' attribute for new security groups, on a per-project or system-wide basis
security-groups-normalized-cidr | Normalized CIDR field for security group rules | Add new field with normalized remote_ip_prefix cidr in SG rule
security-groups-remote-address-group | Remote address group id field for security group rules | Add new field of remote address group id in SG rules
security-groups-rules-belongs-to-default-sg | Security group rule belongs to the project's default security group | Flag to determine if the security group rule belongs to the project's default security group
security-groups-shared-filtering | Security group filtering on the shared field | Support filtering security groups on the shared field
service-type | Neutron Service Type Management | API for retrieving service providers for Neutron advanced services
sorting | Sorting support | Extension that indicates that sorting is enabled.
standard-attr-description | standard-attr-description | Extension to add descriptions to standard attributes
standard-attr-revisions | Resource revision numbers | This extension will display the revision number of neutron resources.
standard-attr-tag | Tag support for resources with standard attribute: port, subnet, subnetpool, network, security_group, router, floatingip, policy, trunk, network_segment_range | Enables to set tag on resources with standard attribute.
standard-attr-timestamp | Resource timestamps | Adds created_at and updated_at fields to all Neutron resources that have Neutron standard attributes.
stateful-security-group | Stateful security group | Indicates if the security group is stateful or not
subnet-dns-publish-fixed-ip | Subnet DNS publish fixed IP | Support choosing to publish DNS records for IPs from a subnet
subnet-external-network | Subnet belongs to an external network | Informs if the subnet belongs to an external network
subnet-service-types | Subnet service types | Provides ability to set the subnet service_types field
subnet_allocation | Subnet Allocation | Enables allocation of subnets from a subnet pool
subnet_onboard | Subnet Onboard | Provides support for onboarding subnets into subnet pools
subnetpool-prefix-ops | Subnet Pool Prefix Operations | Provides support for adjusting the prefix list of subnet pools
tag-creation | Tag creation extension | Allow to create multiple tags for a resource
trunk | Trunk Extension | Provides support for trunk ports
trunk-details | Trunk port details | Expose trunk port details
vlan-transparent | Vlantransparent | Provides Vlan Transparent Networks
`;

const ALL: readonly Extension[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [alias = "", name = "", description = ""] = line.split(" | ");
    return { alias, name, description };
  });

/** What came after Neutron 21. */
const NEWER: ReadonlySet<string> = new Set([
  "dhcp_agent_scheduler",
  "empty-string-filtering",
  "enable-default-route-bfd",
  "enable-default-route-ecmp",
  "external-gateway-multihoming",
  "extraroute-atomic",
  "floating-ip-router-writable",
  "ip-substring-filtering",
  "l3-agent-scheduler-ha-chassis-priority",
  "l3-flavors",
  "l3-ha",
  "l3_agent_scheduler",
  "network-ip-availability-details",
  "port-numa-affinity-policy-socket",
  "qinq",
  "quota-check-limit-default",
  "router-enable-snat",
  "security-groups-default-rules",
  "security-groups-default-statefulness",
  "security-groups-rules-belongs-to-default-sg",
  "subnet-external-network",
  "subnet_onboard",
  "subnetpool-prefix-ops",
  "tag-creation",
  "vlan-transparent",
]);

/** Extensions of a release. */
export function extensionsOf(release: Release): readonly Extension[] {
  if (release !== "zed") return ALL;
  return ALL.filter(({ alias }) => !NEWER.has(alias)).map((one) =>
    one.alias === "rbac-policies"
      ? { ...one, description: "Allows creation and modification of policies that control tenant access to resources." }
      : one,
  );
}
