import type { CallOptions, Connection, KubernetesObject, ResourceDefinition } from "@kuryr/kubernetes";

import { crds } from "../../api/crds.ts";
import { group, podFinalizer, serviceFinalizer } from "../../api/keys.ts";
import { kuryrPorts } from "../../api/kuryr-port.ts";
import { podKind } from "../kinds.ts";
import type { OldObjects } from "./check.ts";

interface Definition extends KubernetesObject {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly subresources?: { readonly status?: object } }[];
  };
}

interface MaybeOldKuryrPort extends KubernetesObject {
  readonly spec?: { readonly interfaces?: readonly object[] };
}

const serviceKind: ResourceDefinition = {
  group: "",
  version: "v1",
  plural: "services",
  kind: "Service",
  namespaced: true,
};
const definitionKind: ResourceDefinition = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};
const oldAnnotation = "openstack.org/kuryr-vif";
const retired = ["kuryrnets", "kuryrnetpolicies"].map((plural) => `${plural}.${group}`);

const keyOf = ({ metadata }: KubernetesObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;

/** Looks for what Kuryr-Kubernetes left in the cluster. */
export async function observeOld(kubernetes: Connection, options: CallOptions): Promise<OldObjects> {
  const definitions = await kubernetes.resource<Definition>(definitionKind).list(options);
  const names = new Set(crds.map(({ metadata }) => metadata.name));
  const own = definitions.items.filter(({ metadata }) => names.has(metadata.name));
  const hasKuryrPorts = own.some(({ metadata }) => metadata.name === `${kuryrPorts.plural}.${group}`);
  const [pods, services, ports] = await Promise.all([
    kubernetes.resource(podKind).list(options),
    kubernetes.resource(serviceKind).list(options),
    hasKuryrPorts ? kubernetes.resource<MaybeOldKuryrPort>(kuryrPorts).list(options) : { items: [] },
  ]);
  const holding = (objects: readonly KubernetesObject[], finalizer: string): string[] =>
    objects.filter(({ metadata }) => metadata.finalizers?.includes(finalizer) === true).map(keyOf);
  return {
    annotatedPods: pods.items
      .filter(({ metadata }) => Object.hasOwn(metadata.annotations ?? {}, oldAnnotation))
      .map(keyOf),
    heldPods: holding(pods.items, podFinalizer),
    heldServices: holding(services.items, serviceFinalizer),
    oldKuryrPorts: ports.items.filter(({ spec }) => spec?.interfaces === undefined).map(keyOf),
    oldDefinitions: own
      .filter(({ spec }) => spec.versions.some(({ subresources }) => subresources?.status === undefined))
      .map(({ metadata }) => metadata.name),
    retiredDefinitions: definitions.items.map(({ metadata }) => metadata.name).filter((name) => retired.includes(name)),
  };
}
