export { type BackoffOptions, backoffDelay } from "./backoff.ts";
export { type Clock, type Random, sleep, systemClock } from "./clock.ts";
export {
  type ApiRequest,
  type CallOptions,
  connect,
  type Connection,
  type ConnectionOptions,
  type Readiness,
  type RequestReport,
} from "./connection.ts";
export { createElection, type Election, type ElectionOptions, type Term } from "./election.ts";
export {
  AlreadyExistsError,
  ApiError,
  apiError,
  type ApiErrorContext,
  BadRequestError,
  ConfigError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  GoneError,
  InternalServerError,
  InvalidError,
  KubernetesError,
  LeaseLostError,
  NotFoundError,
  ProtocolError,
  ReconcileTimeoutError,
  RequestTimeoutError,
  ServerTimeoutError,
  ServiceUnavailableError,
  type Status,
  type StatusCause,
  type StatusDetails,
  TooManyRequestsError,
  UnauthorizedError,
  UnknownResourceError,
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
export { addFinalizer, type Finalizable, hasFinalizer, isDeleting, removeFinalizer } from "./finalizers.ts";
export {
  type ChangeInfo,
  createInformer,
  type Informer,
  type InformerErrorContext,
  type InformerHandler,
  type InformerHooks,
  type InformerOptions,
  type ListReason,
} from "./informer.ts";
export { fromKubeconfig, inCluster, type LoadedOptions } from "./kubeconfig.ts";
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
} from "./resource.ts";
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
export type { BookmarkEvent, ObjectEvent, WatchEvent } from "./watch.ts";
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
