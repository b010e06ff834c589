export { type Capabilities, discover, type Taggable } from "./capabilities.ts";
export type { CatalogEndpoint, CatalogEntry, Interface, Service } from "./catalog.ts";
export { type Classification, classify, type Failure } from "./classify.ts";
export { type Clock, type Random, systemClock } from "./clock.ts";
export { type Cloud, type CloudOptions, connect } from "./cloud.ts";
export type { BulkCreate, Collection, Tagging, UpdateOptions } from "./collection.ts";
export { createCounters, type OperationCount, type RequestCounters } from "./counters.ts";
export type { ApplicationCredentialAuth, Auth, AuthScope, PasswordAuth, TokenAuth } from "./credentials.ts";
export { type Environment, fromEnvironment } from "./environment.ts";
export { type ErrorFacts, type ErrorKind, isKind, OpenStackError } from "./errors.ts";
export { type CloudsOptions, fromClouds } from "./clouds.ts";
export type { ConcurrencyOptions, Load } from "./limiter.ts";
export type { Filters, List, ListOptions, Resource } from "./listing.ts";
export {
  type LoadBalancerActions,
  type LoadBalancerService,
  type Members,
  provisioningStatuses,
} from "./load-balancer.ts";
export type * from "./load-balancer-resources.ts";
export { effectUnknown, type MarkedOptions } from "./marked.ts";
export type { Extensions, NetworkService, Quotas, RouterActions } from "./network.ts";
export type { AddressGroups, QosPolicies, Trunks } from "./network-extensions.ts";
export type * from "./network-extension-resources.ts";
export type * from "./network-resources.ts";
export { operationOf } from "./operation.ts";
export type { Query, QueryValue } from "./query.ts";
export type { Answer, CallOptions, Method, Requester, RequestOptions, RequestReport, WriteName } from "./request.ts";
export type { Repeatable, RetryOptions } from "./retry.ts";
export type { Scope } from "./session.ts";
export type { TlsOptions } from "./tls-context.ts";
