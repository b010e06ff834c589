import { installation, kuryrPorts } from "@kuryr/kuryr";

const name = "kuryr-ports";
const account = (of: string): string => `system:serviceaccount:${installation.namespace}:${of}`;
const nodeClaim = "authentication.kubernetes.io/node-name";

/**
 * Who may write what of a KuryrPort, where roles cannot say it: they know neither nodes nor parts of an object. The
 * node is the one that the API server put into the daemon's token, which is bound to its pod.
 * Source: Kubernetes, ValidatingAdmissionPolicy; ServiceAccountTokenPodNodeInfo.
 */
export function admissionObjects(): object[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [kuryrPorts.group],
              apiVersions: [kuryrPorts.version],
              operations: ["CREATE", "UPDATE", "DELETE"],
              resources: [kuryrPorts.plural, `${kuryrPorts.plural}/status`],
            },
          ],
        },
        variables: [
          { name: "daemon", expression: `request.userInfo.username == '${account(installation.daemon)}'` },
          {
            name: "mayWriteSpec",
            expression: `request.userInfo.username == '${account(installation.controller)}' || 'system:masters' in request.userInfo.groups`,
          },
          {
            name: "node",
            expression: `has(request.userInfo.extra) && '${nodeClaim}' in request.userInfo.extra ? request.userInfo.extra['${nodeClaim}'][0] : ''`,
          },
        ],
        validations: [
          {
            expression:
              "!variables.daemon || (request.operation == 'UPDATE' && has(request.subResource) && request.subResource == 'status' && object.spec.podNodeName == variables.node)",
            messageExpression:
              "'KURYR_FOREIGN_NODE: a daemon writes the status of its own node\\'s KuryrPorts and nothing else; this token is of node \"' + variables.node + '\"'",
            reason: "Forbidden",
          },
          {
            expression:
              "request.operation == 'DELETE' || variables.mayWriteSpec || (request.operation == 'UPDATE' && object.spec == oldObject.spec)",
            message: `KURYR_SPEC_OWNER: the spec of a KuryrPort is written by ${installation.controller} alone`,
            reason: "Forbidden",
          },
        ],
      },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    },
  ];
}
