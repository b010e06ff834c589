export type { PolicyRule, User } from "./kubernetes/auth.ts";
export {
  type Fault as KubernetesFault,
  type FaultContext as KubernetesFaultContext,
  type FaultProfile as KubernetesFaultProfile,
  type LatencyProfile as KubernetesLatencyProfile,
  randomFaults,
  uniformLatency,
} from "./kubernetes/faults.ts";
export {
  type Kubernetes,
  type KubernetesControls,
  type KubernetesOptions,
  type ServedRequest,
  startKubernetes,
} from "./kubernetes/server.ts";
export type { WatchPeer } from "./kubernetes/watching.ts";
export {
  type FakeOpenStack,
  type Mechanism,
  type OpenStackOptions,
  type SeenRequest,
  type ServiceName,
  startOpenStack,
} from "./openstack/index.ts";
export { type ManualClock, manualClock, type ServerClock, systemClock } from "./http/clock.ts";
export type { Fault, FaultProfile, FaultRule, Latency } from "./http/faults.ts";
