import { adminCloud } from "../cloud/identity.ts";
import { topology } from "../cloud/topology.ts";
import { StackError } from "../errors.ts";
import { api, external, services } from "../network-plan.ts";
import { until } from "../supervisor/probe.ts";
import type { Step } from "../supervisor/unit.ts";

interface LoadBalancer {
  readonly id: string;
  readonly provisioning_status: string;
}

interface StatusNode {
  readonly provisioning_status: string;
  readonly listeners?: readonly StatusNode[];
  readonly pools?: readonly StatusNode[];
  readonly members?: readonly StatusNode[];
}

/** Every provisioning status of a load balancer's tree. */
export function provisioningStatuses(node: StatusNode): string[] {
  const below = [...(node.listeners ?? []), ...(node.pools ?? []), ...(node.members ?? [])];
  return [node.provisioning_status, ...below.flatMap(provisioningStatuses)];
}

const name = "kuryr-dev-kubernetes";

/** The load balancer of `default/kubernetes`, which an administrator makes: Kuryr itself leaves that Service alone. */
export function apiLoadBalancerStep(): Step {
  const find = async (): Promise<LoadBalancer | undefined> => {
    const { body } = await adminCloud().request("load-balancer", "GET", "/v2/lbaas/loadbalancers", { query: { name } });
    return (body as { loadbalancers: LoadBalancer[] }).loadbalancers[0];
  };
  const settled = async (id: string): Promise<true | string> => {
    const { body } = await adminCloud().request("load-balancer", "GET", `/v2/lbaas/loadbalancers/${id}/status`);
    const statuses = provisioningStatuses((body as { statuses: { loadbalancer: StatusNode } }).statuses.loadbalancer);
    if (statuses.includes("ERROR")) throw new StackError("KURYR_DEV_LB", `load balancer ${id} is in ERROR`);
    return statuses.every((status) => status === "ACTIVE") ? true : statuses.join(" ");
  };
  return {
    kind: "step",
    name: "kubernetes-service",
    area: "kube",
    needs: ["octavia-api", "topology"],
    timeoutMs: 90_000,
    isDone: async () => {
      const found = await find();
      return found !== undefined && (await settled(found.id)) === true;
    },
    run: async ({ signal }) => {
      const cloud = adminCloud();
      const { project, serviceSubnet, externalSubnet } = topology();
      let found = await find();
      if (found?.provisioning_status === "ERROR") {
        await cloud.request("load-balancer", "DELETE", `/v2/lbaas/loadbalancers/${found.id}`, {
          query: { cascade: "true" },
        });
        const gone = found.id;
        await until(
          "the broken load balancer to go",
          async () => ((await find())?.id === gone ? "still there" : true),
          { timeoutMs: 30_000, signal },
        );
        found = undefined;
      }
      if (found === undefined) {
        const loadbalancer = {
          name,
          project_id: project,
          provider: "ovn",
          vip_subnet_id: serviceSubnet,
          vip_address: services.kubernetes,
          listeners: [
            {
              name: "https",
              protocol: "TCP",
              protocol_port: 443,
              default_pool: {
                name: "apiserver",
                protocol: "TCP",
                lb_algorithm: "SOURCE_IP_PORT",
                members: [{ address: external.hostAddress, protocol_port: api.port, subnet_id: externalSubnet }],
              },
            },
          ],
        };
        const { body } = await cloud.request("load-balancer", "POST", "/v2/lbaas/loadbalancers", {
          body: { loadbalancer },
        });
        found = (body as { loadbalancer: LoadBalancer }).loadbalancer;
      }
      const { id } = found;
      await until("the load balancer's whole tree to be ACTIVE", () => settled(id), { timeoutMs: 60_000, signal });
    },
  };
}
