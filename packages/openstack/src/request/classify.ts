import type { ErrorKind } from "../errors.ts";

/** The part of an answer that tells what went wrong. */
export interface Failure {
  readonly status: number;
  /** As received; may be empty, or not JSON at all. */
  readonly body: string;
  /** Of the request; tells whether it is the object itself that is missing, or one that the request names. */
  readonly path?: string | undefined;
}

/** What {@link classify} found. */
export interface Classification {
  readonly kind: ErrorKind;
  /** `OPENSTACK_...`; stable. */
  readonly code: string;
  /** NeutronError type, Keystone title or Octavia faultcode. */
  readonly type: string | undefined;
  /** The service's words; empty when it had none. */
  readonly message: string;
  /** Set where the kind's own answer would be wrong. */
  readonly transient: boolean | undefined;
  /** Id of the object that is there already, when the message names it. */
  readonly existingId: string | undefined;
}

interface Rule {
  readonly status?: number;
  readonly type?: RegExp;
  readonly text?: RegExp;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly transient?: boolean;
}

/**
 * The first rule that fits decides. Those with a status or a text correct what the plain status would say: services
 * answer 500 for an exhausted pool, 400 for things that exist, 404 for a router without a gateway.
 */
const RULES: readonly Rule[] = [
  // Neutron, by type of error.
  { type: /^(OverQuota|SubnetPoolQuotaExceeded)$/, kind: "quota", code: "OPENSTACK_QUOTA" },
  // No subnet fits what the port asks for: a free address would not help.
  { type: /^IpAddressGenerationFailureNoMatchingSubnet$/, kind: "conflict", code: "OPENSTACK_NO_MATCHING_SUBNET" },
  {
    type: /^(IpAddressGenerationFailure|ExternalIpAddressExhausted$)/,
    kind: "ip-exhausted",
    code: "OPENSTACK_SUBNET_EXHAUSTED",
  },
  {
    type: /^SubnetAllocationError$/,
    text: /Insufficient prefix space/,
    kind: "ip-exhausted",
    code: "OPENSTACK_SUBNET_POOL_EXHAUSTED",
    transient: false,
  },
  { type: /^SubnetAllocationError$/, kind: "ip-in-use", code: "OPENSTACK_CIDR_IN_USE", transient: false },
  { type: /^(IpAddressAlreadyAllocated|IpAddressInUse)$/, kind: "ip-in-use", code: "OPENSTACK_IP_IN_USE" },
  { type: /^InvalidIpForSubnet$/, kind: "invalid", code: "OPENSTACK_IP_OUTSIDE_SUBNET" },
  { type: /^MacAddressInUse$/, kind: "conflict", code: "OPENSTACK_MAC_IN_USE" },
  { type: /^(Default)?SecurityGroupRuleExists$/, kind: "already-exists", code: "OPENSTACK_RULE_EXISTS" },
  { type: /^(DuplicateRbacPolicy|PortBindingAlreadyExists)$/, kind: "already-exists", code: "OPENSTACK_EXISTS" },
  { type: /^AddressesAlreadyExist$/, kind: "already-exists", code: "OPENSTACK_ADDRESSES_EXIST" },
  { text: /Router already has a port on subnet/, kind: "already-exists", code: "OPENSTACK_INTERFACE_EXISTS" },
  { type: /^SecurityGroupCannotRemoveDefault$/, kind: "forbidden", code: "OPENSTACK_DEFAULT_GROUP" },
  // A 404 about the router's gateway; the object of the request is there.
  { type: /^ExternalGatewayForFloatingIPNotFound$/, kind: "conflict", code: "OPENSTACK_NO_EXTERNAL_GATEWAY" },
  { type: /^FloatingIPPortAlreadyAssociated$/, kind: "conflict", code: "OPENSTACK_FLOATING_IP_ASSOCIATED" },
  { type: /^PortBound$/, kind: "in-use", code: "OPENSTACK_PORT_BOUND" },
  { type: /^SubnetPoolDeleteError$/, text: /existing allocations/, kind: "in-use", code: "OPENSTACK_IN_USE" },
  { type: /InUse|^(FipAssociated|DuplicateSubPort)$/, kind: "in-use", code: "OPENSTACK_IN_USE" },
  { status: 404, type: /^HTTPNotFound$/, kind: "unsupported", code: "OPENSTACK_UNKNOWN_PATH" },
  { text: /^Bulk operation not supported/, kind: "unsupported", code: "OPENSTACK_BULK_UNSUPPORTED" },
  {
    type: /^HTTPBadRequest$/,
    text: /not allowed in POST|Unrecognized attribute/,
    kind: "invalid",
    code: "OPENSTACK_UNKNOWN_ATTRIBUTE",
  },
  { text: /read-only attribute/, kind: "invalid", code: "OPENSTACK_READ_ONLY_ATTRIBUTE" },
  { text: /overlaps with (another subnet|cidr)/, kind: "invalid", code: "OPENSTACK_CIDR_OVERLAP" },

  // Octavia, by its words: its fault codes only say whose mistake it was.
  { text: /^Invalid state ERROR of /, kind: "immutable", code: "OPENSTACK_ERROR_STATE" },
  {
    text: /^Invalid state PENDING_\w+ of |is immutable and cannot be updated/,
    kind: "immutable",
    code: "OPENSTACK_IMMUTABLE",
  },
  {
    status: 409,
    text: /^(Another \w+ on this .* is already using|This (pool|listener) already has a |Already an entity with )/,
    kind: "already-exists",
    code: "OPENSTACK_EXISTS",
  },
  { status: 409, type: /^Client$/, text: /^A .* already exists\.?$/, kind: "already-exists", code: "OPENSTACK_EXISTS" },
  { status: 409, text: /^The VIP IP address is already in use/, kind: "ip-in-use", code: "OPENSTACK_IP_IN_USE" },
  {
    status: 409,
    text: / is in use (by L7 policy |and cannot be modified)/,
    kind: "in-use",
    code: "OPENSTACK_IN_USE",
  },
  { text: /^Quota has been met/, kind: "quota", code: "OPENSTACK_QUOTA" },
  {
    status: 500,
    text: /reports error: IP address .* already allocated/,
    kind: "ip-in-use",
    code: "OPENSTACK_IP_IN_USE",
    transient: false,
  },
  {
    status: 500,
    text: /reports error: IP address .* is not a valid IP/,
    kind: "invalid",
    code: "OPENSTACK_IP_OUTSIDE_SUBNET",
    transient: false,
  },
  // The OVN provider of Zed, when a batch names a member twice.
  {
    status: 500,
    text: /reports error: list\.remove\(x\)/,
    kind: "invalid",
    code: "OPENSTACK_DUPLICATE_MEMBER",
    transient: false,
  },
  { text: /Cannot delete .* it has children/, kind: "in-use", code: "OPENSTACK_IN_USE" },
  {
    status: 400,
    text: /^[\w ]+ [0-9a-f-]{32,36} not found\.?$/i,
    kind: "not-found",
    code: "OPENSTACK_REFERENCE_NOT_FOUND",
  },
  // 501 when Octavia's configuration names it and it is not installed.
  {
    text: /^Provider '.*' (is not enabled|was not found)/,
    kind: "unsupported",
    code: "OPENSTACK_PROVIDER_UNKNOWN",
    transient: false,
  },
  {
    status: 501,
    text: /does not support a requested (option|action)/,
    kind: "unsupported",
    code: "OPENSTACK_OPTION_UNSUPPORTED",
    transient: false,
  },

  // Keystone.
  { status: 409, text: /Duplicate entry/, kind: "already-exists", code: "OPENSTACK_EXISTS" },

  // Whatever is left, by status.
  { status: 400, kind: "invalid", code: "OPENSTACK_INVALID" },
  { status: 401, kind: "auth", code: "OPENSTACK_UNAUTHORIZED" },
  { status: 403, kind: "forbidden", code: "OPENSTACK_FORBIDDEN" },
  { status: 404, kind: "not-found", code: "OPENSTACK_NOT_FOUND" },
  { status: 405, kind: "unsupported", code: "OPENSTACK_METHOD_NOT_ALLOWED" },
  { status: 408, kind: "timeout", code: "OPENSTACK_SERVER_TIMEOUT" },
  { status: 409, kind: "conflict", code: "OPENSTACK_CONFLICT" },
  { status: 410, kind: "not-found", code: "OPENSTACK_NOT_FOUND" },
  { status: 412, kind: "precondition", code: "OPENSTACK_PRECONDITION" },
  { status: 413, kind: "too-long", code: "OPENSTACK_BODY_TOO_LONG" },
  { status: 414, kind: "too-long", code: "OPENSTACK_URI_TOO_LONG" },
  { status: 422, kind: "invalid", code: "OPENSTACK_INVALID" },
  { status: 429, kind: "rate-limit", code: "OPENSTACK_RATE_LIMIT" },
  { status: 431, kind: "too-long", code: "OPENSTACK_HEADERS_TOO_LONG" },
  { status: 501, kind: "unsupported", code: "OPENSTACK_UNSUPPORTED", transient: false },
  { status: 503, kind: "server", code: "OPENSTACK_UNAVAILABLE" },
  { status: 504, kind: "timeout", code: "OPENSTACK_SERVER_TIMEOUT" },
];

