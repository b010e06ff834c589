import type { Port } from "@kuryr/openstack";

/** What a port has where nobody asked for anything else. */
const usual: Readonly<Record<string, unknown>> = {
  admin_state_up: true,
  allowed_address_pairs: [],
  port_security_enabled: true,
  qos_policy_id: null,
  tags: [],
};

/**
 * Whether a port is as if it had just been made in this shape: an older configuration may have made it in another one, and
 * somebody may have changed it since. Pure.
 */
export function hasShape(port: Port, shape: string): boolean {
  const wanted = { ...usual, ...Object.fromEntries(JSON.parse(shape) as [string, unknown][]) };
  const has = new Map<string, unknown>(Object.entries(port));
  // What Neutron does not show (its extension is missing) is as usual.
  return Object.entries(wanted).every(([name, value]) => textOf(has.get(name) ?? usual[name]) === textOf(value));
}

const textOf = (value: unknown): string =>
  JSON.stringify(Array.isArray(value) ? value.map((one) => JSON.stringify(one)).sort() : (value ?? null));
