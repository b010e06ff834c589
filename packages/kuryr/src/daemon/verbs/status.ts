import { CniError, cniCodes } from "../cni/errors.ts";

/** Why an ADD cannot succeed now, as far as it can be told. */
export interface Availability {
  /** The start is not over yet: what is waited for. */
  readonly starting: readonly string[];
  /** The node lacks something that plugging needs. */
  readonly lacking: readonly string[];
  /** Open vSwitch is not there: running pods may be affected too. */
  readonly switchDown: readonly string[];
}

/**
 * Answers STATUS: silence where an ADD can succeed. Anything else takes the node out of scheduling, so what only might
 * fail (a KuryrPort that does not come) is no reason.
 * Source: CNI specification 1.1.0, section 2 ("STATUS"), codes 50 and 51.
 *
 * @throws CniError 50; 51 where running pods may be affected too
 */
export function status({ starting, lacking, switchDown }: Availability): void {
  const reasons = [...switchDown, ...starting, ...lacking];
  if (reasons.length === 0) return;
  throw new CniError(
    switchDown.length > 0 ? cniCodes.limitedConnectivity : cniCodes.notAvailable,
    "KURYR_NOT_AVAILABLE",
    reasons.join("; "),
    "the node gets no new pods until this is mended; see the log of kuryr-cni on it",
  );
}
