import { installation } from "./rbac.ts";

/** The Lease whose holder works; `kubectl -n kube-system get lease kuryr-controller`. */
export const controllerLease = { namespace: installation.namespace, name: installation.controller } as const;

/** Which pod a holder of the Lease is in: an identity is `POD_UID_START`, and names of pods have no underscore. */
export const podOfHolder = (holder: string): string => holder.split("_")[0] ?? holder;
