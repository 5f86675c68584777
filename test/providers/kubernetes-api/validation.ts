/** What a real API server refuses in the pods and secrets that it is given. Unknown fields are refused as well. */
import type { KubeObject } from './objects.ts';

type Fields = { readonly [name: string]: true | Fields | readonly [Fields] };

const containerFields: Fields = {
  name: true, image: true, imagePullPolicy: true, command: true, args: true, terminationMessagePolicy: true,
  env: [{ name: true, value: true }], envFrom: [{ secretRef: { name: true } }],
  resources: { requests: true, limits: true }, volumeMounts: [{ name: true, mountPath: true, readOnly: true }],
  securityContext: {
    allowPrivilegeEscalation: true, privileged: true, readOnlyRootFilesystem: true, capabilities: { drop: true },
  },
};

const podFields: Fields = {
  apiVersion: true, kind: true, metadata: { name: true, labels: true },
  spec: {
    restartPolicy: true, activeDeadlineSeconds: true, terminationGracePeriodSeconds: true, enableServiceLinks: true,
    automountServiceAccountToken: true, shareProcessNamespace: true, serviceAccountName: true, nodeSelector: true,
    securityContext: { runAsUser: true, runAsGroup: true, runAsNonRoot: true, seccompProfile: { type: true } },
    tolerations: [{ key: true, operator: true, value: true, effect: true, tolerationSeconds: true }],
    imagePullSecrets: [{ name: true }], initContainers: [containerFields], containers: [containerFields],
    volumes: [{ name: true, emptyDir: { sizeLimit: true } }],
  },
};

const secretFields: Fields = {
  apiVersion: true, kind: true, type: true, immutable: true, data: true,
  metadata: { name: true, labels: true, ownerReferences: [{ apiVersion: true, kind: true, name: true, uid: true }] },
};