/**
 * Says what a failed answer means, from its status and its body alone.
 *
 * Bodies: Neutron `{"NeutronError": {type, message, detail}}`, Octavia `{faultcode, faultstring, debuginfo}`, Keystone
 * `{"error": {code, title, message}}`; anything else, such as a proxy's page, is classed by its status.
 */
export function classify(failure: Failure): Classification {
  const { type, message } = parse(failure.body);
  const rule = RULES.find(
    (candidate) =>
      (candidate.status === undefined || candidate.status === failure.status) &&
      (candidate.type === undefined || (type !== undefined && candidate.type.test(type))) &&
      (candidate.text === undefined || candidate.text.test(message)),
  );
  const other: Pick<Rule, "kind" | "code"> =
    failure.status >= 500
      ? { kind: "server", code: "OPENSTACK_SERVER_ERROR" }
      : { kind: "invalid", code: "OPENSTACK_REFUSED" };
  const { kind } = rule ?? other;
  const code = isReference(type, failure.path) ? "OPENSTACK_REFERENCE_NOT_FOUND" : (rule ?? other).code;
  const existingId = kind === "already-exists" ? /Rule id is ([0-9a-f-]{36})/.exec(message)?.[1] : undefined;
  return { kind, code, type, message, transient: rule?.transient, existingId };
}

