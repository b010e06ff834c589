import { AUTH_SETTINGS, readAuth, readFlag, readInterface, type SettingSource, shown } from "./auth-settings.ts";
import type { Service } from "../catalog.ts";
import type { CloudOptions } from "../cloud.ts";
import { configError } from "../errors.ts";
import type { TlsOptions } from "../http/tls-context.ts";
import { isTextMap, type TextMap, type TextValue } from "./yaml-text.ts";

/** An entry of `clouds.yaml`, the secrets merged into it. */
export interface CloudEntry {
  readonly name: string;
  readonly settings: TextMap;
  /** Reads a file that the entry names, `~` and relative paths resolved. */
  readonly readFile: (path: string, setting: string) => string;
}

const HINT = "Add it to the entry in clouds.yaml or secure.yaml.";
const AUTH: ReadonlySet<string> = new Set([...AUTH_SETTINGS, "auth_type"]);
/** What would silently change where or as whom we speak, was it passed over. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["profile", "Write auth_url and what else the profile holds into the entry."],
  ["cloud", "Write auth_url and what else the profile holds into the entry."],
  ["auth_methods", "Use a password, an application credential or a token."],
]);
const SERVICES: Readonly<Record<Service, string>> = {
  identity: "identity",
  network: "network",
  "load-balancer": "load_balancer",
};

/**
 * Settings for `connect` from an entry: `auth` and `auth_type`, `region_name` or the first of `regions`, `interface`,
 * `cacert`, `cert`, `key`, `verify`, `insecure`, `api_timeout` (seconds), `<service>_endpoint_override`. Keys with dashes
 * count as with underscores; credentials may stand beside `auth`, which wins. What else openstacksdk knows is for other
 * services and passed over; an unknown key in `auth`, and a profile, are refused.
 *
 * @throws config naming the entry and the key.
 */
export function entryOptions(entry: CloudEntry): CloudOptions {
  const describe = (name: string): string => `cloud "${entry.name}" in clouds.yaml: ${name}`;
  const outer = fieldsOf(entry.settings);
  for (const [name, hint] of REFUSED) {
    if (outer.get(name) !== undefined) {
      throw configError(`${describe(name)} is not supported`, hint, { code: "OPENSTACK_CONFIG_UNSUPPORTED" });
    }
  }
  const auth = fieldsOf(mapOf(outer.get("auth"), describe("auth")));
  for (const key of auth.keys()) {
    if (!AUTH.has(key)) {
      throw configError(`${describe("auth")} has no ${shown(key)}`, `It takes: ${[...AUTH].join(", ")}.`, {
        code: "OPENSTACK_CONFIG_UNSUPPORTED",
      });
    }
  }
  const region = regionOf(outer, describe);
  const all = new Map([...outer, ...region.values]);
  const settings = sourceOf(all, describe);
  const file = (name: string): string | undefined => {
    const path = settings.get(name);
    return path === undefined ? undefined : entry.readFile(path, describe(name));
  };
  if (settings.get("identity_api_version")?.startsWith("2") === true) {
    throw configError(`${describe("identity_api_version")} 2 is not supported`, "Use 3.", {
      code: "OPENSTACK_CONFIG_UNSUPPORTED",
    });
  }
  const tls: TlsOptions = {
    ca: file("cacert"),
    clientCert: file("cert"),
    clientKey: file("key"),
    insecure: readFlag(settings, "insecure") === true || readFlag(settings, "verify") === false,
  };
  return {
    auth: readAuth(sourceOf(new Map([...all, ...auth]), (name) => describe(`auth.${name}`))),
    region: region.name,
    interface: readInterface(settings, "interface") ?? readInterface(settings, "endpoint_type"),
    endpoints: endpointsOf(settings),
    timeoutMs: timeoutOf(settings),
    tls,
  };
}

function regionOf(
  outer: TextMap,
  describe: (name: string) => string,
): { readonly name: string | undefined; readonly values: TextMap } {
  const regions = outer.get("regions");
  const wanted = sourceOf(outer, describe).get("region_name");
  if (regions === undefined) return { name: wanted, values: new Map() };
  const known = (Array.isArray(regions) ? (regions as readonly TextValue[]) : [regions]).map((region) => {
    const fields = isTextMap(region) ? region : new Map([["name", region]]);
    const name = fields.get("name");
    if (typeof name !== "string") throw configError(`${describe("regions")} has one without a name`, "Give its name.");
    return { name, values: fieldsOf(mapOf(fields.get("values"), describe("regions"))) };
  });
  const found = known.find(({ name }) => wanted === undefined || name === wanted);
  if (found !== undefined) return found;
  throw configError(
    `${describe("region_name")} is none of regions`,
    `Use one of: ${known.map(({ name }) => name).join(", ")}.`,
    { code: "OPENSTACK_CONFIG_REGION" },
  );
}

function endpointsOf({ get }: SettingSource): CloudOptions["endpoints"] {
  const endpoints: Partial<Record<Service, string>> = {};
  for (const service of ["identity", "network", "load-balancer"] as const) {
    const name = SERVICES[service];
    const url = get(`${name}_endpoint_override`) ?? get(`${name}_endpoint`);
    if (url !== undefined) endpoints[service] = url;
  }
  return endpoints;
}

function timeoutOf({ get, describe }: SettingSource): number | undefined {
  const text = get("api_timeout");
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (/^[\d.]+$/.test(text) && seconds > 0) return seconds * 1000;
  throw configError(`${describe("api_timeout")} is no number of seconds`, "Give a number above 0.");
}

function sourceOf(fields: TextMap, describe: (name: string) => string): SettingSource {
  return {
    hint: HINT,
    describe,
    get(name) {
      const value = fields.get(name);
      if (value === undefined || value === "") return undefined;
      if (typeof value === "string") return value;
      throw configError(`${describe(name)} is not a single value`, "Give one text or number.");
    },
  };
}

function mapOf(value: TextValue, described: string): TextMap {
  if (value === undefined) return new Map();
  if (isTextMap(value)) return value;
  throw configError(`${described} is not a mapping`, "Indent its keys below it.");
}

/** Keys as openstacksdk reads them: dashes are underscores. */
function fieldsOf(map: TextMap): Map<string, TextValue> {
  return new Map([...map].map(([key, value]) => [key.replaceAll("-", "_"), value]));
}