const subdomain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const domainLabel = /^(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const qualified = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const labelText = /^(?=.{0,63}$)([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/;
const quantity = /^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi)?$/;
const variable = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const maxSecretBytes = 1_048_576;

/** The problems of a pod, as causes of a 422. */
export function podProblems(pod: KubeObject): string[] {
  const problems = [...unknownFields(pod, podFields, ''), ...metadataProblems(pod)];
  const check = (isGood: boolean, message: string): void => void (isGood || problems.push(message));
  const { spec = {} } = pod;
  check((spec.containers ?? []).length > 0, 'spec.containers: Required value');
  check(['Always', 'OnFailure', 'Never'].includes(spec.restartPolicy ?? 'Always'), 'spec.restartPolicy: Unsupported');
  const deadline = spec.activeDeadlineSeconds ?? 1;
  const isDeadline = Number.isInteger(deadline) && deadline >= 1 && deadline <= 2 ** 31 - 1;
  check(isDeadline, `spec.activeDeadlineSeconds: Invalid value: ${deadline}: must be between 1 and 2147483647`);
  const volumes = new Set<string>((spec.volumes ?? []).map(({ name }: { name: string }) => name));
  check(volumes.size === (spec.volumes ?? []).length, 'spec.volumes: Duplicate value');
  for (const volume of spec.volumes ?? []) check(domainLabel.test(volume.name), `spec.volumes: ${volume.name}`);
  for (const { operator = 'Equal', value, key } of spec.tolerations ?? []) {
    check(operator !== 'Exists' || !value, 'spec.tolerations: value must be empty when `operator` is \'Exists\'');
    check(key !== undefined || operator === 'Exists', 'spec.tolerations: operator must be Exists when `key` is empty');
  }
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const names = containers.map(({ name }: { name: string }) => name);
  check(new Set(names).size === names.length, 'spec.containers: Duplicate value');
  for (const container of containers) problems.push(...containerProblems(container, volumes));
  return problems;
}

function containerProblems(container: any, volumes: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  const at = `spec.containers[${container.name}]`;
  const check = (isGood: boolean, message: string): void => void (isGood || problems.push(`${at}.${message}`));
  check(domainLabel.test(container.name ?? ''), 'name: Invalid value');
  check(typeof container.image === 'string' && container.image.trim() !== '', 'image: Required value');
  check(['Always', 'IfNotPresent', 'Never', undefined].includes(container.imagePullPolicy), 'imagePullPolicy');
  for (const { name } of container.env ?? []) check(variable.test(name), `env: Invalid value: ${name}`);
  const sources: { secretRef?: { name?: string } }[] = container.envFrom ?? [];
  for (const { secretRef } of sources) check(subdomain.test(secretRef?.name ?? ''), 'envFrom.secretRef: Required');
  const paths = new Set<string>();
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    check(volumes.has(name), `volumeMounts: Not found: "${name}"`);
    check(typeof mountPath === 'string' && mountPath !== '' && !paths.has(mountPath), 'volumeMounts: must be unique');
    paths.add(mountPath);
  }
  const { requests = {}, limits = {} } = container.resources ?? {};
  for (const [name, amount] of Object.entries({ ...requests, ...limits })) {
    check(quantity.test(String(amount)), `resources: quantities must match the regular expression: ${amount}`);
    const isStandard = ['cpu', 'memory', 'ephemeral-storage'].includes(name);
    check(isStandard || (qualified.test(name) && name.includes('/')), `resources: Invalid value: ${name}`);
    const isWhole = isStandard || (/^\d+$/.test(String(amount)) && requests[name] === limits[name]);
    check(isWhole, `resources: ${name} must be an integer, with a request equal to the limit`);
  }
  const { privileged = false, allowPrivilegeEscalation } = container.securityContext ?? {};
  check(!(privileged && allowPrivilegeEscalation === false), 'securityContext: cannot set both');
  return problems;
}

/** What the standard "restricted" of Pod Security forbids. */
export function restrictedProblems({ spec }: KubeObject): string[] {
  const problems: string[] = [];
  const { securityContext = {} } = spec;
  if (securityContext.runAsNonRoot !== true) problems.push('runAsNonRoot != true');
  if (securityContext.runAsUser === 0) problems.push('runAsUser=0');
  if (securityContext.seccompProfile?.type !== 'RuntimeDefault') problems.push('seccompProfile');
  for (const { securityContext: own = {} } of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (own.allowPrivilegeEscalation !== false) problems.push('allowPrivilegeEscalation != false');
    if (!own.capabilities?.drop?.includes('ALL')) problems.push('unrestricted capabilities');
  }
  return problems;
}

export function secretProblems(secret: KubeObject): string[] {
  const problems = [...unknownFields(secret, secretFields, ''), ...metadataProblems(secret)];
  let bytes = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    if (!/^[-._a-zA-Z0-9]{1,253}$/.test(key)) problems.push(`data: Invalid value: ${key}`);
    if (Buffer.from(value, 'base64').toString('base64') !== value) problems.push(`data: illegal base64 data in ${key}`);
    bytes += Buffer.from(value, 'base64').length;
  }
  if (bytes > maxSecretBytes) problems.push('data: Too long: must have at most 1048576 bytes');
  for (const { uid, name, kind } of secret.metadata.ownerReferences ?? []) {
    if (!uid || !name || !kind) problems.push('metadata.ownerReferences: uid must not be empty');
  }
  return problems;
}

function metadataProblems({ metadata }: KubeObject): string[] {
  const problems = subdomain.test(metadata.name ?? '') ? [] : [`metadata.name: Invalid value: "${metadata.name}"`];
  for (const [name, value] of Object.entries(metadata.labels ?? {})) {
    if (!qualified.test(name) || !labelText.test(value)) problems.push(`metadata.labels: Invalid value: "${name}"`);
  }
  return problems;
}

function unknownFields(value: unknown, known: Fields, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: must be an object`];
  return Object.entries(value).flatMap(([name, each]) => {
    const fields = known[name];
    if (fields === undefined) return [`unknown field "${path}${name}"`];
    if (fields === true) return [];
    if (!Array.isArray(fields)) return unknownFields(each, fields as Fields, `${path}${name}.`);
    const [of = {}] = fields as readonly [Fields];
    return (each as unknown[]).flatMap((one) => unknownFields(one, of, `${path}${name}[].`));
  });
}
