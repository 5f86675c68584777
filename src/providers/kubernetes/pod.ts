/** A worker as a pod: what it is made of. */
import type { V1Container, V1Pod, V1PodSpec, V1Secret, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { ownVariables, ProviderFailure, workerLabels, workerName, type WorkerSpec } from '../../ports/provider.ts';
import { agentHome, agentInAnyImage, needsAgent, type PullPolicy } from '../../ports/worker-image.ts';
import { defaults, type KubernetesProviderSettings } from './settings.ts';

/** The container that runs the agent. */
export const agentContainer = 'worker';

const agentVolume = 'agent';
/** Where the init container sees the volume that it copies the agent to. */
const copyTarget = '/copy';
/** What the copy takes at most; it counts towards the pod's limit on disk space. */
const agentBytes = 512 * 1024 ** 2;
/** When a node evicts it, or its time is over. `terminate` has its own. */
const otherGraceSeconds = 10;
const maxDeadlineSeconds = 2 ** 31 - 1;

const pullPolicies: Readonly<Record<PullPolicy, string>> = {
  never: 'Never', 'if-missing': 'IfNotPresent', always: 'Always',
};

/** `secretName`: the secret with the agent's variables. */
export function podOf(spec: WorkerSpec, settings: KubernetesProviderSettings, secretName: string): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: workerName(spec.workerId),
      labels: { ...spec.labels, ...workerLabels(settings.providerId, spec.workerId) },
    },
    spec: podSpec(spec, settings, secretName),
  };
}

function podSpec(spec: WorkerSpec, settings: KubernetesProviderSettings, secretName: string): V1PodSpec {
  const { agentCommand = null, serviceAccount, nodeSelector, tolerations, imagePullSecrets } = settings;
  const hasForeignImage = agentCommand === null && needsAgent(spec.image, settings.image);
  const { user, ...security } = securityContext(settings);
  return {
    restartPolicy: 'Never',
    ...(spec.lifetimeMs === null ? {} : { activeDeadlineSeconds: secondsOf(spec.lifetimeMs) }),
    terminationGracePeriodSeconds: otherGraceSeconds,
    automountServiceAccountToken: false,
    // No variables of the namespace's services.
    enableServiceLinks: false,
    // Kubernetes' own first process reaps orphans, and the agent gets signals that the kernel keeps from process 1.
    shareProcessNamespace: true,
    securityContext: { ...user, seccompProfile: { type: 'RuntimeDefault' } },
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(tolerations === undefined ? {} : { tolerations: tolerations.map((each) => ({ ...each })) }),
    ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(hasForeignImage ? { initContainers: [copyingContainer(spec, settings, security)] } : {}),
    containers: [workerContainer(spec, settings, { secretName, hasForeignImage, security })],
    volumes: volumes(spec, settings, hasForeignImage),
  };
}

function secondsOf(lifetimeMs: number): number {
  return Math.min(maxDeadlineSeconds, Math.max(1, Math.ceil(lifetimeMs / 1_000)));
}

type Security = NonNullable<V1Container['securityContext']>;

function securityContext({ user = defaults.user, readOnlyRoot = true }: KubernetesProviderSettings) {
  const [uid = 0, gid = uid] = user.split(':').map(Number);
  return {
    user: { runAsUser: uid, runAsGroup: gid, runAsNonRoot: uid !== 0 },
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: readOnlyRoot,
    capabilities: { drop: ['ALL'] },
  };
}

interface WorkerParts {
  readonly secretName: string;
  readonly hasForeignImage: boolean;
  readonly security: Security;
}

