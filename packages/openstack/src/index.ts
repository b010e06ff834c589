export { type Capabilities, discover, type Taggable } from "./capabilities.ts";
export type { CatalogEndpoint, CatalogEntry, Interface, Service } from "./catalog.ts";
export { type Classification, classify, type Failure } from "./request/classify.ts";
export { type Clock, type Random, systemClock } from "./clock.ts";
export { type Cloud, type CloudOptions, connect } from "./cloud.ts";
export type { BulkCreate, Collection, Tagging, UpdateOptions } from "./request/collection.ts";
export { createCounters, type OperationCount, type RequestCounters } from "./request/counters.ts";
export type { ApplicationCredentialAuth, Auth, AuthScope, PasswordAuth, TokenAuth } from "./identity/credentials.ts";
export { type Environment, fromEnvironment } from "./settings/environment.ts";
export { type ErrorFacts, type ErrorKind, isKind, OpenStackError } from "./errors.ts";
export { type CloudsOptions, fromClouds } from "./settings/clouds.ts";
export type { ConcurrencyOptions, Load } from "./request/limiter.ts";
export type { Filters, List, ListOptions, Resource } from "./request/listing.ts";
export {
  type LoadBalancerActions,
  type LoadBalancerService,
  type Members,
  provisioningStatuses,
} from "./balancer/load-balancer.ts";
export type * from "./balancer/load-balancer-resources.ts";
export { effectUnknown, type MarkedOptions } from "./request/marked.ts";
export type { Extensions, NetworkService, Quotas, RouterActions } from "./network/network.ts";
export type { AddressGroups, QosPolicies, Trunks } from "./network/network-extensions.ts";
export type * from "./network/network-extension-resources.ts";
export type * from "./network/network-resources.ts";
export { operationOf } from "./request/operation.ts";
export type { Query, QueryValue } from "./request/query.ts";
export type {
  Answer,
  CallOptions,
  Method,
  Requester,
  RequestOptions,
  RequestReport,
  WriteName,
} from "./request/request.ts";
export type { Repeatable, RetryOptions } from "./request/retry.ts";
export type { Scope } from "./identity/session.ts";
export type { TlsOptions } from "./http/tls-context.ts";
