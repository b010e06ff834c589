import type { FakeRequest, FakeResponse } from "../../http/message.ts";
import type { Caller } from "../identity/state.ts";
import type { NetworkState } from "../network/state/state.ts";
import type { Build } from "./build.ts";
import type { Guard } from "./guard.ts";
import type { Provider } from "./provider.ts";
import type { Rules } from "./rules.ts";
import type { Show } from "./show.ts";
import type { BalancerState } from "./state.ts";
import type { Vips } from "./vip.ts";

/** What the parts of Octavia share. */
export interface Context {
  readonly state: BalancerState;
  readonly network: NetworkState;
  readonly provider: Provider;
  readonly build: Build;
  readonly rules: Rules;
  readonly guard: Guard;
  readonly show: Show;
  readonly vips: Vips;
  readonly url: () => string;
}

/** Serves `/v2/lbaas/<kind>` and what is below it. */
export type Serve = (request: FakeRequest, rest: readonly string[], caller: Caller) => FakeResponse;
