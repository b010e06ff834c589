import { external } from "../network-plan.ts";

const base = (port: number): string => `http://${external.hostAddress}:${port}`;

/** Where the three APIs listen: on the host's address on the external network, which nodes and pods reach too. */
export const endpoints = {
  keystone: { port: 5000, url: `${base(5000)}/v3` },
  neutron: { port: 9696, url: base(9696) },
  octavia: { port: 9876, url: base(9876) },
} as const;

export const region = "RegionOne";
