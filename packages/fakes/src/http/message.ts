import type { IncomingHttpHeaders } from "node:http";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value as plain text: strings as they are, anything else as JSON. */
export function jsonText(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A request as a fake service sees it: whole, and not yet understood. */
export interface FakeRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly path: string;
  /** Names and values in their order, decoded. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeResponse {
  readonly status: number;
  /** Sent as JSON; text goes as it is, with the content type of `headers`. */
  readonly body?: Json | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service makes of a request; an exception becomes a 500 without a body. */
export type Handler = (request: FakeRequest) => FakeResponse | Promise<FakeResponse>;

/** The first value of a query parameter. */
export function queryValue(request: FakeRequest, name: string): string | undefined {
  return request.query.find(([key]) => key === name)?.[1];
}
