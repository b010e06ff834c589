// What tests of this repository take from here; not part of the published package.
export { type DatabaseServer, noServer, startDatabaseServer } from "./database-server.ts";
export { Signals } from "./events.ts";
export { type Proxy, startProxy } from "./proxy.ts";
