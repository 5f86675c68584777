/** Checks the configuration of a provider at registration. */
import type { KubernetesConfig } from './settings.ts';

interface Rule {
  readonly says: string;
  holds(value: unknown): boolean;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (says: string, pattern: RegExp): Rule => ({
  says,
  holds: (value) => typeof value === 'string' && value.length <= 4_096 && pattern.test(value),
});
const oneOf = (...allowed: readonly string[]): Rule => ({
  says: `must be ${allowed.join(', ')}`,
  holds: (value) => allowed.includes(value as string),
});
const number = (says: string, least: number, most: number, whole: boolean): Rule => ({
  says,
  holds: (value) => {
    const isNumber = typeof value === 'number' && value >= least && value <= most;
    return isNumber && (!whole || Number.isInteger(value));
  },
});

const bytes = number('must be a number of bytes', 1, Number.MAX_SAFE_INTEGER, true);
const yesOrNo: Rule = { says: 'must be true or false', holds: (value) => typeof value === 'boolean' };
/** RFC 1123: of namespaces 63 characters at most, of other objects 253. */
const namespacePattern = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const namePattern = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const labelName = /^(?=.{1,317}$)([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?(?=.{1,63}$)[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/;
const labelValue = /^(?=.{0,63}$)([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/;
const image = text('must be the name of an image', /^\S{1,512}$/);
const host = text('must be a host name or an IP address', /^[A-Za-z0-9.:_-]{1,255}$/);
const maxEntries = 64;

const tolerationRules: Readonly<Record<string, Rule>> = {
  key: text('must be the key of a taint', labelName),
  operator: oneOf('Exists', 'Equal'),
  value: text('must be the value of a taint', labelValue),
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: number('must be a number of seconds', 0, Number.MAX_SAFE_INTEGER, true),
};

const rules: Readonly<Record<keyof KubernetesConfig, Rule>> = {
  kubeconfig: text('must be an absolute path', /^\/[^\0]*$/),
  context: text('must be the name of a context', /^[^\0]{1,253}$/),
  namespace: text('must have 1 to 63 lower-case letters, digits and -', namespacePattern),
  createNamespace: yesOrNo,
  image,
  pull: oneOf('never', 'if-missing', 'always'),
  imagePullSecrets: {
    says: `must be a list of at most ${maxEntries} names of secrets`,
    holds: (value) => Array.isArray(value) && value.length <= maxEntries && value.every(isObjectName),
  },
  serviceAccount: { says: 'must be the name of a service account', holds: isObjectName },
  nodeSelector: {
    says: `must be an object of at most ${maxEntries} labels of nodes`,
    holds: (value) => isRecord(value) && Object.keys(value).length <= maxEntries && Object.entries(value)
      .every(([name, each]) => labelName.test(name) && typeof each === 'string' && labelValue.test(each)),
  },
  tolerations: {
    says: `must be a list of at most ${maxEntries} tolerations ({"key", "operator", "value", "effect"})`,
    holds: (value) => Array.isArray(value) && value.length <= maxEntries && value.every(isToleration),
  },
  gpu: yesOrNo,
  gpuResource: text('must be the name of a resource, such as nvidia.com/gpu', labelName),
  cpuCores: number('must be 0.01 to 1024', 0.01, 1_024, false),
  memoryBytes: bytes,
  diskBytes: bytes,
  user: text('must be "uid" or "uid:gid" in digits', /^\d{1,9}(:\d{1,9})?$/),
  readOnlyRoot: yesOrNo,
  serverHost: host,
};

/** What is wrong, by field; null if it is a `KubernetesConfig`. */
export function kubernetesProblems(config: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | null {
  const problems = Object.entries(config).flatMap(([name, value]): [string, string][] => {
    if (!isKnown(name)) return [[name, `is unknown: use one of ${Object.keys(rules).join(', ')}`]];
    return rules[name].holds(value) ? [] : [[name, rules[name].says]];
  });
  return problems.length === 0 ? null : Object.fromEntries(problems);
}

function isKnown(name: string): name is keyof KubernetesConfig {
  return Object.hasOwn(rules, name);
}

function isObjectName(value: unknown): boolean {
  return typeof value === 'string' && namePattern.test(value);
}

function isToleration(value: unknown): boolean {
  return isRecord(value) && Object.entries(value).every(([name, each]) =>
    Object.hasOwn(tolerationRules, name) && tolerationRules[name]?.holds(each) === true);
}
