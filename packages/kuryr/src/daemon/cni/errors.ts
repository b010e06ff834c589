import { LinuxNetworkError } from "@kuryr/netlink";
import { OvsdbError } from "@kuryr/ovsdb";

import { KuryrError, messageOf } from "../../api/errors.ts";

/** Error codes of the CNI specification, section "Error". */
export const cniCodes = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decode: 6,
  invalidConfig: 7,
  tryAgain: 11,
  /** STATUS: the plugin cannot serve ADD. */
  notAvailable: 50,
  /** STATUS: nor may pods that run reach each other. */
  limitedConnectivity: 51,
  /** Plugin-specific codes start at 100. */
  internal: 999,
} as const;

/** An error that the container runtime is told. */
export class CniError extends KuryrError {
  readonly cniCode: number;

  constructor(cniCode: number, code: `KURYR_${string}`, message: string, hint?: string, options?: ErrorOptions) {
    super(code, message, hint, options);
    this.name = "CniError";
    this.cniCode = cniCode;
  }
}

/**
 * The error object of the CNI specification: `msg` begins with the stable code, ours or that of one of the libraries,
 * `details` says what to do.
 */
export function cniErrorBody(error: unknown, cniVersion: string): object {
  const known = error instanceof KuryrError || isOfLibrary(error) ? error : undefined;
  return {
    cniVersion,
    code: error instanceof CniError ? error.cniCode : cniCodes.internal,
    msg: `${known?.code ?? "KURYR_INTERNAL"}: ${messageOf(error)}`,
    ...(known?.hint === undefined ? {} : { details: known.hint }),
  };
}

const isOfLibrary = (error: unknown): error is OvsdbError | LinuxNetworkError =>
  error instanceof OvsdbError || error instanceof LinuxNetworkError;
