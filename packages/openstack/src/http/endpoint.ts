import { configError } from "../errors.ts";
import type { Endpoint } from "./transport.ts";

/**
 * Takes an endpoint's URL apart. One rule for every service: slashes at the end go, then one version segment (`/v3`,
 * `/v2.0`, `/v2`) goes; what is left is the root, and every path that a request names begins with its version.
 * `http://h:5000/v3`, `http://h:5000/v3/` and `http://h:5000` are the same endpoint; so are
 * `https://h/networking/v2.0` and `https://h/networking`.
 *
 * @throws config when it is not an http or https URL.
 */
export function parseEndpoint(text: string, what: string): Endpoint {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw configError(`the URL of ${what} is not usable: "${withoutUser(text)}"`, "Give http(s)://host[:port][/path].");
  }
  const secure = url.protocol === "https:";
  return {
    secure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    prefix: url.pathname
      .replace(/\/+$/, "")
      .replace(/\/v\d+(\.\d+)?$/, "")
      .replace(/\/+$/, ""),
    authority: url.host,
    origin: url.origin,
  };
}

/** A URL may carry a password where nobody expects one. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//...@");
}