/**
 * A PUT of a port that names a missing security group answers 404 as well: then the type is of another kind than the
 * path. `PortNotFound` belongs to `/v2.0/ports/...`, `QosPolicyNotFound` to `/v2.0/qos/policies/...`.
 */
function isReference(type: string | undefined, path: string | undefined): boolean {
  const missing = /^(?!HTTP|TagResource)(\w+)NotFound$/.exec(type ?? "")?.[1]?.toLowerCase();
  if (missing === undefined || path === undefined) return false;
  if (missing.startsWith("externalgateway")) return false;
  const kinds = path
    .split("/")
    .slice(2)
    .map((segment) => segment.replace(/[-_]/g, "").replace(/ies$/, "y").replace(/s$/, ""));
  return !kinds.some((kind) => kind !== "" && missing.endsWith(kind));
}

function parse(body: string): { type: string | undefined; message: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { type: undefined, message: "" };
  }
  const fault = textsOf(value);
  if (fault === undefined) return { type: undefined, message: "" };
  if (typeof fault["faultstring"] === "string") {
    return { type: text(fault["faultcode"]), message: fault["faultstring"] };
  }
  for (const inner of Object.values(fault)) {
    if (typeof inner === "string") continue;
    const error = textsOf(inner);
    if (typeof error?.["message"] === "string") {
      return { type: text(error["type"]) ?? text(error["title"]), message: error["message"] };
    }
  }
  const single = text(fault["NeutronError"]) ?? text(fault["message"]);
  return { type: undefined, message: single ?? "" };
}

function textsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
