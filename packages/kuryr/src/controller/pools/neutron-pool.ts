import { errorFields } from "../../log/logger.ts";
import type { DriverContext, LivePool, PoolWorld, VifPoolDriver } from "../pods/drivers/drivers.ts";
import { administration, type PoolAdministration } from "./admin.ts";
import { PoolFiller } from "./fill.ts";
import { giver } from "./give.ts";
import { serveManager } from "./manager.ts";
import { isPoolMark } from "./mark.ts";
import { poolMetrics, type PoolMetrics } from "./metrics.ts";
import { observer } from "./observe.ts";
import { PoolState } from "./state.ts";
import { taker } from "./take.ts";
import { teller } from "./tell.ts";
import { worker } from "./work.ts";

/** `neutron`: ports wait on their nodes for pods to come, and return when pods end. */
export function neutronPool(context: DriverContext): VifPoolDriver {
  const metrics = poolMetrics(context.metrics);
  const unattached = (): never => {
    throw new Error("the pools have not begun");
  };
  return {
    take: async () => unattached(),
    give: async () => unattached(),
    attach: (world) => livePool(context, metrics, world),
  };
}

/** People who cannot look at the pools are no reason to stop serving pods. */
async function manager({ config, log }: DriverContext, pools: PoolAdministration): Promise<(() => void) | undefined> {
  const path = config.pool_manager.sock_file;
  try {
    return await serveManager(path, pools);
  } catch (error) {
    log.error("the manager of the pools cannot listen", { socket: path, ...errorFields(error) });
    return undefined;
  }
}

function livePool(context: DriverContext, metrics: PoolMetrics, world: PoolWorld): LivePool {
  const state = new PoolState(context, metrics, world);
  const filler = new PoolFiller({
    ports: state.ports,
    clock: state.clock,
    log: state.log,
    metrics,
    pauseMs: state.options.frequencyMs,
    atOnce: () => context.cloud.load("network").limit,
    portOf: (pool) => state.portOf(pool),
    onPort: (pool, port) => state.waits(pool, port, undefined),
    onExhausted: (pool, error) => state.exhausted(pool, error),
  });
  const work = worker(state, filler, teller(state));
  const { enable_manager: managed } = context.config.kubernetes;
  return {
    take: taker(state),
    give: giver(state),
    placed: (portId) => {
      state.claims.placed(portId, state.now());
      state.alarm.ring();
    },
    dropped: (portId) => {
      state.claims.end(portId);
      state.book.drop(portId);
    },
    seenAs: (port) => state.claims.seenAs(port),
    keeps: (port) => isPoolMark(context.cluster, port.description ?? ""),
    observed: observer(state),
    async run(signal) {
      const close = managed ? await manager(context, administration(state, filler, signal)) : undefined;
      await work(signal);
      close?.();
    },
  };
}
