export { crds, kuryrPortCrd } from "./api/crds.ts";
export { KuryrError } from "./api/errors.ts";
export * as keys from "./api/keys.ts";
export type { KuryrPort, KuryrPortSpec, KuryrPortStatus, PodInterface } from "./api/kuryr-port.ts";
export { kuryrPorts } from "./api/kuryr-port.ts";
export { isMarkOf, markOf, parseMark } from "./api/ownership.ts";
export { installation, rbacObjects } from "./api/rbac.ts";
