export { type BackoffOptions, backoffDelay } from "./queue/backoff.ts";
export { type Clock, type Random, sleep, systemClock } from "./clock.ts";
export type {
  ApiRequest,
  CallOptions,
  Connection,
  ConnectionOptions,
  Readiness,
  RequestReport,
  WriteName,
} from "./api/connection-options.ts";
export { connect } from "./api/connection.ts";
export { createElection, type Election, type ElectionOptions, type Term } from "./election/election.ts";
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
} from "./events/event-recorder.ts";
export type { EventNote, ObjectReference } from "./events/event-series.ts";
export type { ExecPlugin } from "./credentials/exec-settings.ts";
export { addFinalizer, type Finalizable, hasFinalizer, isDeleting, removeFinalizer } from "./objects/finalizers.ts";
export {
  type ChangeInfo,
  createInformer,
  type Informer,
  type InformerHandler,
  type InformerOptions,
} from "./informer/informer.ts";
export type {
  InformerErrorContext,
  InformerHooks,
  ListReason,
  ReflectorOptions,
  RefreshOptions,
} from "./informer/reflector.ts";
export { inCluster } from "./settings/in-cluster.ts";
export { fromKubeconfig, type LoadedOptions } from "./settings/kubeconfig.ts";
export { type Lease, LEASES, type LeaseSpec } from "./election/lease-record.ts";
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
export { controllerOf, isOwnedBy, type Owner, ownerReference } from "./objects/owners.ts";
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
} from "./api/verbs.ts";
export {
  type FieldRequirement,
  formatFieldSelector,
  formatLabelSelector,
  type LabelRequirement,
  type LabelSelector,
  labelRequirements,
  matchesLabels,
  parseLabelSelector,
} from "./api/selectors.ts";
export type { IndexFunction } from "./informer/store.ts";
export type { TokenSource } from "./credentials/token.ts";
export type { HttpStream } from "./api/transport.ts";
export type { BookmarkEvent, ObjectEvent, WatchEvent } from "./api/watch-decoder.ts";
export {
  type AddOptions,
  FRESH,
  QueueFullError,
  RESYNC,
  WorkQueue,
  type WorkQueueHooks,
  type WorkQueueOptions,
  type WorkQueueStats,
} from "./queue/work-queue.ts";
export { type ReconcileResult, runWorkers, type WorkersOptions } from "./queue/workers.ts";
