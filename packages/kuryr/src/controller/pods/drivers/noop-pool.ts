import type { DriverContext, VifPoolDriver } from "./drivers.ts";

/** `noop`: a port is made for each pod, and deleted with it. */
export function noopPool({ ports }: DriverContext): VifPoolDriver {
  return {
    take: (port, signal) => ports.create(port, signal),
    give: async (portId, signal) => {
      await ports.delete(portId, signal);
      return undefined;
    },
  };
}
