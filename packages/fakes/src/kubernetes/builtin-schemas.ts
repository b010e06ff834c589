/** Structure of the built-in kinds, from `/openapi/v3` of an API server; made by generate-schemas.ts. */
export const kindSchemas: Readonly<Record<string, string>> = {
  "/v1/Namespace": "core.v1.Namespace",
  "/v1/Node": "core.v1.Node",
  "/v1/Pod": "core.v1.Pod",
  "/v1/Service": "core.v1.Service",
  "/v1/Endpoints": "core.v1.Endpoints",
  "/v1/Secret": "core.v1.Secret",
  "/v1/ConfigMap": "core.v1.ConfigMap",
  "/v1/ServiceAccount": "core.v1.ServiceAccount",
  "/v1/Event": "core.v1.Event",
  "discovery.k8s.io/v1/EndpointSlice": "discovery.v1.EndpointSlice",
  "coordination.k8s.io/v1/Lease": "coordination.v1.Lease",
  "networking.k8s.io/v1/NetworkPolicy": "networking.v1.NetworkPolicy",
  "rbac.authorization.k8s.io/v1/Role": "rbac.v1.Role",
  "rbac.authorization.k8s.io/v1/RoleBinding": "rbac.v1.RoleBinding",
  "rbac.authorization.k8s.io/v1/ClusterRole": "rbac.v1.ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": "rbac.v1.ClusterRoleBinding",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "apiextensions.v1.CustomResourceDefinition",
};

