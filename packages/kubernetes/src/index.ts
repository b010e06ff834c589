export { type BackoffOptions, backoffDelay } from "./backoff.ts";
export { type Clock, type Random, sleep, systemClock } from "./clock.ts";
export type {
  ApiRequest,
  CallOptions,
  Connection,
  ConnectionOptions,
  Readiness,
  RequestReport,
  WriteName,
} from "./connection-options.ts";
export { connect } from "./connection.ts";
export { createElection, type Election, type ElectionOptions, type Term } from "./election.ts";
export {
  AlreadyExistsError,
  ApiError,
  apiError,
  type ApiErrorContext,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InternalServerError,
  InvalidError,
  NotFoundError,
  ServerTimeoutError,
  ServiceUnavailableError,
  type Status,
  type StatusCause,
  type StatusDetails,
  TooManyRequestsError,
  UnauthorizedError,
  UnknownResourceError,
} from "./api-errors.ts";
export {
  ConfigError,
  ConnectionError,
  ExecPluginError,
  KubernetesError,
  LeaseLostError,
  ProtocolError,
  ReconcileTimeoutError,
  RequestTimeoutError,
  UsageError,
  WatchStalledError,
} from "./errors.ts";
export {
  type CoreEvent,
  createEventRecorder,
  type EventRecorder,
  type EventRecorderOptions,
  EVENTS,
  referenceTo,
} from "./event-recorder.ts";
export type { EventNote, ObjectReference } from "./event-series.ts";
export type { ExecPlugin } from "./exec-settings.ts";
export { addFinalizer, type Finalizable, hasFinalizer, isDeleting, removeFinalizer } from "./finalizers.ts";
export {
  type ChangeInfo,
  createInformer,
  type Informer,
  type InformerHandler,
  type InformerOptions,
} from "./informer.ts";
export type { InformerErrorContext, InformerHooks, ListReason, ReflectorOptions, RefreshOptions } from "./reflector.ts";
export { inCluster } from "./in-cluster.ts";
export { fromKubeconfig, type LoadedOptions } from "./kubeconfig.ts";
export { type Lease, LEASES, type LeaseSpec } from "./lease-record.ts";
export { ManualClock } from "./manual-clock.ts";
export {
  apiVersionOf,
  keyOf,
  type KubernetesObject,
  type ObjectMeta,
  type ObjectRef,
  type OwnerReference,
  parseKey,
  type ResourceDefinition,
  type StringMap,
  type Writable,
  type WritableMeta,
} from "./objects.ts";
export { controllerOf, isOwnedBy, type Owner, ownerReference } from "./owners.ts";
export type {
  ApplyConfiguration,
  ApplyOptions,
  DeleteOptions,
  JsonPatchOperation,
  ListOptions,
  ObjectVerbs,
  Page,
  Patch,
  Resource,
  Selection,
  WatchOptions,
  WriteOptions,
} from "./verbs.ts";
export {
  type FieldRequirement,
  formatFieldSelector,
  formatLabelSelector,
  type LabelRequirement,
  type LabelSelector,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from "./selectors.ts";
export type { IndexFunction } from "./store.ts";
export type { TokenSource } from "./token.ts";
export type { HttpStream } from "./transport.ts";
export type { BookmarkEvent, ObjectEvent, WatchEvent } from "./watch-decoder.ts";
export {
  type AddOptions,
  FRESH,
  QueueFullError,
  RESYNC,
  WorkQueue,
  type WorkQueueHooks,
  type WorkQueueOptions,
  type WorkQueueStats,
} from "./work-queue.ts";
export { type ReconcileResult, runWorkers, type WorkersOptions } from "./workers.ts";
