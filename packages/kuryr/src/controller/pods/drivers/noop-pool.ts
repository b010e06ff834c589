import type { DriverContext, VifPoolDriver } from "./drivers.ts";

/** `noop`: a port is made for each pod, and deleted with it. */
export function noopPool({ ports }: DriverContext): VifPoolDriver {
  return {
    take: async (port, signal, mayAsk) => (mayAsk() ? ports.create(port, signal) : undefined),
    give: async (portId, signal) => {
      await ports.delete(portId, signal);
      return undefined;
    },
  };
}