function workerContainer(
  spec: WorkerSpec,
  settings: KubernetesProviderSettings,
  { secretName, hasForeignImage, security }: WorkerParts,
): V1Container {
  const { workDirectory = defaults.workDirectory, readOnlyRoot = true } = settings;
  const command = settings.agentCommand ?? (hasForeignImage ? agentInAnyImage : null);
  const writable: V1VolumeMount[] = [{ name: 'tmp', mountPath: '/tmp' }, { name: 'work', mountPath: workDirectory }];
  return {
    name: agentContainer,
    image: spec.image ?? settings.image,
    imagePullPolicy: pullPolicies[settings.pull ?? defaults.pull],
    ...(command === null ? {} : { command: [...command] }),
    envFrom: [{ secretRef: { name: secretName } }],
    env: Object.entries(ownVariables(spec.workerId, workDirectory)).map(([name, value]) => ({ name, value })),
    resources: resources(spec, settings, hasForeignImage, spec.gpuCount),
    securityContext: security,
    volumeMounts: [
      ...(readOnlyRoot ? writable : []),
      ...(hasForeignImage ? [{ name: agentVolume, mountPath: agentHome, readOnly: true }] : []),
    ],
    // The end of a failed agent's output becomes part of the pod's status.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** Images that jobs name do not contain the agent: it is copied from the worker image, which has busybox. */
function copyingContainer(spec: WorkerSpec, settings: KubernetesProviderSettings, security: Security): V1Container {
  return {
    name: 'copy-agent',
    image: settings.image,
    imagePullPolicy: pullPolicies[settings.pull ?? defaults.pull],
    command: ['/bin/cp', '-RP', `${agentHome}/.`, copyTarget],
    resources: resources(spec, settings, true, 0),
    securityContext: security,
    volumeMounts: [{ name: agentVolume, mountPath: copyTarget }],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

function resources(
  spec: WorkerSpec,
  settings: KubernetesProviderSettings,
  hasForeignImage: boolean,
  gpuCount: number,
): NonNullable<V1Container['resources']> {
  const cores = spec.cpuCores ?? settings.cpuCores ?? defaults.cpuCores;
  const disk = diskBytes(spec, settings) + (hasForeignImage ? agentBytes : 0);
  const amounts = {
    cpu: `${Math.round(cores * 1_000)}m`,
    memory: String(spec.memoryBytes ?? settings.memoryBytes ?? defaults.memoryBytes),
    'ephemeral-storage': String(disk),
    ...(gpuCount === 0 ? {} : { [settings.gpuResource ?? defaults.gpuResource]: String(gpuCount) }),
  };
  return { requests: amounts, limits: amounts };
}

function diskBytes(spec: WorkerSpec, settings: KubernetesProviderSettings): number {
  return spec.diskBytes ?? settings.diskBytes ?? defaults.diskBytes;
}

function volumes(spec: WorkerSpec, settings: KubernetesProviderSettings, hasForeignImage: boolean): V1Volume[] {
  const empty = (name: string, size: number): V1Volume => ({ name, emptyDir: { sizeLimit: String(size) as never } });
  const size = diskBytes(spec, settings);
  const { readOnlyRoot = true } = settings;
  return [
    ...(readOnlyRoot ? [empty('tmp', size), empty('work', size)] : []),
    ...(hasForeignImage ? [empty(agentVolume, agentBytes)] : []),
  ];
}

/**
 * The agent's variables, including its one-time token. Someone who may only read pods cannot see them, and their values
 * are not expanded as in a pod. The secret is owned by the pod, so the cluster deletes both together.
 */
export function secretOf(spec: WorkerSpec, settings: KubernetesProviderSettings, pod: V1Pod): V1Secret {
  const { name = '', uid = '' } = pod.metadata ?? {};
  const encode = (value: string): string => Buffer.from(value).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: {
      name: secretNameOf(pod) ?? name,
      labels: { ...workerLabels(settings.providerId, spec.workerId) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    data: Object.fromEntries(Object.entries(spec.agentEnvironment).map(([key, value]) => [key, encode(value)])),
  };
}

/** The name of the secret that the pod takes its agent's variables from. */
export function secretNameOf(pod: V1Pod): string | undefined {
  const container = pod.spec?.containers.find(({ name }) => name === agentContainer);
  return container?.envFrom?.[0]?.secretRef?.name;
}

/** Refuses what this provider is not configured for. */
export function assertOffered(spec: WorkerSpec, { gpu = false }: KubernetesProviderSettings): void {
  const refuse = (message: string): never => {
    throw new ProviderFailure('invalid', message, { retryable: false });
  };
  if (spec.networkMode !== null) refuse('Pods use the cluster\'s network: omit the network mode.');
  if (spec.gpuCount > 0 && !gpu) refuse('This provider has no GPUs: choose another provider.');
}
