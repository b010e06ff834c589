export { startKubernetes } from "./kubernetes/server.ts";
