import { group, version } from "./keys.ts";

const string = { type: "string" };
const uuid = { type: "string", pattern: "^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$" };
const text = (maxLength: number): object => ({ type: "string", minLength: 1, maxLength });

const podInterface = {
  type: "object",
  required: [
    "name",
    "default",
    "driver",
    "portId",
    "networkId",
    "mac",
    "mtu",
    "bridge",
    "addresses",
    "routes",
    "nameservers",
    "readiness",
  ],
  properties: {
    // The kernel's IFNAMSIZ less the terminating zero.
    name: { type: "string", minLength: 1, maxLength: 15, pattern: "^[^/\\s:]+$" },
    default: { type: "boolean" },
    driver: { type: "string", enum: ["neutron-vif"] },
    portId: uuid,
    networkId: uuid,
    mac: { type: "string", pattern: "^([0-9a-f]{2}:){5}[0-9a-f]{2}$" },
    mtu: { type: "integer", minimum: 68, maximum: 65535 },
    bridge: text(15),
    addresses: {
      type: "array",
      maxItems: 16,
      items: {
        type: "object",
        required: ["subnetId", "ip", "prefixLength"],
        properties: {
          subnetId: uuid,
          ip: text(45),
          prefixLength: { type: "integer", minimum: 0, maximum: 128 },
          gateway: text(45),
        },
      },
    },
    routes: {
      type: "array",
      maxItems: 64,
      items: {
        type: "object",
        required: ["destination", "nextHop"],
        properties: { destination: text(49), nextHop: text(45) },
      },
    },
    nameservers: { type: "array", maxItems: 16, items: text(45) },
    readiness: { type: "string", enum: ["ovn-installed", "active"] },
  },
};

/** The CustomResourceDefinition of KuryrPort. */
export const kuryrPortCrd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `kuryrports.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: {
      plural: "kuryrports",
      singular: "kuryrport",
      kind: "KuryrPort",
      listKind: "KuryrPortList",
      shortNames: ["kp"],
    },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: "PodUID", type: "string", jsonPath: ".spec.podUid" },
          { name: "Nodename", type: "string", jsonPath: ".spec.podNodeName" },
          { name: "IP", type: "string", jsonPath: ".spec.interfaces[0].addresses[*].ip" },
          { name: "Port", type: "string", jsonPath: ".spec.interfaces[0].portId", priority: 1 },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: {
                type: "object",
                required: ["podUid", "podNodeName", "interfaces"],
                properties: {
                  podUid: text(64),
                  podNodeName: text(253),
                  podStatic: { type: "boolean" },
                  interfaces: { type: "array", minItems: 1, maxItems: 32, items: podInterface },
                },
              },
              status: {
                type: "object",
                properties: {
                  attachment: { type: "object", properties: { containerId: string, at: string } },
                  released: { type: "object", properties: { at: string } },
                },
              },
            },
          },
        },
      },
    ],
  },
} as const;
