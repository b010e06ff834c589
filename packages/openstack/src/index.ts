export type { CatalogEndpoint, CatalogEntry, Interface, Service } from "./catalog.ts";
export { type Classification, classify, type Failure } from "./classify.ts";
export { type Clock, type Random, systemClock } from "./clock.ts";
export {
  type Answer,
  type CallOptions,
  type Cloud,
  type CloudOptions,
  connect,
  type Method,
  type Requester,
  type RequestOptions,
  type RequestReport,
} from "./cloud.ts";
export type { BulkCreate, Collection, DeleteOptions, Tagging, UpdateOptions } from "./collection.ts";
export type { ApplicationCredentialAuth, Auth, PasswordAuth, TokenAuth } from "./credentials.ts";
export { type ErrorFacts, type ErrorKind, isKind, OpenStackError } from "./errors.ts";
export type { Filters, List, ListOptions, Resource } from "./listing.ts";
export type { Extensions, Network as NetworkService, Quotas, RouterActions } from "./network.ts";
export type * from "./network-resources.ts";
export { operationOf } from "./operation.ts";
export type { Query, QueryValue } from "./query.ts";
export type { Repeatable, RetryOptions } from "./retry.ts";
export type { Scope } from "./session.ts";
export type { TlsOptions } from "./transport.ts";
