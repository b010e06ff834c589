import { X509Certificate } from "node:crypto";
import * as tls from "node:tls";
import { configError } from "../errors.ts";

/** How the certificates of the services are verified; PEM texts. */
export interface TlsOptions {
  /** Instead of the system's roots. */
  readonly ca?: string | Buffer | undefined;
  readonly clientCert?: string | Buffer | undefined;
  readonly clientKey?: string | Buffer | undefined;
  /** Accept any certificate. For experiments only. */
  readonly insecure?: boolean | undefined;
}

/** What all connections over TLS have in common. */
export interface SecureOptions {
  readonly secureContext: tls.SecureContext;
  readonly rejectUnauthorized: boolean;
}

/** The context is built once: certificates are not parsed again for every connection. @throws config for unusable PEM. */
export function secureOptionsOf(options: TlsOptions): SecureOptions {
  try {
    // Node takes text without a certificate for an authority without a word, and then trusts nobody.
    if (options.ca !== undefined) void new X509Certificate(options.ca);
    const secureContext = tls.createSecureContext({
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.clientCert === undefined ? {} : { cert: options.clientCert }),
      ...(options.clientKey === undefined ? {} : { key: options.clientKey }),
    });
    return { secureContext, rejectUnauthorized: options.insecure !== true };
  } catch (error) {
    throw configError(
      `the TLS material cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      "Check that ca, clientCert and clientKey are PEM, and that the key belongs to the certificate.",
      { cause: error },
    );
  }
}
