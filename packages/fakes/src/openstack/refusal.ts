import type { FakeResponse, Json } from "../http/message.ts";

/** A request that a service refuses, with the answer it gets. */
export class Refusal extends Error {
  readonly response: FakeResponse;

  constructor(status: number, body: Json | undefined, headers?: Readonly<Record<string, string>>) {
    super(typeof body === "string" ? body : JSON.stringify(body));
    this.name = "Refusal";
    this.response = { status, ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) };
  }
}

/** Keystone's form; its middleware in front of the other services uses it too. */
export function identityRefusal(
  code: number,
  title: string,
  message: string,
  more: { [key: string]: Json } = {},
): Refusal {
  return new Refusal(code, { error: { code, message, title, ...more } });
}

export const unauthorized = (): Refusal =>
  identityRefusal(401, "Unauthorized", "The request you have made requires authentication.");

/** Neutron's form. */
export function networkRefusal(status: number, type: string, message: string): Refusal {
  return new Refusal(status, { NeutronError: { type, message, detail: "" } });
}

/** What Neutron says of a request that it does not understand. */
export const badRequest = (message: string): Refusal => networkRefusal(400, "HTTPBadRequest", message);

export const invalidInput = (message: string): Refusal =>
  networkRefusal(400, "InvalidInput", `Invalid input for operation: ${message}.`);

/** Octavia's form. */
export function balancerRefusal(status: number, faultstring: string): Refusal {
  return new Refusal(status, { faultcode: status >= 500 ? "Server" : "Client", faultstring, debuginfo: null });
}