/** Definitions as JSON by the name that `$ref` gives. */
export const schemaTexts: Readonly<Record<string, string>> = {
  "api.resource.Quantity": '{"x-kubernetes-int-or-string":true}',
  "apiextensions.v1.CustomResourceColumnDefinition":
    '{"type":"object","properties":{"description":{"type":"string"},"format":{"type":"string"},"jsonPath":{"type":"string"},"name":{"type":"string"},"priority":{"type":"integer","format":"int32"},"type":{"type":"string"}}}',
  "apiextensions.v1.CustomResourceConversion":
    '{"type":"object","properties":{"strategy":{"type":"string"},"webhook":{"$ref":"apiextensions.v1.WebhookConversion"}}}',
  "apiextensions.v1.CustomResourceDefinition":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"apiextensions.v1.CustomResourceDefinitionSpec"},"status":{"$ref":"apiextensions.v1.CustomResourceDefinitionStatus"}}}',
  "apiextensions.v1.CustomResourceDefinitionCondition":
    '{"type":"object","properties":{"lastTransitionTime":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"observedGeneration":{"type":"integer","format":"int64"},"reason":{"type":"string"},"status":{"type":"string"},"type":{"type":"string"}}}',
  "apiextensions.v1.CustomResourceDefinitionNames":
    '{"type":"object","properties":{"categories":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"kind":{"type":"string"},"listKind":{"type":"string"},"plural":{"type":"string"},"shortNames":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"singular":{"type":"string"}}}',
  "apiextensions.v1.CustomResourceDefinitionSpec":
    '{"type":"object","properties":{"conversion":{"$ref":"apiextensions.v1.CustomResourceConversion"},"group":{"type":"string"},"names":{"$ref":"apiextensions.v1.CustomResourceDefinitionNames"},"preserveUnknownFields":{"type":"boolean"},"scope":{"type":"string"},"versions":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.CustomResourceDefinitionVersion"}}}}',
  "apiextensions.v1.CustomResourceDefinitionStatus":
    '{"type":"object","properties":{"acceptedNames":{"$ref":"apiextensions.v1.CustomResourceDefinitionNames"},"conditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"items":{"$ref":"apiextensions.v1.CustomResourceDefinitionCondition"}},"observedGeneration":{"type":"integer","format":"int64"},"storedVersions":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "apiextensions.v1.CustomResourceDefinitionVersion":
    '{"type":"object","properties":{"additionalPrinterColumns":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.CustomResourceColumnDefinition"}},"deprecated":{"type":"boolean"},"deprecationWarning":{"type":"string"},"name":{"type":"string"},"schema":{"$ref":"apiextensions.v1.CustomResourceValidation"},"selectableFields":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.SelectableField"}},"served":{"type":"boolean"},"storage":{"type":"boolean"},"subresources":{"$ref":"apiextensions.v1.CustomResourceSubresources"}}}',
  "apiextensions.v1.CustomResourceSubresourceScale":
    '{"type":"object","properties":{"labelSelectorPath":{"type":"string"},"specReplicasPath":{"type":"string"},"statusReplicasPath":{"type":"string"}}}',
  "apiextensions.v1.CustomResourceSubresourceStatus": '{"type":"object","x-kubernetes-preserve-unknown-fields":true}',
  "apiextensions.v1.CustomResourceSubresources":
    '{"type":"object","properties":{"scale":{"$ref":"apiextensions.v1.CustomResourceSubresourceScale"},"status":{"$ref":"apiextensions.v1.CustomResourceSubresourceStatus"}}}',
  "apiextensions.v1.CustomResourceValidation":
    '{"type":"object","properties":{"openAPIV3Schema":{"$ref":"apiextensions.v1.JSONSchemaProps"}}}',
  "apiextensions.v1.ExternalDocumentation":
    '{"type":"object","properties":{"description":{"type":"string"},"url":{"type":"string"}}}',
  "apiextensions.v1.JSON": "{}",
  "apiextensions.v1.JSONSchemaProps":
    '{"type":"object","properties":{"$ref":{"type":"string"},"$schema":{"type":"string"},"additionalItems":{"$ref":"apiextensions.v1.JSONSchemaPropsOrBool"},"additionalProperties":{"$ref":"apiextensions.v1.JSONSchemaPropsOrBool"},"allOf":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"anyOf":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"default":{"$ref":"apiextensions.v1.JSON"},"definitions":{"type":"object","additionalProperties":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"dependencies":{"type":"object","additionalProperties":{"$ref":"apiextensions.v1.JSONSchemaPropsOrStringArray"}},"description":{"type":"string"},"enum":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.JSON"}},"example":{"$ref":"apiextensions.v1.JSON"},"exclusiveMaximum":{"type":"boolean"},"exclusiveMinimum":{"type":"boolean"},"externalDocs":{"$ref":"apiextensions.v1.ExternalDocumentation"},"format":{"type":"string"},"id":{"type":"string"},"items":{"$ref":"apiextensions.v1.JSONSchemaPropsOrArray"},"maxItems":{"type":"integer","format":"int64"},"maxLength":{"type":"integer","format":"int64"},"maxProperties":{"type":"integer","format":"int64"},"maximum":{"type":"number","format":"double"},"minItems":{"type":"integer","format":"int64"},"minLength":{"type":"integer","format":"int64"},"minProperties":{"type":"integer","format":"int64"},"minimum":{"type":"number","format":"double"},"multipleOf":{"type":"number","format":"double"},"not":{"$ref":"apiextensions.v1.JSONSchemaProps"},"nullable":{"type":"boolean"},"oneOf":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"pattern":{"type":"string"},"patternProperties":{"type":"object","additionalProperties":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"properties":{"type":"object","additionalProperties":{"$ref":"apiextensions.v1.JSONSchemaProps"}},"required":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"title":{"type":"string"},"type":{"type":"string"},"uniqueItems":{"type":"boolean"},"x-kubernetes-embedded-resource":{"type":"boolean"},"x-kubernetes-int-or-string":{"type":"boolean"},"x-kubernetes-list-map-keys":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"x-kubernetes-list-type":{"type":"string"},"x-kubernetes-map-type":{"type":"string"},"x-kubernetes-preserve-unknown-fields":{"type":"boolean"},"x-kubernetes-validations":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["rule"],"mergeKey":"rule","strategy":"merge","items":{"$ref":"apiextensions.v1.ValidationRule"}}}}',
  "apiextensions.v1.JSONSchemaPropsOrArray": "{}",
  "apiextensions.v1.JSONSchemaPropsOrBool": "{}",
  "apiextensions.v1.JSONSchemaPropsOrStringArray": "{}",
  "apiextensions.v1.SelectableField": '{"type":"object","properties":{"jsonPath":{"type":"string"}}}',
  "apiextensions.v1.ServiceReference":
    '{"type":"object","properties":{"name":{"type":"string"},"namespace":{"type":"string"},"path":{"type":"string"},"port":{"type":"integer","format":"int32"}}}',
  "apiextensions.v1.ValidationRule":
    '{"type":"object","properties":{"fieldPath":{"type":"string"},"message":{"type":"string"},"messageExpression":{"type":"string"},"optionalOldSelf":{"type":"boolean"},"reason":{"type":"string"},"rule":{"type":"string"}}}',
  "apiextensions.v1.WebhookClientConfig":
    '{"type":"object","properties":{"caBundle":{"type":"string","format":"byte"},"service":{"$ref":"apiextensions.v1.ServiceReference"},"url":{"type":"string"}}}',
  "apiextensions.v1.WebhookConversion":
    '{"type":"object","properties":{"clientConfig":{"$ref":"apiextensions.v1.WebhookClientConfig"},"conversionReviewVersions":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "coordination.v1.Lease":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"coordination.v1.LeaseSpec"}}}',
  "coordination.v1.LeaseSpec":
    '{"type":"object","properties":{"acquireTime":{"$ref":"meta.v1.MicroTime"},"holderIdentity":{"type":"string"},"leaseDurationSeconds":{"type":"integer","format":"int32"},"leaseTransitions":{"type":"integer","format":"int32"},"preferredHolder":{"type":"string"},"renewTime":{"$ref":"meta.v1.MicroTime"},"strategy":{"type":"string"}}}',
  "core.v1.AWSElasticBlockStoreVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"partition":{"type":"integer","format":"int32"},"readOnly":{"type":"boolean"},"volumeID":{"type":"string"}}}',
  "core.v1.Affinity":
    '{"type":"object","properties":{"nodeAffinity":{"$ref":"core.v1.NodeAffinity"},"podAffinity":{"$ref":"core.v1.PodAffinity"},"podAntiAffinity":{"$ref":"core.v1.PodAntiAffinity"}}}',
  "core.v1.AppArmorProfile":
    '{"type":"object","properties":{"localhostProfile":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.AttachedVolume": '{"type":"object","properties":{"devicePath":{"type":"string"},"name":{"type":"string"}}}',
  "core.v1.AzureDiskVolumeSource":
    '{"type":"object","properties":{"cachingMode":{"type":"string"},"diskName":{"type":"string"},"diskURI":{"type":"string"},"fsType":{"type":"string"},"kind":{"type":"string"},"readOnly":{"type":"boolean"}}}',
  "core.v1.AzureFileVolumeSource":
    '{"type":"object","properties":{"readOnly":{"type":"boolean"},"secretName":{"type":"string"},"shareName":{"type":"string"}}}',
  "core.v1.CSIVolumeSource":
    '{"type":"object","properties":{"driver":{"type":"string"},"fsType":{"type":"string"},"nodePublishSecretRef":{"$ref":"core.v1.LocalObjectReference"},"readOnly":{"type":"boolean"},"volumeAttributes":{"type":"object","additionalProperties":{"type":"string"}}}}',
  "core.v1.Capabilities":
    '{"type":"object","properties":{"add":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"drop":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.CephFSVolumeSource":
    '{"type":"object","properties":{"monitors":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"path":{"type":"string"},"readOnly":{"type":"boolean"},"secretFile":{"type":"string"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"user":{"type":"string"}}}',
  "core.v1.CinderVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"volumeID":{"type":"string"}}}',
  "core.v1.ClientIPConfig": '{"type":"object","properties":{"timeoutSeconds":{"type":"integer","format":"int32"}}}',
  "core.v1.ClusterTrustBundleProjection":
    '{"type":"object","properties":{"labelSelector":{"$ref":"meta.v1.LabelSelector"},"name":{"type":"string"},"optional":{"type":"boolean"},"path":{"type":"string"},"signerName":{"type":"string"},"user":{"type":"integer","format":"int64"}}}',
  "core.v1.ConfigMap":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"binaryData":{"type":"object","additionalProperties":{"type":"string","format":"byte"}},"data":{"type":"object","additionalProperties":{"type":"string"}},"immutable":{"type":"boolean"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"}}}',
  "core.v1.ConfigMapEnvSource":
    '{"type":"object","properties":{"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.ConfigMapKeySelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"key":{"type":"string"},"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.ConfigMapNodeConfigSource":
    '{"type":"object","properties":{"kubeletConfigKey":{"type":"string"},"name":{"type":"string"},"namespace":{"type":"string"},"resourceVersion":{"type":"string"},"uid":{"type":"string"}}}',
  "core.v1.ConfigMapProjection":
    '{"type":"object","properties":{"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.KeyToPath"}},"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.ConfigMapVolumeSource":
    '{"type":"object","properties":{"defaultMode":{"type":"integer","format":"int32"},"defaultUser":{"type":"integer","format":"int64"},"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.KeyToPath"}},"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.Container":
    '{"type":"object","properties":{"args":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"command":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"env":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.EnvVar"}},"envFrom":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EnvFromSource"}},"image":{"type":"string"},"imagePullPolicy":{"type":"string"},"lifecycle":{"$ref":"core.v1.Lifecycle"},"livenessProbe":{"$ref":"core.v1.Probe"},"name":{"type":"string"},"ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["containerPort","protocol"],"mergeKey":"containerPort","strategy":"merge","items":{"$ref":"core.v1.ContainerPort"}},"readinessProbe":{"$ref":"core.v1.Probe"},"resizePolicy":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerResizePolicy"}},"resources":{"$ref":"core.v1.ResourceRequirements"},"restartPolicy":{"type":"string"},"restartPolicyRules":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerRestartRule"}},"securityContext":{"$ref":"core.v1.SecurityContext"},"startupProbe":{"$ref":"core.v1.Probe"},"stdin":{"type":"boolean"},"stdinOnce":{"type":"boolean"},"terminationMessagePath":{"type":"string"},"terminationMessagePolicy":{"type":"string"},"tty":{"type":"boolean"},"volumeDevices":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["devicePath"],"mergeKey":"devicePath","strategy":"merge","items":{"$ref":"core.v1.VolumeDevice"}},"volumeMounts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["mountPath"],"mergeKey":"mountPath","strategy":"merge","items":{"$ref":"core.v1.VolumeMount"}},"workingDir":{"type":"string"}}}',
  "core.v1.ContainerExtendedResourceRequest":
    '{"type":"object","properties":{"containerName":{"type":"string"},"requestName":{"type":"string"},"resourceName":{"type":"string"}}}',
  "core.v1.ContainerImage":
    '{"type":"object","properties":{"names":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"sizeBytes":{"type":"integer","format":"int64"}}}',
  "core.v1.ContainerPort":
    '{"type":"object","properties":{"containerPort":{"type":"integer","format":"int32"},"hostIP":{"type":"string"},"hostPort":{"type":"integer","format":"int32"},"name":{"type":"string"},"protocol":{"type":"string"}}}',
  "core.v1.ContainerResizePolicy":
    '{"type":"object","properties":{"resourceName":{"type":"string"},"restartPolicy":{"type":"string"}}}',
  "core.v1.ContainerRestartRule":
    '{"type":"object","properties":{"action":{"type":"string"},"exitCodes":{"$ref":"core.v1.ContainerRestartRuleOnExitCodes"}}}',
  "core.v1.ContainerRestartRuleOnExitCodes":
    '{"type":"object","properties":{"operator":{"type":"string"},"values":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"integer","format":"int32"}}}}',
  "core.v1.ContainerState":
    '{"type":"object","properties":{"running":{"$ref":"core.v1.ContainerStateRunning"},"terminated":{"$ref":"core.v1.ContainerStateTerminated"},"waiting":{"$ref":"core.v1.ContainerStateWaiting"}}}',
  "core.v1.ContainerStateRunning": '{"type":"object","properties":{"startedAt":{"$ref":"meta.v1.Time"}}}',
  "core.v1.ContainerStateTerminated":
    '{"type":"object","properties":{"containerID":{"type":"string"},"exitCode":{"type":"integer","format":"int32"},"finishedAt":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"reason":{"type":"string"},"signal":{"type":"integer","format":"int32"},"startedAt":{"$ref":"meta.v1.Time"}}}',
  "core.v1.ContainerStateWaiting":
    '{"type":"object","properties":{"message":{"type":"string"},"reason":{"type":"string"}}}',
  "core.v1.ContainerStatus":
    '{"type":"object","properties":{"allocatedResources":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"allocatedResourcesStatus":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.ResourceStatus"}},"containerID":{"type":"string"},"image":{"type":"string"},"imageID":{"type":"string"},"lastState":{"$ref":"core.v1.ContainerState"},"name":{"type":"string"},"ready":{"type":"boolean"},"resources":{"$ref":"core.v1.ResourceRequirements"},"restartCount":{"type":"integer","format":"int32"},"started":{"type":"boolean"},"state":{"$ref":"core.v1.ContainerState"},"stopSignal":{"type":"string"},"user":{"$ref":"core.v1.ContainerUser"},"volumeMounts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["mountPath"],"mergeKey":"mountPath","strategy":"merge","items":{"$ref":"core.v1.VolumeMountStatus"}}}}',
  "core.v1.ContainerUser": '{"type":"object","properties":{"linux":{"$ref":"core.v1.LinuxContainerUser"}}}',
  "core.v1.DaemonEndpoint": '{"type":"object","properties":{"Port":{"type":"integer","format":"int32"}}}',
  "core.v1.DownwardAPIProjection":
    '{"type":"object","properties":{"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.DownwardAPIVolumeFile"}}}}',
  "core.v1.DownwardAPIVolumeFile":
    '{"type":"object","properties":{"fieldRef":{"$ref":"core.v1.ObjectFieldSelector"},"mode":{"type":"integer","format":"int32"},"path":{"type":"string"},"resourceFieldRef":{"$ref":"core.v1.ResourceFieldSelector"},"user":{"type":"integer","format":"int64"}}}',
  "core.v1.DownwardAPIVolumeSource":
    '{"type":"object","properties":{"defaultMode":{"type":"integer","format":"int32"},"defaultUser":{"type":"integer","format":"int64"},"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.DownwardAPIVolumeFile"}}}}',
  "core.v1.EmptyDirVolumeSource":
    '{"type":"object","properties":{"medium":{"type":"string"},"mode":{"type":"integer","format":"int32"},"sizeLimit":{"$ref":"api.resource.Quantity"}}}',
  "core.v1.EndpointAddress":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"hostname":{"type":"string"},"ip":{"type":"string"},"nodeName":{"type":"string"},"targetRef":{"$ref":"core.v1.ObjectReference"}}}',
  "core.v1.EndpointPort":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"appProtocol":{"type":"string"},"name":{"type":"string"},"port":{"type":"integer","format":"int32"},"protocol":{"type":"string"}}}',
  "core.v1.EndpointSubset":
    '{"type":"object","properties":{"addresses":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EndpointAddress"}},"notReadyAddresses":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EndpointAddress"}},"ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EndpointPort"}}}}',
  "core.v1.Endpoints":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"subsets":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EndpointSubset"}}}}',
  "core.v1.EnvFromSource":
    '{"type":"object","properties":{"configMapRef":{"$ref":"core.v1.ConfigMapEnvSource"},"prefix":{"type":"string"},"secretRef":{"$ref":"core.v1.SecretEnvSource"}}}',
  "core.v1.EnvVar":
    '{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"string"},"valueFrom":{"$ref":"core.v1.EnvVarSource"}}}',
  "core.v1.EnvVarSource":
    '{"type":"object","properties":{"configMapKeyRef":{"$ref":"core.v1.ConfigMapKeySelector"},"fieldRef":{"$ref":"core.v1.ObjectFieldSelector"},"fileKeyRef":{"$ref":"core.v1.FileKeySelector"},"resourceFieldRef":{"$ref":"core.v1.ResourceFieldSelector"},"secretKeyRef":{"$ref":"core.v1.SecretKeySelector"}}}',
  "core.v1.EphemeralContainer":
    '{"type":"object","properties":{"args":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"command":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"env":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.EnvVar"}},"envFrom":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.EnvFromSource"}},"image":{"type":"string"},"imagePullPolicy":{"type":"string"},"lifecycle":{"$ref":"core.v1.Lifecycle"},"livenessProbe":{"$ref":"core.v1.Probe"},"name":{"type":"string"},"ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["containerPort","protocol"],"mergeKey":"containerPort","strategy":"merge","items":{"$ref":"core.v1.ContainerPort"}},"readinessProbe":{"$ref":"core.v1.Probe"},"resizePolicy":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerResizePolicy"}},"resources":{"$ref":"core.v1.ResourceRequirements"},"restartPolicy":{"type":"string"},"restartPolicyRules":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerRestartRule"}},"securityContext":{"$ref":"core.v1.SecurityContext"},"startupProbe":{"$ref":"core.v1.Probe"},"stdin":{"type":"boolean"},"stdinOnce":{"type":"boolean"},"targetContainerName":{"type":"string"},"terminationMessagePath":{"type":"string"},"terminationMessagePolicy":{"type":"string"},"tty":{"type":"boolean"},"volumeDevices":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["devicePath"],"mergeKey":"devicePath","strategy":"merge","items":{"$ref":"core.v1.VolumeDevice"}},"volumeMounts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["mountPath"],"mergeKey":"mountPath","strategy":"merge","items":{"$ref":"core.v1.VolumeMount"}},"workingDir":{"type":"string"}}}',
  "core.v1.EphemeralVolumeSource":
    '{"type":"object","properties":{"volumeClaimTemplate":{"$ref":"core.v1.PersistentVolumeClaimTemplate"}}}',
  "core.v1.Event":
    '{"type":"object","properties":{"action":{"type":"string"},"apiVersion":{"type":"string"},"count":{"type":"integer","format":"int32"},"eventTime":{"$ref":"meta.v1.MicroTime"},"firstTimestamp":{"$ref":"meta.v1.Time"},"involvedObject":{"$ref":"core.v1.ObjectReference"},"kind":{"type":"string"},"lastTimestamp":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"reason":{"type":"string"},"related":{"$ref":"core.v1.ObjectReference"},"reportingComponent":{"type":"string"},"reportingInstance":{"type":"string"},"series":{"$ref":"core.v1.EventSeries"},"source":{"$ref":"core.v1.EventSource"},"type":{"type":"string"}}}',
  "core.v1.EventSeries":
    '{"type":"object","properties":{"count":{"type":"integer","format":"int32"},"lastObservedTime":{"$ref":"meta.v1.MicroTime"}}}',
  "core.v1.EventSource": '{"type":"object","properties":{"component":{"type":"string"},"host":{"type":"string"}}}',
  "core.v1.EvictionResponder":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"name":{"type":"string"},"priority":{"type":"integer","format":"int32"}}}',
  "core.v1.ExecAction":
    '{"type":"object","properties":{"command":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.FCVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"lun":{"type":"integer","format":"int32"},"readOnly":{"type":"boolean"},"targetWWNs":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"wwids":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.FileKeySelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"key":{"type":"string"},"optional":{"type":"boolean"},"path":{"type":"string"},"volumeName":{"type":"string"}}}',
  "core.v1.FlexVolumeSource":
    '{"type":"object","properties":{"driver":{"type":"string"},"fsType":{"type":"string"},"options":{"type":"object","additionalProperties":{"type":"string"}},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"}}}',
  "core.v1.FlockerVolumeSource":
    '{"type":"object","properties":{"datasetName":{"type":"string"},"datasetUUID":{"type":"string"}}}',
  "core.v1.GCEPersistentDiskVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"partition":{"type":"integer","format":"int32"},"pdName":{"type":"string"},"readOnly":{"type":"boolean"}}}',
  "core.v1.GRPCAction":
    '{"type":"object","properties":{"mode":{"type":"string"},"port":{"type":"integer","format":"int32"},"service":{"type":"string"}}}',
  "core.v1.GitRepoVolumeSource":
    '{"type":"object","properties":{"directory":{"type":"string"},"repository":{"type":"string"},"revision":{"type":"string"}}}',
  "core.v1.GlusterfsVolumeSource":
    '{"type":"object","properties":{"endpoints":{"type":"string"},"path":{"type":"string"},"readOnly":{"type":"boolean"}}}',
  "core.v1.HTTPGetAction":
    '{"type":"object","properties":{"host":{"type":"string"},"httpHeaders":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.HTTPHeader"}},"path":{"type":"string"},"port":{"$ref":"util.intstr.IntOrString"},"protocol":{"type":"string"},"scheme":{"type":"string"}}}',
  "core.v1.HTTPHeader": '{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"string"}}}',
  "core.v1.HostAlias":
    '{"type":"object","properties":{"hostnames":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"ip":{"type":"string"}}}',
  "core.v1.HostIP": '{"type":"object","properties":{"ip":{"type":"string"}}}',
  "core.v1.HostPathVolumeSource": '{"type":"object","properties":{"path":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.ISCSIVolumeSource":
    '{"type":"object","properties":{"chapAuthDiscovery":{"type":"boolean"},"chapAuthSession":{"type":"boolean"},"fsType":{"type":"string"},"initiatorName":{"type":"string"},"iqn":{"type":"string"},"iscsiInterface":{"type":"string"},"lun":{"type":"integer","format":"int32"},"portals":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"targetPortal":{"type":"string"}}}',
  "core.v1.ImageVolumeSource":
    '{"type":"object","properties":{"pullPolicy":{"type":"string"},"reference":{"type":"string"}}}',
  "core.v1.ImageVolumeStatus": '{"type":"object","properties":{"imageRef":{"type":"string"}}}',
  "core.v1.KeyToPath":
    '{"type":"object","properties":{"key":{"type":"string"},"mode":{"type":"integer","format":"int32"},"path":{"type":"string"},"user":{"type":"integer","format":"int64"}}}',
  "core.v1.Lifecycle":
    '{"type":"object","properties":{"postStart":{"$ref":"core.v1.LifecycleHandler"},"preStop":{"$ref":"core.v1.LifecycleHandler"},"stopSignal":{"type":"string"}}}',
  "core.v1.LifecycleHandler":
    '{"type":"object","properties":{"exec":{"$ref":"core.v1.ExecAction"},"httpGet":{"$ref":"core.v1.HTTPGetAction"},"sleep":{"$ref":"core.v1.SleepAction"},"tcpSocket":{"$ref":"core.v1.TCPSocketAction"}}}',
  "core.v1.LinuxContainerUser":
    '{"type":"object","properties":{"gid":{"type":"integer","format":"int64"},"supplementalGroups":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"integer","format":"int64"}},"uid":{"type":"integer","format":"int64"}}}',
  "core.v1.LoadBalancerIngress":
    '{"type":"object","properties":{"hostname":{"type":"string"},"ip":{"type":"string"},"ipMode":{"type":"string"},"ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PortStatus"}}}}',
  "core.v1.LoadBalancerStatus":
    '{"type":"object","properties":{"ingress":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.LoadBalancerIngress"}}}}',
  "core.v1.LocalObjectReference":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"name":{"type":"string"}}}',
  "core.v1.NFSVolumeSource":
    '{"type":"object","properties":{"path":{"type":"string"},"readOnly":{"type":"boolean"},"server":{"type":"string"}}}',
  "core.v1.Namespace":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"core.v1.NamespaceSpec"},"status":{"$ref":"core.v1.NamespaceStatus"}}}',
  "core.v1.NamespaceCondition":
    '{"type":"object","properties":{"lastTransitionTime":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"reason":{"type":"string"},"status":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.NamespaceSpec":
    '{"type":"object","properties":{"finalizers":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.NamespaceStatus":
    '{"type":"object","properties":{"conditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"mergeKey":"type","strategy":"merge","items":{"$ref":"core.v1.NamespaceCondition"}},"phase":{"type":"string"}}}',
  "core.v1.Node":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"core.v1.NodeSpec"},"status":{"$ref":"core.v1.NodeStatus"}}}',
  "core.v1.NodeAddress": '{"type":"object","properties":{"address":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.NodeAffinity":
    '{"type":"object","properties":{"preferredDuringSchedulingIgnoredDuringExecution":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PreferredSchedulingTerm"}},"requiredDuringSchedulingIgnoredDuringExecution":{"$ref":"core.v1.NodeSelector"}}}',
  "core.v1.NodeAllocatableMappedResources":
    '{"type":"object","properties":{"name":{"type":"string"},"quantity":{"$ref":"api.resource.Quantity"}}}',
  "core.v1.NodeAllocatableOverheadResources":
    '{"type":"object","properties":{"name":{"type":"string"},"perContainer":{"$ref":"api.resource.Quantity"},"perPod":{"$ref":"api.resource.Quantity"}}}',
  "core.v1.NodeAllocatableResourceClaimStatus":
    '{"type":"object","properties":{"containers":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"mapping":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.NodeAllocatableMappedResources"}},"overhead":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.NodeAllocatableOverheadResources"}},"resourceClaimName":{"type":"string"}}}',
  "core.v1.NodeCondition":
    '{"type":"object","properties":{"lastHeartbeatTime":{"$ref":"meta.v1.Time"},"lastTransitionTime":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"reason":{"type":"string"},"status":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.NodeConfigSource":
    '{"type":"object","properties":{"configMap":{"$ref":"core.v1.ConfigMapNodeConfigSource"}}}',
  "core.v1.NodeConfigStatus":
    '{"type":"object","properties":{"active":{"$ref":"core.v1.NodeConfigSource"},"assigned":{"$ref":"core.v1.NodeConfigSource"},"error":{"type":"string"},"lastKnownGood":{"$ref":"core.v1.NodeConfigSource"}}}',
  "core.v1.NodeDaemonEndpoints": '{"type":"object","properties":{"kubeletEndpoint":{"$ref":"core.v1.DaemonEndpoint"}}}',
  "core.v1.NodeFeatures": '{"type":"object","properties":{"supplementalGroupsPolicy":{"type":"boolean"}}}',
  "core.v1.NodePodPreemptionPolicy":
    '{"type":"object","properties":{"disableResizePreemption":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}}}',
  "core.v1.NodeRuntimeHandler":
    '{"type":"object","properties":{"features":{"$ref":"core.v1.NodeRuntimeHandlerFeatures"},"name":{"type":"string"}}}',
  "core.v1.NodeRuntimeHandlerFeatures":
    '{"type":"object","properties":{"recursiveReadOnlyMounts":{"type":"boolean"},"userNamespaces":{"type":"boolean"}}}',
  "core.v1.NodeSelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"nodeSelectorTerms":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.NodeSelectorTerm"}}}}',
  "core.v1.NodeSelectorRequirement":
    '{"type":"object","properties":{"key":{"type":"string"},"operator":{"type":"string"},"values":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.NodeSelectorTerm":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"matchExpressions":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.NodeSelectorRequirement"}},"matchFields":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.NodeSelectorRequirement"}}}}',
  "core.v1.NodeSpec":
    '{"type":"object","properties":{"configSource":{"$ref":"core.v1.NodeConfigSource"},"externalID":{"type":"string"},"podCIDR":{"type":"string"},"podCIDRs":{"type":"array","x-kubernetes-list-type":"set","strategy":"merge","items":{"type":"string"}},"podPreemptionPolicy":{"$ref":"core.v1.NodePodPreemptionPolicy"},"providerID":{"type":"string"},"taints":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.Taint"}},"unschedulable":{"type":"boolean"}}}',
  "core.v1.NodeStatus":
    '{"type":"object","properties":{"addresses":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"mergeKey":"type","strategy":"merge","items":{"$ref":"core.v1.NodeAddress"}},"allocatable":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"capacity":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"conditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"mergeKey":"type","strategy":"merge","items":{"$ref":"core.v1.NodeCondition"}},"config":{"$ref":"core.v1.NodeConfigStatus"},"daemonEndpoints":{"$ref":"core.v1.NodeDaemonEndpoints"},"declaredFeatures":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"features":{"$ref":"core.v1.NodeFeatures"},"images":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerImage"}},"nodeInfo":{"$ref":"core.v1.NodeSystemInfo"},"phase":{"type":"string"},"runtimeHandlers":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.NodeRuntimeHandler"}},"volumesAttached":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.AttachedVolume"}},"volumesInUse":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.NodeSwapStatus": '{"type":"object","properties":{"capacity":{"type":"integer","format":"int64"}}}',
  "core.v1.NodeSystemInfo":
    '{"type":"object","properties":{"architecture":{"type":"string"},"bootID":{"type":"string"},"containerRuntimeVersion":{"type":"string"},"kernelVersion":{"type":"string"},"kubeProxyVersion":{"type":"string"},"kubeletVersion":{"type":"string"},"machineID":{"type":"string"},"operatingSystem":{"type":"string"},"osImage":{"type":"string"},"runningInUserNamespace":{"type":"boolean"},"swap":{"$ref":"core.v1.NodeSwapStatus"},"systemUUID":{"type":"string"}}}',
  "core.v1.ObjectFieldSelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiVersion":{"type":"string"},"fieldPath":{"type":"string"}}}',
  "core.v1.ObjectReference":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiVersion":{"type":"string"},"fieldPath":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"},"namespace":{"type":"string"},"resourceVersion":{"type":"string"},"uid":{"type":"string"}}}',
  "core.v1.PersistentVolumeClaimSpec":
    '{"type":"object","properties":{"accessModes":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"dataSource":{"$ref":"core.v1.TypedLocalObjectReference"},"dataSourceRef":{"$ref":"core.v1.TypedObjectReference"},"resources":{"$ref":"core.v1.VolumeResourceRequirements"},"selector":{"$ref":"meta.v1.LabelSelector"},"storageClassName":{"type":"string"},"volumeAttributesClassName":{"type":"string"},"volumeMode":{"type":"string"},"volumeName":{"type":"string"}}}',
  "core.v1.PersistentVolumeClaimTemplate":
    '{"type":"object","properties":{"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"core.v1.PersistentVolumeClaimSpec"}}}',
  "core.v1.PersistentVolumeClaimVolumeSource":
    '{"type":"object","properties":{"claimName":{"type":"string"},"readOnly":{"type":"boolean"}}}',
  "core.v1.PhotonPersistentDiskVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"pdID":{"type":"string"}}}',
  "core.v1.Pod":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"core.v1.PodSpec"},"status":{"$ref":"core.v1.PodStatus"}}}',
  "core.v1.PodAffinity":
    '{"type":"object","properties":{"preferredDuringSchedulingIgnoredDuringExecution":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.WeightedPodAffinityTerm"}},"requiredDuringSchedulingIgnoredDuringExecution":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PodAffinityTerm"}}}}',
  "core.v1.PodAffinityTerm":
    '{"type":"object","properties":{"labelSelector":{"$ref":"meta.v1.LabelSelector"},"matchLabelKeys":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"mismatchLabelKeys":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"namespaceSelector":{"$ref":"meta.v1.LabelSelector"},"namespaces":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"topologyKey":{"type":"string"}}}',
  "core.v1.PodAntiAffinity":
    '{"type":"object","properties":{"preferredDuringSchedulingIgnoredDuringExecution":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.WeightedPodAffinityTerm"}},"requiredDuringSchedulingIgnoredDuringExecution":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PodAffinityTerm"}}}}',
  "core.v1.PodCertificateProjection":
    '{"type":"object","properties":{"certificateChainPath":{"type":"string"},"credentialBundlePath":{"type":"string"},"keyPath":{"type":"string"},"keyType":{"type":"string"},"maxExpirationSeconds":{"type":"integer","format":"int32"},"signerName":{"type":"string"},"user":{"type":"integer","format":"int64"},"userAnnotations":{"type":"object","additionalProperties":{"type":"string"}}}}',
  "core.v1.PodCondition":
    '{"type":"object","properties":{"lastProbeTime":{"$ref":"meta.v1.Time"},"lastTransitionTime":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"observedGeneration":{"type":"integer","format":"int64"},"reason":{"type":"string"},"status":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.PodDNSConfig":
    '{"type":"object","properties":{"nameservers":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"options":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PodDNSConfigOption"}},"searches":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "core.v1.PodDNSConfigOption": '{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"string"}}}',
  "core.v1.PodExtendedResourceClaimStatus":
    '{"type":"object","properties":{"requestMappings":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerExtendedResourceRequest"}},"resourceClaimName":{"type":"string"}}}',
  "core.v1.PodIP": '{"type":"object","properties":{"ip":{"type":"string"}}}',
  "core.v1.PodOS": '{"type":"object","properties":{"name":{"type":"string"}}}',
  "core.v1.PodReadinessGate": '{"type":"object","properties":{"conditionType":{"type":"string"}}}',
  "core.v1.PodResourceClaim":
    '{"type":"object","properties":{"name":{"type":"string"},"resourceClaimName":{"type":"string"},"resourceClaimTemplateName":{"type":"string"}}}',
  "core.v1.PodResourceClaimStatus":
    '{"type":"object","properties":{"name":{"type":"string"},"resourceClaimName":{"type":"string"}}}',
  "core.v1.PodSchedulingGate": '{"type":"object","properties":{"name":{"type":"string"}}}',
  "core.v1.PodSchedulingGroup": '{"type":"object","properties":{"podGroupName":{"type":"string"}}}',
  "core.v1.PodSecurityContext":
    '{"type":"object","properties":{"appArmorProfile":{"$ref":"core.v1.AppArmorProfile"},"fsGroup":{"type":"integer","format":"int64"},"fsGroupChangePolicy":{"type":"string"},"runAsGroup":{"type":"integer","format":"int64"},"runAsNonRoot":{"type":"boolean"},"runAsUser":{"type":"integer","format":"int64"},"seLinuxChangePolicy":{"type":"string"},"seLinuxOptions":{"$ref":"core.v1.SELinuxOptions"},"seccompProfile":{"$ref":"core.v1.SeccompProfile"},"supplementalGroups":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"integer","format":"int64"}},"supplementalGroupsPolicy":{"type":"string"},"sysctls":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.Sysctl"}},"windowsOptions":{"$ref":"core.v1.WindowsSecurityContextOptions"}}}',
  "core.v1.PodSpec":
    '{"type":"object","properties":{"activeDeadlineSeconds":{"type":"integer","format":"int64"},"affinity":{"$ref":"core.v1.Affinity"},"automountServiceAccountToken":{"type":"boolean"},"containers":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.Container"}},"dnsConfig":{"$ref":"core.v1.PodDNSConfig"},"dnsPolicy":{"type":"string"},"enableServiceLinks":{"type":"boolean"},"ephemeralContainers":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.EphemeralContainer"}},"evictionResponders":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.EvictionResponder"}},"hostAliases":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["ip"],"mergeKey":"ip","strategy":"merge","items":{"$ref":"core.v1.HostAlias"}},"hostIPC":{"type":"boolean"},"hostNetwork":{"type":"boolean"},"hostPID":{"type":"boolean"},"hostUsers":{"type":"boolean"},"hostname":{"type":"string"},"hostnameOverride":{"type":"string"},"imagePullSecrets":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.LocalObjectReference"}},"initContainers":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.Container"}},"nodeName":{"type":"string"},"nodeSelector":{"type":"object","x-kubernetes-map-type":"atomic","additionalProperties":{"type":"string"}},"os":{"$ref":"core.v1.PodOS"},"overhead":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"preemptionPolicy":{"type":"string"},"priority":{"type":"integer","format":"int32"},"priorityClassName":{"type":"string"},"readinessGates":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.PodReadinessGate"}},"resourceClaims":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge,retainKeys","items":{"$ref":"core.v1.PodResourceClaim"}},"resources":{"$ref":"core.v1.ResourceRequirements"},"restartPolicy":{"type":"string"},"runtimeClassName":{"type":"string"},"schedulerName":{"type":"string"},"schedulingGates":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.PodSchedulingGate"}},"schedulingGroup":{"$ref":"core.v1.PodSchedulingGroup"},"securityContext":{"$ref":"core.v1.PodSecurityContext"},"serviceAccount":{"type":"string"},"serviceAccountName":{"type":"string"},"setHostnameAsFQDN":{"type":"boolean"},"shareProcessNamespace":{"type":"boolean"},"subdomain":{"type":"string"},"terminationGracePeriodSeconds":{"type":"integer","format":"int64"},"tolerations":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.Toleration"}},"topologySpreadConstraints":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["topologyKey","whenUnsatisfiable"],"mergeKey":"topologyKey","strategy":"merge","items":{"$ref":"core.v1.TopologySpreadConstraint"}},"volumes":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge,retainKeys","items":{"$ref":"core.v1.Volume"}}}}',
  "core.v1.PodStatus":
    '{"type":"object","properties":{"allocatedResources":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"conditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"mergeKey":"type","strategy":"merge","items":{"$ref":"core.v1.PodCondition"}},"containerStatuses":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerStatus"}},"ephemeralContainerStatuses":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerStatus"}},"extendedResourceClaimStatus":{"$ref":"core.v1.PodExtendedResourceClaimStatus"},"hostIP":{"type":"string"},"hostIPs":{"type":"array","x-kubernetes-list-type":"atomic","mergeKey":"ip","strategy":"merge","items":{"$ref":"core.v1.HostIP"}},"initContainerStatuses":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.ContainerStatus"}},"message":{"type":"string"},"nodeAllocatableResourceClaimStatuses":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["resourceClaimName"],"mergeKey":"resourceClaimName","strategy":"merge","items":{"$ref":"core.v1.NodeAllocatableResourceClaimStatus"}},"nominatedNodeName":{"type":"string"},"observedGeneration":{"type":"integer","format":"int64"},"phase":{"type":"string"},"podIP":{"type":"string"},"podIPs":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["ip"],"mergeKey":"ip","strategy":"merge","items":{"$ref":"core.v1.PodIP"}},"qosClass":{"type":"string"},"reason":{"type":"string"},"resize":{"type":"string"},"resourceClaimStatuses":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge,retainKeys","items":{"$ref":"core.v1.PodResourceClaimStatus"}},"resources":{"$ref":"core.v1.ResourceRequirements"},"startTime":{"$ref":"meta.v1.Time"},"volumeHealth":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"$ref":"core.v1.PodVolumeHealth"}}}}',
  "core.v1.PodVolumeHealth":
    '{"type":"object","properties":{"healthConditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["status","reason"],"mergeKey":"status","strategy":"merge","items":{"$ref":"core.v1.VolumeHealthCondition"}},"lastTransitionTime":{"$ref":"meta.v1.Time"},"name":{"type":"string"}}}',
  "core.v1.PortStatus":
    '{"type":"object","properties":{"error":{"type":"string"},"port":{"type":"integer","format":"int32"},"protocol":{"type":"string"}}}',
  "core.v1.PortworxVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"readOnly":{"type":"boolean"},"volumeID":{"type":"string"}}}',
  "core.v1.PreferredSchedulingTerm":
    '{"type":"object","properties":{"preference":{"$ref":"core.v1.NodeSelectorTerm"},"weight":{"type":"integer","format":"int32"}}}',
  "core.v1.Probe":
    '{"type":"object","properties":{"exec":{"$ref":"core.v1.ExecAction"},"failureThreshold":{"type":"integer","format":"int32"},"grpc":{"$ref":"core.v1.GRPCAction"},"httpGet":{"$ref":"core.v1.HTTPGetAction"},"initialDelaySeconds":{"type":"integer","format":"int32"},"periodSeconds":{"type":"integer","format":"int32"},"successThreshold":{"type":"integer","format":"int32"},"tcpSocket":{"$ref":"core.v1.TCPSocketAction"},"terminationGracePeriodSeconds":{"type":"integer","format":"int64"},"timeoutSeconds":{"type":"integer","format":"int32"}}}',
  "core.v1.ProjectedVolumeSource":
    '{"type":"object","properties":{"defaultMode":{"type":"integer","format":"int32"},"defaultUser":{"type":"integer","format":"int64"},"sources":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.VolumeProjection"}}}}',
  "core.v1.QuobyteVolumeSource":
    '{"type":"object","properties":{"group":{"type":"string"},"readOnly":{"type":"boolean"},"registry":{"type":"string"},"tenant":{"type":"string"},"user":{"type":"string"},"volume":{"type":"string"}}}',
  "core.v1.RBDVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"image":{"type":"string"},"keyring":{"type":"string"},"monitors":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"pool":{"type":"string"},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"user":{"type":"string"}}}',
  "core.v1.ResourceClaim": '{"type":"object","properties":{"name":{"type":"string"},"request":{"type":"string"}}}',
  "core.v1.ResourceFieldSelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"containerName":{"type":"string"},"divisor":{"$ref":"api.resource.Quantity"},"resource":{"type":"string"}}}',
  "core.v1.ResourceHealth":
    '{"type":"object","properties":{"health":{"type":"string"},"message":{"type":"string"},"resourceID":{"type":"string"}}}',
  "core.v1.ResourceRequirements":
    '{"type":"object","properties":{"claims":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"$ref":"core.v1.ResourceClaim"}},"limits":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"requests":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}}}}',
  "core.v1.ResourceStatus":
    '{"type":"object","properties":{"name":{"type":"string"},"resources":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["resourceID"],"items":{"$ref":"core.v1.ResourceHealth"}}}}',
  "core.v1.SELinuxOptions":
    '{"type":"object","properties":{"level":{"type":"string"},"role":{"type":"string"},"type":{"type":"string"},"user":{"type":"string"}}}',
  "core.v1.ScaleIOVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"gateway":{"type":"string"},"protectionDomain":{"type":"string"},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"sslEnabled":{"type":"boolean"},"storageMode":{"type":"string"},"storagePool":{"type":"string"},"system":{"type":"string"},"volumeName":{"type":"string"}}}',
  "core.v1.SeccompProfile":
    '{"type":"object","properties":{"localhostProfile":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.Secret":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"data":{"type":"object","additionalProperties":{"type":"string","format":"byte"}},"immutable":{"type":"boolean"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"stringData":{"type":"object","additionalProperties":{"type":"string"}},"type":{"type":"string"}}}',
  "core.v1.SecretEnvSource": '{"type":"object","properties":{"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.SecretKeySelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"key":{"type":"string"},"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.SecretProjection":
    '{"type":"object","properties":{"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.KeyToPath"}},"name":{"type":"string"},"optional":{"type":"boolean"}}}',
  "core.v1.SecretVolumeSource":
    '{"type":"object","properties":{"defaultMode":{"type":"integer","format":"int32"},"defaultUser":{"type":"integer","format":"int64"},"items":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.KeyToPath"}},"optional":{"type":"boolean"},"secretName":{"type":"string"}}}',
  "core.v1.SecurityContext":
    '{"type":"object","properties":{"allowPrivilegeEscalation":{"type":"boolean"},"appArmorProfile":{"$ref":"core.v1.AppArmorProfile"},"capabilities":{"$ref":"core.v1.Capabilities"},"privileged":{"type":"boolean"},"procMount":{"type":"string"},"readOnlyRootFilesystem":{"type":"boolean"},"runAsGroup":{"type":"integer","format":"int64"},"runAsNonRoot":{"type":"boolean"},"runAsUser":{"type":"integer","format":"int64"},"seLinuxOptions":{"$ref":"core.v1.SELinuxOptions"},"seccompProfile":{"$ref":"core.v1.SeccompProfile"},"windowsOptions":{"$ref":"core.v1.WindowsSecurityContextOptions"}}}',
  "core.v1.Service":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"core.v1.ServiceSpec"},"status":{"$ref":"core.v1.ServiceStatus"}}}',
  "core.v1.ServiceAccount":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"automountServiceAccountToken":{"type":"boolean"},"imagePullSecrets":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"core.v1.LocalObjectReference"}},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"secrets":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"mergeKey":"name","strategy":"merge","items":{"$ref":"core.v1.ObjectReference"}}}}',
  "core.v1.ServiceAccountTokenProjection":
    '{"type":"object","properties":{"audience":{"type":"string"},"expirationSeconds":{"type":"integer","format":"int64"},"path":{"type":"string"},"user":{"type":"integer","format":"int64"}}}',
  "core.v1.ServicePort":
    '{"type":"object","properties":{"appProtocol":{"type":"string"},"name":{"type":"string"},"nodePort":{"type":"integer","format":"int32"},"port":{"type":"integer","format":"int32"},"protocol":{"type":"string"},"targetPort":{"$ref":"util.intstr.IntOrString"}}}',
  "core.v1.ServiceSpec":
    '{"type":"object","properties":{"allocateLoadBalancerNodePorts":{"type":"boolean"},"clusterIP":{"type":"string"},"clusterIPs":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"externalIPs":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"externalName":{"type":"string"},"externalTrafficPolicy":{"type":"string"},"healthCheckNodePort":{"type":"integer","format":"int32"},"internalTrafficPolicy":{"type":"string"},"ipFamilies":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"ipFamilyPolicy":{"type":"string"},"loadBalancerClass":{"type":"string"},"loadBalancerIP":{"type":"string"},"loadBalancerSourceRanges":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["port","protocol"],"mergeKey":"port","strategy":"merge","items":{"$ref":"core.v1.ServicePort"}},"publishNotReadyAddresses":{"type":"boolean"},"selector":{"type":"object","x-kubernetes-map-type":"atomic","additionalProperties":{"type":"string"}},"sessionAffinity":{"type":"string"},"sessionAffinityConfig":{"$ref":"core.v1.SessionAffinityConfig"},"trafficDistribution":{"type":"string"},"type":{"type":"string"}}}',
  "core.v1.ServiceStatus":
    '{"type":"object","properties":{"conditions":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["type"],"mergeKey":"type","strategy":"merge","items":{"$ref":"meta.v1.Condition"}},"loadBalancer":{"$ref":"core.v1.LoadBalancerStatus"}}}',
  "core.v1.SessionAffinityConfig": '{"type":"object","properties":{"clientIP":{"$ref":"core.v1.ClientIPConfig"}}}',
  "core.v1.SleepAction": '{"type":"object","properties":{"seconds":{"type":"integer","format":"int64"}}}',
  "core.v1.StorageOSVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"readOnly":{"type":"boolean"},"secretRef":{"$ref":"core.v1.LocalObjectReference"},"volumeName":{"type":"string"},"volumeNamespace":{"type":"string"}}}',
  "core.v1.Sysctl": '{"type":"object","properties":{"name":{"type":"string"},"value":{"type":"string"}}}',
  "core.v1.TCPSocketAction":
    '{"type":"object","properties":{"host":{"type":"string"},"port":{"$ref":"util.intstr.IntOrString"}}}',
  "core.v1.Taint":
    '{"type":"object","properties":{"effect":{"type":"string"},"key":{"type":"string"},"timeAdded":{"$ref":"meta.v1.Time"},"value":{"type":"string"}}}',
  "core.v1.Toleration":
    '{"type":"object","properties":{"effect":{"type":"string"},"key":{"type":"string"},"operator":{"type":"string"},"tolerationSeconds":{"type":"integer","format":"int64"},"value":{"type":"string"}}}',
  "core.v1.TopologySpreadConstraint":
    '{"type":"object","properties":{"labelSelector":{"$ref":"meta.v1.LabelSelector"},"matchLabelKeys":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"maxSkew":{"type":"integer","format":"int32"},"minDomains":{"type":"integer","format":"int32"},"nodeAffinityPolicy":{"type":"string"},"nodeTaintsPolicy":{"type":"string"},"topologyKey":{"type":"string"},"whenUnsatisfiable":{"type":"string"}}}',
  "core.v1.TypedLocalObjectReference":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiGroup":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"}}}',
  "core.v1.TypedObjectReference":
    '{"type":"object","properties":{"apiGroup":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"},"namespace":{"type":"string"}}}',
  "core.v1.Volume":
    '{"type":"object","properties":{"awsElasticBlockStore":{"$ref":"core.v1.AWSElasticBlockStoreVolumeSource"},"azureDisk":{"$ref":"core.v1.AzureDiskVolumeSource"},"azureFile":{"$ref":"core.v1.AzureFileVolumeSource"},"cephfs":{"$ref":"core.v1.CephFSVolumeSource"},"cinder":{"$ref":"core.v1.CinderVolumeSource"},"configMap":{"$ref":"core.v1.ConfigMapVolumeSource"},"csi":{"$ref":"core.v1.CSIVolumeSource"},"downwardAPI":{"$ref":"core.v1.DownwardAPIVolumeSource"},"emptyDir":{"$ref":"core.v1.EmptyDirVolumeSource"},"ephemeral":{"$ref":"core.v1.EphemeralVolumeSource"},"fc":{"$ref":"core.v1.FCVolumeSource"},"flexVolume":{"$ref":"core.v1.FlexVolumeSource"},"flocker":{"$ref":"core.v1.FlockerVolumeSource"},"gcePersistentDisk":{"$ref":"core.v1.GCEPersistentDiskVolumeSource"},"gitRepo":{"$ref":"core.v1.GitRepoVolumeSource"},"glusterfs":{"$ref":"core.v1.GlusterfsVolumeSource"},"hostPath":{"$ref":"core.v1.HostPathVolumeSource"},"image":{"$ref":"core.v1.ImageVolumeSource"},"iscsi":{"$ref":"core.v1.ISCSIVolumeSource"},"name":{"type":"string"},"nfs":{"$ref":"core.v1.NFSVolumeSource"},"persistentVolumeClaim":{"$ref":"core.v1.PersistentVolumeClaimVolumeSource"},"photonPersistentDisk":{"$ref":"core.v1.PhotonPersistentDiskVolumeSource"},"portworxVolume":{"$ref":"core.v1.PortworxVolumeSource"},"projected":{"$ref":"core.v1.ProjectedVolumeSource"},"quobyte":{"$ref":"core.v1.QuobyteVolumeSource"},"rbd":{"$ref":"core.v1.RBDVolumeSource"},"scaleIO":{"$ref":"core.v1.ScaleIOVolumeSource"},"secret":{"$ref":"core.v1.SecretVolumeSource"},"storageos":{"$ref":"core.v1.StorageOSVolumeSource"},"vsphereVolume":{"$ref":"core.v1.VsphereVirtualDiskVolumeSource"}}}',
  "core.v1.VolumeDevice": '{"type":"object","properties":{"devicePath":{"type":"string"},"name":{"type":"string"}}}',
  "core.v1.VolumeHealthCondition":
    '{"type":"object","properties":{"message":{"type":"string"},"reason":{"type":"string"},"status":{"type":"string"}}}',
  "core.v1.VolumeMount":
    '{"type":"object","properties":{"bindMountOptions":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"mountPath":{"type":"string"},"mountPropagation":{"type":"string"},"name":{"type":"string"},"readOnly":{"type":"boolean"},"recursiveReadOnly":{"type":"string"},"subPath":{"type":"string"},"subPathExpr":{"type":"string"}}}',
  "core.v1.VolumeMountStatus":
    '{"type":"object","properties":{"mountPath":{"type":"string"},"name":{"type":"string"},"readOnly":{"type":"boolean"},"recursiveReadOnly":{"type":"string"},"volumeStatus":{"$ref":"core.v1.VolumeStatus"}}}',
  "core.v1.VolumeProjection":
    '{"type":"object","properties":{"clusterTrustBundle":{"$ref":"core.v1.ClusterTrustBundleProjection"},"configMap":{"$ref":"core.v1.ConfigMapProjection"},"downwardAPI":{"$ref":"core.v1.DownwardAPIProjection"},"podCertificate":{"$ref":"core.v1.PodCertificateProjection"},"secret":{"$ref":"core.v1.SecretProjection"},"serviceAccountToken":{"$ref":"core.v1.ServiceAccountTokenProjection"}}}',
  "core.v1.VolumeResourceRequirements":
    '{"type":"object","properties":{"limits":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}},"requests":{"type":"object","additionalProperties":{"$ref":"api.resource.Quantity"}}}}',
  "core.v1.VolumeStatus": '{"type":"object","properties":{"image":{"$ref":"core.v1.ImageVolumeStatus"}}}',
  "core.v1.VsphereVirtualDiskVolumeSource":
    '{"type":"object","properties":{"fsType":{"type":"string"},"storagePolicyID":{"type":"string"},"storagePolicyName":{"type":"string"},"volumePath":{"type":"string"}}}',
  "core.v1.WeightedPodAffinityTerm":
    '{"type":"object","properties":{"podAffinityTerm":{"$ref":"core.v1.PodAffinityTerm"},"weight":{"type":"integer","format":"int32"}}}',
  "core.v1.WindowsSecurityContextOptions":
    '{"type":"object","properties":{"gmsaCredentialSpec":{"type":"string"},"gmsaCredentialSpecName":{"type":"string"},"hostProcess":{"type":"boolean"},"runAsUserName":{"type":"string"}}}',
  "discovery.v1.Endpoint":
    '{"type":"object","properties":{"addresses":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},"conditions":{"$ref":"discovery.v1.EndpointConditions"},"deprecatedTopology":{"type":"object","additionalProperties":{"type":"string"}},"hints":{"$ref":"discovery.v1.EndpointHints"},"hostname":{"type":"string"},"nodeName":{"type":"string"},"targetRef":{"$ref":"core.v1.ObjectReference"},"zone":{"type":"string"}}}',
  "discovery.v1.EndpointConditions":
    '{"type":"object","properties":{"ready":{"type":"boolean"},"serving":{"type":"boolean"},"terminating":{"type":"boolean"}}}',
  "discovery.v1.EndpointHints":
    '{"type":"object","properties":{"forNodes":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"discovery.v1.ForNode"}},"forZones":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"discovery.v1.ForZone"}}}}',
  "discovery.v1.EndpointPort":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"appProtocol":{"type":"string"},"name":{"type":"string"},"port":{"type":"integer","format":"int32"},"protocol":{"type":"string"}}}',
  "discovery.v1.EndpointSlice":
    '{"type":"object","properties":{"addressType":{"type":"string"},"apiVersion":{"type":"string"},"endpoints":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"discovery.v1.Endpoint"}},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"discovery.v1.EndpointPort"}}}}',
  "discovery.v1.ForNode": '{"type":"object","properties":{"name":{"type":"string"}}}',
  "discovery.v1.ForZone": '{"type":"object","properties":{"name":{"type":"string"}}}',
  "meta.v1.Condition":
    '{"type":"object","properties":{"lastTransitionTime":{"$ref":"meta.v1.Time"},"message":{"type":"string"},"observedGeneration":{"type":"integer","format":"int64"},"reason":{"type":"string"},"status":{"type":"string"},"type":{"type":"string"}}}',
  "meta.v1.FieldsV1": '{"type":"object","x-kubernetes-preserve-unknown-fields":true}',
  "meta.v1.LabelSelector":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"matchExpressions":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"meta.v1.LabelSelectorRequirement"}},"matchLabels":{"type":"object","additionalProperties":{"type":"string"}}}}',
  "meta.v1.LabelSelectorRequirement":
    '{"type":"object","properties":{"key":{"type":"string"},"operator":{"type":"string"},"values":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "meta.v1.ManagedFieldsEntry":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"fieldsType":{"type":"string"},"fieldsV1":{"$ref":"meta.v1.FieldsV1"},"manager":{"type":"string"},"operation":{"type":"string"},"subresource":{"type":"string"},"time":{"$ref":"meta.v1.Time"}}}',
  "meta.v1.MicroTime": '{"type":"string","format":"date-time"}',
  "meta.v1.ObjectMeta":
    '{"type":"object","properties":{"annotations":{"type":"object","additionalProperties":{"type":"string"}},"creationTimestamp":{"$ref":"meta.v1.Time"},"deletionGracePeriodSeconds":{"type":"integer","format":"int64"},"deletionTimestamp":{"$ref":"meta.v1.Time"},"finalizers":{"type":"array","x-kubernetes-list-type":"set","strategy":"merge","items":{"type":"string"}},"generateName":{"type":"string"},"generation":{"type":"integer","format":"int64"},"labels":{"type":"object","additionalProperties":{"type":"string"}},"managedFields":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"meta.v1.ManagedFieldsEntry"}},"name":{"type":"string"},"namespace":{"type":"string"},"ownerReferences":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["uid"],"mergeKey":"uid","strategy":"merge","items":{"$ref":"meta.v1.OwnerReference"}},"resourceVersion":{"type":"string"},"selfLink":{"type":"string"},"uid":{"type":"string"}}}',
  "meta.v1.OwnerReference":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiVersion":{"type":"string"},"blockOwnerDeletion":{"type":"boolean"},"controller":{"type":"boolean"},"kind":{"type":"string"},"name":{"type":"string"},"uid":{"type":"string"}}}',
  "meta.v1.Time": '{"type":"string","format":"date-time"}',
  "networking.v1.IPBlock":
    '{"type":"object","properties":{"cidr":{"type":"string"},"except":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "networking.v1.NetworkPolicy":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"spec":{"$ref":"networking.v1.NetworkPolicySpec"}}}',
  "networking.v1.NetworkPolicyEgressRule":
    '{"type":"object","properties":{"ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyPort"}},"to":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyPeer"}}}}',
  "networking.v1.NetworkPolicyIngressRule":
    '{"type":"object","properties":{"from":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyPeer"}},"ports":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyPort"}}}}',
  "networking.v1.NetworkPolicyPeer":
    '{"type":"object","properties":{"ipBlock":{"$ref":"networking.v1.IPBlock"},"namespaceSelector":{"$ref":"meta.v1.LabelSelector"},"podSelector":{"$ref":"meta.v1.LabelSelector"}}}',
  "networking.v1.NetworkPolicyPort":
    '{"type":"object","properties":{"endPort":{"type":"integer","format":"int32"},"port":{"$ref":"util.intstr.IntOrString"},"protocol":{"type":"string"}}}',
  "networking.v1.NetworkPolicySpec":
    '{"type":"object","properties":{"egress":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyEgressRule"}},"ingress":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"networking.v1.NetworkPolicyIngressRule"}},"podSelector":{"$ref":"meta.v1.LabelSelector"},"policyTypes":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "rbac.v1.AggregationRule":
    '{"type":"object","properties":{"clusterRoleSelectors":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"meta.v1.LabelSelector"}}}}',
  "rbac.v1.ClusterRole":
    '{"type":"object","properties":{"aggregationRule":{"$ref":"rbac.v1.AggregationRule"},"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"rules":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"rbac.v1.PolicyRule"}}}}',
  "rbac.v1.ClusterRoleBinding":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"roleRef":{"$ref":"rbac.v1.RoleRef"},"subjects":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"rbac.v1.Subject"}}}}',
  "rbac.v1.PolicyRule":
    '{"type":"object","properties":{"apiGroups":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"nonResourceURLs":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"resourceNames":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"resources":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}},"verbs":{"type":"array","x-kubernetes-list-type":"atomic","items":{"type":"string"}}}}',
  "rbac.v1.Role":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"rules":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"rbac.v1.PolicyRule"}}}}',
  "rbac.v1.RoleBinding":
    '{"type":"object","properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"meta.v1.ObjectMeta"},"roleRef":{"$ref":"rbac.v1.RoleRef"},"subjects":{"type":"array","x-kubernetes-list-type":"atomic","items":{"$ref":"rbac.v1.Subject"}}}}',
  "rbac.v1.RoleRef":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiGroup":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"}}}',
  "rbac.v1.Subject":
    '{"type":"object","x-kubernetes-map-type":"atomic","properties":{"apiGroup":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"},"namespace":{"type":"string"}}}',
  "util.intstr.IntOrString": '{"format":"int-or-string","x-kubernetes-int-or-string":true}',
};
