import type { BalancerObject, BalancerUpdate, Ref } from "./load-balancer-resources.ts";

/** What happens to requests that match rules (not with OVN). */
export interface L7Policy extends BalancerObject {
  readonly description: string;
  readonly listener_id: string;
  readonly action: "REDIRECT_PREFIX" | "REDIRECT_TO_POOL" | "REDIRECT_TO_URL" | "REJECT";
  readonly position: number;
  readonly redirect_pool_id: string | null;
  readonly redirect_url: string | null;
  readonly redirect_prefix: string | null;
  readonly redirect_http_code: number | null;
  readonly rules: readonly Ref[];
}

/** What can be changed of an L7 policy. */
export interface L7PolicyUpdate extends BalancerUpdate {
  readonly description?: string;
  readonly action?: L7Policy["action"];
  readonly position?: number;
  readonly redirect_pool_id?: string;
  readonly redirect_url?: string;
  readonly redirect_prefix?: string;
  readonly redirect_http_code?: number;
}

/** A new L7 policy. */
export interface L7PolicyCreate extends L7PolicyUpdate {
  readonly listener_id: string;
  readonly action: L7Policy["action"];
  readonly project_id?: string;
}

/** One condition of an L7 policy; all of them must hold. */
export interface L7Rule extends Omit<BalancerObject, "name"> {
  readonly type: "COOKIE" | "FILE_TYPE" | "HEADER" | "HOST_NAME" | "PATH" | (string & {});
  readonly compare_type: "CONTAINS" | "ENDS_WITH" | "EQUAL_TO" | "REGEX" | "STARTS_WITH";
  readonly key: string | null;
  readonly value: string;
  readonly invert: boolean;
}

/** A new condition. */
export interface L7RuleCreate {
  readonly type: L7Rule["type"];
  readonly compare_type: L7Rule["compare_type"];
  readonly key?: string;
  readonly value: string;
  readonly invert?: boolean;
  readonly admin_state_up?: boolean;
  readonly tags?: readonly string[];
}
