import type { ErrorKind } from "../errors.ts";

/** An answer of a real cloud, and what it means. */
export interface ErrorBody {
  /** What was asked. */
  readonly what: string;
  readonly status: number;
  readonly body: string;
  readonly type: string | undefined;
  readonly kind: ErrorKind;
  readonly code: string;
}

/** what | status | service | type | kind | code | message as JSON writes it. Zed; those that say so 2026.2. */
const TABLE = String.raw`
duplicate IP | 409 | neutron | IpAddressAlreadyAllocated | ip-in-use | OPENSTACK_IP_IN_USE | IP address 10.50.200.200 already allocated in subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea
IP outside subnet | 400 | neutron | InvalidIpForSubnet | invalid | OPENSTACK_IP_OUTSIDE_SUBNET | IP address 10.99.0.1 is not a valid IP for the specified subnet.
gateway IP | 409 | neutron | IpAddressAlreadyAllocated | ip-in-use | OPENSTACK_IP_IN_USE | IP address 10.50.0.1 already allocated in subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea
duplicate MAC | 409 | neutron | MacAddressInUse | conflict | OPENSTACK_MAC_IN_USE | Unable to complete operation for network 7b714055-2345-47a1-8a48-ad3ba2c72ff2. The mac address fa:16:3e:42:7c:a6 is in use.
unknown network | 404 | neutron | NetworkNotFound | not-found | OPENSTACK_NOT_FOUND | Network 00000000-0000-0000-0000-000000000000 could not be found.
unknown subnet | 404 | neutron | SubnetNotFound | not-found | OPENSTACK_NOT_FOUND | Subnet 00000000-0000-0000-0000-000000000000 could not be found.
subnet of another network | 400 | neutron | InvalidInput | invalid | OPENSTACK_INVALID | Invalid input for operation: Failed to create port on network 7b714055-2345-47a1-8a48-ad3ba2c72ff2, because fixed_ips included invalid subnet c35bfae8-70f2-4e64-980e-1d2b087433e0.
unknown SG | 404 | neutron | SecurityGroupNotFound | not-found | OPENSTACK_NOT_FOUND | Security group 00000000-0000-0000-0000-000000000000 does not exist
malformed SG id | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Invalid input for security_groups. Reason: 'foo' is not a valid UUID.
unknown attribute | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_UNKNOWN_ATTRIBUTE | Unrecognized attribute(s) 'foo'
bad tag type | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Invalid input for tags. Reason: 'x' is not a list.
tag too long | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Invalid input for tags. Reason: 'xxx...' exceeds maximum length of 255.
host_id as member | 403 | neutron | PolicyNotAuthorized | forbidden | OPENSTACK_FORBIDDEN | ((rule:create_port and rule:create_port:device_owner) and rule:create_port:binding:host_id) is disallowed by policy
GET unknown port | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port 00000000-0000-0000-0000-000000000000 could not be found.
GET malformed id | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port foo could not be found.
DELETE unknown port | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port 00000000-0000-0000-0000-000000000000 could not be found.
malformed JSON | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Body contains invalid data
bad token | 401 | keystone | Unauthorized | auth | OPENSTACK_UNAUTHORIZED | The request you have made requires authentication.
unknown path | 404 | neutron | HTTPNotFound | unsupported | OPENSTACK_UNKNOWN_PATH | The resource could not be found.
method not allowed | 405 | neutron | HTTPMethodNotAllowed | unsupported | OPENSTACK_METHOD_NOT_ALLOWED | The server could not comply with the request since it is either malformed or otherwise incorrect.
unknown filter | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | ['nosuch'] is invalid attribute for filtering
bulk with one duplicate IP | 409 | neutron | IpAddressAlreadyAllocated | ip-in-use | OPENSTACK_IP_IN_USE | IP address 10.50.200.200 already allocated in subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea
bulk with unknown SG | 404 | neutron | SecurityGroupNotFound | not-found | OPENSTACK_NOT_FOUND | Security group 00000000-0000-0000-0000-000000000000 does not exist
bulk PUT ports | 400 | neutron | HTTPBadRequest | unsupported | OPENSTACK_BULK_UNSUPPORTED | Bulk operation not supported
bulk DELETE | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port None could not be found.
empty bulk | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Resources required
bad marker | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port 00000000-0000-0000-0000-000000000000 could not be found.
stale If-Match PUT | 412 | neutron | RevisionNumberConstraintFailed | precondition | OPENSTACK_PRECONDITION | Constrained to 3, but current revision is 4
stale If-Match DELETE | 412 | neutron | RevisionNumberConstraintFailed | precondition | OPENSTACK_PRECONDITION | Constrained to 1, but current revision is 4
PUT tags on unknown port | 404 | neutron | TagResourceNotFound | not-found | OPENSTACK_NOT_FOUND | Resource ports 00000000-0000-0000-0000-000000000000 could not be found.
PUT tags in port body | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_READ_ONLY_ATTRIBUTE | Cannot update read-only attribute tags
change fixed_ips to used | 409 | neutron | IpAddressAlreadyAllocated | ip-in-use | OPENSTACK_IP_IN_USE | IP address 10.50.200.200 already allocated in subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea
change mac_address | 409 | neutron | PortBound | in-use | OPENSTACK_PORT_BOUND | Unable to complete operation on port 5b26064b-963
change network_id | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_READ_ONLY_ATTRIBUTE | Cannot update read-only attribute network_id
port owned by router delete | 409 | neutron | ServicePortInUse | in-use | OPENSTACK_IN_USE | Port 563cd4f7-d2f8-41f1-9992-479ab65e62fd cannot be deleted directly via the port API: has device owner network:router_interface.
network delete with ports | 409 | neutron | NetworkInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on network 7b714055-2345-47a1-8a48-ad3ba2c72ff2. There are one or more ports still in use on the network, id for these ports is: 03ca053c-f511-4c25-9a8e-c2a1f9aaa06b,0f53edbc-df05-49ec-ac76-47ee32162c6a,...
subnet delete with ports | 409 | neutron | SubnetInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea: One or more ports have an IP allocation from this subnet.
router delete with interfaces | 409 | neutron | RouterInUse | in-use | OPENSTACK_IN_USE | Router a01eabd1-51e0-4759-a19e-fde9d117dd7c has ports still attached: 563cd4f7-d2f8-41f1-9992-479ab65e62fd, f490eaf1-5607-4032-94ef-d60e2be9c843
remove_router_interface not attached | 404 | neutron | SubnetNotFound | not-found | OPENSTACK_NOT_FOUND | Subnet 00000000-0000-0000-0000-000000000000 could not be found.
add_router_interface twice | 400 | neutron | BadRequest | already-exists | OPENSTACK_INTERFACE_EXISTS | Bad router request: Router already has a port on subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea.
quota port | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['port'].
quota port bulk | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['port'].
quota security_group | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['security_group'].
quota security_group_rule | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['security_group_rule'].
quota rule bulk | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['security_group_rule'].
quota network | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['network'].
quota subnet | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['subnet'].
quota floatingip | 409 | neutron | OverQuota | quota | OPENSTACK_QUOTA | Quota exceeded for resources: ['floatingip'].
exhausted (network only) | 409 | neutron | IpAddressGenerationFailure | ip-exhausted | OPENSTACK_SUBNET_EXHAUSTED | No more IP addresses available on network 4667c631-bb01-40fb-9a30-65a009a40e58.
exhausted (subnet given) | 409 | neutron | IpAddressGenerationFailure | ip-exhausted | OPENSTACK_SUBNET_EXHAUSTED | No more IP addresses available on network 4667c631-bb01-40fb-9a30-65a009a40e58.
bulk 5 with 2 left | 409 | neutron | IpAddressGenerationFailure | ip-exhausted | OPENSTACK_SUBNET_EXHAUSTED | No more IP addresses available on network 4667c631-bb01-40fb-9a30-65a009a40e58.
security: GET other project network as member | 404 | neutron | NetworkNotFound | not-found | OPENSTACK_NOT_FOUND | Network 9868344a-6a83-4a6f-bfe0-cc4ab0dbb2c6 could not be found.
member: PUT port of other project | 404 | neutron | PortNotFound | not-found | OPENSTACK_NOT_FOUND | Port 6e3fbaa4-64d6-4e1a-a58c-562c6a36f85d could not be found.
member: create on foreign net | 404 | neutron | NetworkNotFound | not-found | OPENSTACK_NOT_FOUND | Network 9868344a-6a83-4a6f-bfe0-cc4ab0dbb2c6 could not be found.
member: delete default SG | 409 | neutron | SecurityGroupCannotRemoveDefault | forbidden | OPENSTACK_DEFAULT_GROUP | Insufficient rights for removing default security group.
name too long | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Invalid input for name. Reason: 'nnn...
FIP on port without router path | 404 | neutron | ExternalGatewayForFloatingIPNotFound | conflict | OPENSTACK_NO_EXTERNAL_GATEWAY | External network b50376a0-8d52-44db-b517-b498abfd3b80 is not reachable from subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea.  Therefore, cannot associate Port 7c58a1a7-002f-4c7e-9848-7c22f48b1d81 with a Floating IP.
AAP bad | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | 'foo' is not a valid IP address
pool exhausted / prefix too large | 400 | neutron | MinPrefixSubnetAllocationError | invalid | OPENSTACK_INVALID | Unable to allocate subnet with prefix length 16, minimum allowed prefix is 20.
explicit cidr in use | 500 | neutron | SubnetAllocationError | ip-in-use | OPENSTACK_CIDR_IN_USE | Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes.
overlapping cidr in one network | 400 | neutron | InvalidInput | invalid | OPENSTACK_CIDR_OVERLAP | Invalid input for operation: Requested subnet with cidr: 10.70.0.0/25 for network: 764dda25-1ce9-448c-8a13-48152a200cbe overlaps with another subnet.
router interface overlapping | 400 | neutron | BadRequest | invalid | OPENSTACK_CIDR_OVERLAP | Bad router request: Cidr 10.50.128.0/24 of subnet a68caecb-d764-4dda-81ec-62d3efb17414 overlaps with cidr 10.50.0.0/16 of subnet 2f10201d-1b2a-4d23-a14d-077f3aa65cea.
subnetpool exhausted | 400 | neutron | NetworkSubnetPoolAffinityError | invalid | OPENSTACK_INVALID | Subnets hosted on the same network must be allocated from the same subnet pool.
subnetpool exhausted | 500 | neutron | SubnetAllocationError | ip-exhausted | OPENSTACK_SUBNET_POOL_EXHAUSTED | Failed to allocate subnet: Insufficient prefix space to allocate subnet size /24.
delete pool in use | 400 | neutron | SubnetPoolDeleteError | in-use | OPENSTACK_IN_USE | Unable to delete subnet pool: Subnet pool has existing allocations.
network+subnets in one body | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_UNKNOWN_ATTRIBUTE | Attribute 'subnets' not allowed in POST
tags in network POST? | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_UNKNOWN_ATTRIBUTE | Attribute 'tags' not allowed in POST
subnet delete with a port | 409 | neutron | SubnetInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on subnet a14ec231-9d28-4f86-8c42-3e1aed223dad: One or more ports have an IP allocation from this subnet.
network delete with a port | 409 | neutron | NetworkInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on network 764dda25-1ce9-448c-8a13-48152a200cbe. There are one or more ports still in use on the network, id for these ports is: bb745271-31cc-482a-aa0d-8b6ab4b10337.
network delete with router interface | 409 | neutron | NetworkInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on network d658dcb7-b689-41dd-ac36-637ee5746e2c. There are one or more ports still in use on the network, id for these ports is: e845ce96-283b-48d3-9da8-a62968c6e652.
subnet delete with router interface | 409 | neutron | SubnetInUse | in-use | OPENSTACK_IN_USE | Unable to complete operation on subnet 0b3e3fa0-77ec-4a1f-9d67-d23a1bdd5136: One or more ports have an IP allocation from this subnet.
slaac: explicit IP | 400 | neutron | AllocationOnAutoAddressSubnet | invalid | OPENSTACK_INVALID | IPv6 address fd00:71::5 cannot be directly assigned to a port on subnet 1e1012a8-5d2a-4b56-9e5e-94a14b7bd165 as the subnet is con
dhcpv6-stateless: explicit IP | 400 | neutron | AllocationOnAutoAddressSubnet | invalid | OPENSTACK_INVALID | IPv6 address fd00:73::5 cannot be directly assigned to a port on subnet f326a3c9-4a27-4aa9-8216-b97c7a4f5d3a as the subnet is con
POST member without subnet_id (not in VIP subnet) | 409 | octavia | Client | already-exists | OPENSTACK_EXISTS | Another member on this pool is already using ip 10.50.0.77 on protocol_port 8080
batch without subnet_id | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: Subnet is required, or Loadbalancer associated with Pool must have a subnet, for Member batch update with OVN Provider Driver if it is not the same as LB VIP subnet
batch with duplicate | 500 | octavia | Server | invalid | OPENSTACK_DUPLICATE_MEMBER | Provider 'ovn' reports error: list.remove(x): x not in list
member bad address | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Invalid input for field/attribute address. Value: 'foo'. Value should be IPv4 or IPv6 format
member exists | 409 | octavia | Client | already-exists | OPENSTACK_EXISTS | Another member on this pool is already using ip 10.50.1.151 on protocol_port 8080
member on unknown subnet | 400 | octavia | Client | not-found | OPENSTACK_REFERENCE_NOT_FOUND | Subnet 00000000-0000-0000-0000-000000000000 not found.
member IPv6 in v4 pool | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support mixing IPv4/IPv6 configuration within the same Load Balancer.
4 parallel member POSTs | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Pool 1a45c9b5-a24a-4d8f-9113-c4e4015dfc0b is immutable and cannot be updated.
persistence_timeout | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: persistence_timeout and persistence_granularity is only for UDP protocol pools.
listener same port same proto | 409 | octavia | Client | already-exists | OPENSTACK_EXISTS | Another Listener on this Load Balancer is already using protocol TCP and protocol_port 80
listener allowed_cidrs | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support allowed_cidrs option
HTTP listener | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support HTTP protocol
ROUND_ROBIN pool | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support ROUND_ROBIN algorithm
SOURCE_IP pool | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support SOURCE_IP algorithm
pool protocol mismatch | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: The pool protocol 'TCP' is invalid while the listener protocol is 'UDP'.
l7policy | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested action: This provider does not support creating l7policies.
HM HTTP | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support HTTP health monitor type. Supported types: UDP-CONNECT, TCP
failover | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support loadbalancer failover
GET unknown LB | 404 | octavia | Client | not-found | OPENSTACK_NOT_FOUND | Load Balancer 00000000-0000-0000-0000-000000000000 not found.
bad vip subnet | 400 | octavia | Client | not-found | OPENSTACK_REFERENCE_NOT_FOUND | Subnet 00000000-0000-0000-0000-000000000000 not found.
vip_address in use | 500 | octavia | Server | ip-in-use | OPENSTACK_IP_IN_USE | Provider 'ovn' reports error: IP address 10.60.7.7 already allocated in subnet c35bfae8-70f2-4e64-980e-1d2b087433e0\nNeutron server returns request_ids: ['req-9cc7168a-7f98-43f2-98a7-b89e533aa98e']
vip outside subnet | 500 | octavia | Server | invalid | OPENSTACK_IP_OUTSIDE_SUBNET | Provider 'ovn' reports error: IP address 10.99.1.1 is not a valid IP for the specified subnet.\nNeutron server returns request_ids: ['req-44f2ca9e-2653-4699-a97c-2f0f02ebd612']
provider unknown | 400 | octavia | Client | unsupported | OPENSTACK_PROVIDER_UNKNOWN | Provider 'foo' is not enabled.
no vip | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.
LB of another project | 403 | octavia | Client | forbidden | OPENSTACK_FORBIDDEN | Policy does not allow this request to be performed.
delete non-cascade with children | 400 | octavia | Client | in-use | OPENSTACK_IN_USE | Validation failure: Cannot delete Load Balancer aba6cee2-76c6-46d4-b58e-9ea1df986692 - it has children
PUT immutable vip | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Unknown attribute for argument load_balancer.loadbalancer: vip_address
v6 LB full graph | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: Pools must be named when creating a fully populated loadbalancer.
additional_vips | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: All VIP subnets must belong to the same network.
additional_vips same network | 400 | octavia | Client | invalid | OPENSTACK_INVALID | Validation failure: Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.
LB on an own port | 500 | octavia | Server | ip-in-use | OPENSTACK_IP_IN_USE | Provider 'ovn' reports error: IP address 10.60.8.8 already allocated in subnet c
change while ERROR | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Pool bf1f46f2-cd32-49df-9549-9d3c2582dff1 is immutable and cannot be updated.
PUT LB while ERROR | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Invalid state PENDING_UPDATE of loadbalancer resource f5d9b436-6811-4cf9-84f9-95
cascade delete | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Invalid state PENDING_UPDATE of loadbalancer resource f5d9b436-6811-4cf9-84f9-955bea8efe63
ERROR LB: POST member | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Pool bf1f46f2-cd32-49df-9549-9d3c2582dff1 is immutable and cannot be updated.
ERROR LB: POST listener | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Load Balancer f5d9b436-6811-4cf9-84f9-955bea8efe63 is immutable and cannot be updated.
ERROR LB: PUT lb | 409 | octavia | Client | immutable | OPENSTACK_ERROR_STATE | Invalid state ERROR of loadbalancer resource f5d9b436-6811-4cf9-84f9-955bea8efe63
ERROR LB: batch | 409 | octavia | Client | immutable | OPENSTACK_IMMUTABLE | Pool bf1f46f2-cd32-49df-9549-9d3c2582dff1 is immutable and cannot be updated.
ERROR LB: failover | 501 | octavia | Server | unsupported | OPENSTACK_OPTION_UNSUPPORTED | Provider 'ovn' does not support a requested option: OVN provider does not support loadbalancer failover
FIP already used for port | 409 | neutron | FloatingIPPortAlreadyAssociated | conflict | OPENSTACK_FLOATING_IP_ASSOCIATED | Cannot associate floating IP 172.24.4.105 (a1c3c5ec-40f4-45f3-85df-8ef505047e6a) with port 0fc555de-ccde-4aa1-9027-66b3c8790fc6 using fixed IP 10.60.7.7, as that fixed IP already has a floating IP on external network b50376a0-8d52-44db-b517-b498abfd3b80.
FIP address in use | 409 | neutron | IpAddressAlreadyAllocated | ip-in-use | OPENSTACK_IP_IN_USE | IP address 172.24.4.234 already allocated in subnet 943869aa-da3c-4b4b-bb44-5ae5b8837b52
router gateway clear with FIPs | 409 | neutron | RouterExternalGatewayInUseByFloatingIp | in-use | OPENSTACK_IN_USE | Gateway cannot be updated for router a01eabd1-51e0-4759-a19e-fde9d117dd7c, since a gateway to external network b50376a0-8d52-44db-b517-b498abfd3b80 is required by one or more floating IPs.
rule protocol: tcp, port_range_min: 8080 | 400 | neutron | SecurityGroupInvalidPortRange | invalid | OPENSTACK_INVALID | For TCP/UDP protocols, port_range_min must be <= port_range_max
rule protocol: tcp, port_range_min: 0, port_range_max: 10 | 400 | neutron | SecurityGroupInvalidPortValue | invalid | OPENSTACK_INVALID | Invalid value for port 0
rule protocol: tcp, port_range_min: 90, port_range_max: 80 | 400 | neutron | SecurityGroupInvalidPortRange | invalid | OPENSTACK_INVALID | For TCP/UDP protocols, port_range_min must be <= port_range_max
rule port_range_min: 80, port_range_max: 80 | 400 | neutron | SecurityGroupProtocolRequiredWithPorts | invalid | OPENSTACK_INVALID | Must also specify protocol if port range is given.
rule protocol: icmp, port_range_min: 300 | 400 | neutron | SecurityGroupInvalidIcmpValue | invalid | OPENSTACK_INVALID | Invalid value for ICMP type (port_range_min) 300. It must be 0 to 255.
rule protocol: any, remote_ip_prefix: 10.0.0.7/8 | 400 | neutron | SecurityGroupRuleInvalidProtocol | invalid | OPENSTACK_INVALID | Security group rule protocol any not supported. Only protocol values [None, 'ah', ...
rule protocol: foo | 400 | neutron | SecurityGroupRuleInvalidProtocol | invalid | OPENSTACK_INVALID | Security group rule protocol foo not supported. Only protocol values [None, 'ah', ...
rule ethertype: IPv6, remote_ip_prefix: 10.0.0.0/8 | 400 | neutron | SecurityGroupRuleParameterConflict | invalid | OPENSTACK_INVALID | Conflicting value ethertype IPv6 for CIDR 10.0.0.0/8
rule remote_ip_prefix: 10.0.0.0/8, remote_group_id: 1c172aba-a269-4821-bf9f-6feeae5aa40b | 400 | neutron | SecurityGroupMultipleRemoteEntites | invalid | OPENSTACK_INVALID | Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.
rule security_group_id: 00000000-0000-0000-0000-000000000000 | 404 | neutron | SecurityGroupNotFound | not-found | OPENSTACK_NOT_FOUND | Security group 00000000-0000-0000-0000-000000000000 does not exist
rule remote_group_id: 00000000-0000-0000-0000-000000000000 | 404 | neutron | SecurityGroupNotFound | not-found | OPENSTACK_NOT_FOUND | Security group 00000000-0000-0000-0000-000000000000 does not exist
rule protocol: tcp, description: x*300 | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_INVALID | Invalid input for description. Reason: 'xxx...' exceeds maximum length of 255.
address group in use | 409 | neutron | AddressGroupInUse | in-use | OPENSTACK_IN_USE | Address group 6ad7df62-a64a-402a-942b-3c6aa1bbfdc7 is in use on one or more security group rules.
address added twice | 400 | neutron | AddressesAlreadyExist | already-exists | OPENSTACK_ADDRESSES_EXIST | Addresses ['10.50.1.151/32'] already exist in the address group 6ad7df62-a64a-402a-942b-3c6aa1bbfdc7.
address removed that is not there | 404 | neutron | AddressesNotFound | not-found | OPENSTACK_NOT_FOUND | Addresses ['9.9.9.9/32'] not found in the address group 6ad7df62-a64a-402a-942b-3c6aa1bbfdc7.
PUT addresses of a group | 400 | neutron | HTTPBadRequest | invalid | OPENSTACK_READ_ONLY_ATTRIBUTE | Cannot update read-only attribute addresses
SG in use by a port | 409 | neutron | SecurityGroupInUse | in-use | OPENSTACK_IN_USE | Security Group 41c9eada-96d4-433b-aacc-f233ffb63350 in use.
rule exists | 409 | neutron | SecurityGroupRuleExists | already-exists | OPENSTACK_RULE_EXISTS | Security group rule already exists. Rule id is 4864ad66-33a8-45bd-9b62-bdab3e04f6f7.
rule twice in one bulk | 400 | neutron | DuplicateSecurityGroupRuleInPost | invalid | OPENSTACK_INVALID | Duplicate Security Group Rule in POST.
rule gone with its remote group | 404 | neutron | SecurityGroupRuleNotFound | not-found | OPENSTACK_NOT_FOUND | Security group rule f592b122-afbe-463d-b36b-666f4b9a96ab does not exist
address pair with another MAC (2026.2) | 400 | neutron | InvalidVirtualMACAddress | invalid | OPENSTACK_INVALID | Invalid virtual MAC address
delete a compute port as member (2026.2) | 403 | neutron | PolicyNotAuthorized | forbidden | OPENSTACK_FORBIDDEN | rule:delete_port is disallowed by policy
414 of the ids | 414 | - | - | too-long | OPENSTACK_URI_TOO_LONG | -
`;

const SHAPES: Readonly<Record<string, (status: number, type: string, message: string) => unknown>> = {
  neutron: (_status, type, message) => ({ NeutronError: { type, message, detail: "" } }),
  octavia: (_status, faultcode, faultstring) => ({ faultcode, faultstring, debuginfo: null }),
  keystone: (code, title, message) => ({ error: { code, title, message } }),
};

/** Answers of a real Neutron, Octavia and Keystone. */
export const ERROR_BODIES: readonly ErrorBody[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [what = "", status = "", service = "", type = "", kind = "", code = "", text = ""] = line.split(" | ");
    const message: string = JSON.parse(`"${text}"`);
    const shape = SHAPES[service];
    return {
      what,
      status: Number(status),
      body: shape === undefined ? "" : JSON.stringify(shape(Number(status), type, message)),
      type: shape === undefined ? undefined : type,
      kind: kind as ErrorKind,
      code,
    };
  });
