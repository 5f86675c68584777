/** Checks the configuration of a provider at registration. */
import {
  isRecord, listOf, number, objectOf, oneOf, problemsBy, text, workerRules, yesOrNo, type Rule, type Rules,
} from '../../ports/provider-config.ts';
import type { KubernetesConfig } from './settings.ts';

/** RFC 1123: of namespaces 63 characters at most, of other objects 253. */
const namespacePattern = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const namePattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const labelName = /^(?=.{1,317}$)([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?(?=.{1,63}$)[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/;
const labelValue = /^(?=.{0,63}$)([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/;
const host = text('must be a host name or an IP address', /^[A-Za-z0-9.:_-]{1,255}$/);

const tolerationRules: Readonly<Record<string, Rule>> = {
  key: text('must be the key of a taint', labelName),
  operator: oneOf('Exists', 'Equal'),
  value: text('must be the value of a taint', labelValue),
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: number('must be a number of seconds', 0, Number.MAX_SAFE_INTEGER, true),
};

const rules: Rules<KubernetesConfig> = {
  kubeconfig: text('must be an absolute path', /^\/[^\0]*$/),
  context: text('must be the name of a context', /^[^\0]{1,253}$/),
  namespace: text('must have 1 to 63 lower-case letters, digits and -', namespacePattern),
  createNamespace: yesOrNo,
  imagePullSecrets: listOf('names of secrets', isObjectName),
  serviceAccount: { says: 'must be the name of a service account', holds: isObjectName },
  nodeSelector: objectOf('labels of nodes', (name, each) =>
    labelName.test(name) && typeof each === 'string' && labelValue.test(each)),
  tolerations: listOf('tolerations ({"key", "operator", "value", "effect"})', isToleration),
  gpuResource: text('must be the name of a resource, such as nvidia.com/gpu', labelName),
  user: text('must be "uid" or "uid:gid" in digits', /^\d{1,9}(:\d{1,9})?$/),
  serverHost: host,
  ...workerRules,
};

/** What is wrong, by field; null if it is a `KubernetesConfig`. */
export function kubernetesProblems(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  return problemsBy(rules, config);
}

function isObjectName(value: unknown): boolean {
  return typeof value === 'string' && namePattern.test(value);
}

function isToleration(value: unknown): boolean {
  return isRecord(value) && Object.entries(value).every(([name, each]) =>
    Object.hasOwn(tolerationRules, name) && tolerationRules[name]?.holds(each) === true);
}
