/** Whether workers could be started: the API server responds, the permissions suffice, and a pod would be accepted. */
import { randomUUID } from 'node:crypto';
import { ProviderFailure, type WorkerSpec } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { isNamespaceMissing, apiErrorOf } from './errors.ts';
import { podOf } from './pod.ts';
import type { KubernetesProviderSettings } from './settings.ts';

const rights: readonly (readonly [verb: string, resource: string])[] = [
  ['create', 'pods'], ['get', 'pods'], ['list', 'pods'], ['watch', 'pods'], ['delete', 'pods'],
  ['create', 'secrets'], ['delete', 'secrets'],
];

/** What was found, in one sentence. @throws ProviderFailure */
export async function examine(api: Api, settings: KubernetesProviderSettings, signal: AbortSignal): Promise<string> {
  const version = await api.call(signal, (cluster, options) => cluster.version.getCode(options));
  const wanted = settings.createNamespace === true ? [...rights, ['create', 'namespaces'] as const] : rights;
  const denied = await Promise.all(wanted.map(async ([verb, resource]) =>
    (await isAllowed(api, verb, resource, signal)) ? [] : [`${verb} ${resource}`]));
  const missing = denied.flat();
  if (missing.length > 0) {
    const message = `The credentials lack rights in the namespace ${api.namespace}: ${missing.join(', ')}. ` +
      'The role in deploy/kubernetes/rbac.yaml has them.';
    throw new ProviderFailure('forbidden', message, { retryable: false });
  }
  await wouldAccept(api, settings, signal);
  return `Kubernetes ${version?.gitVersion}, namespace ${api.namespace}.`;
}

async function isAllowed(api: Api, verb: string, resource: string, signal: AbortSignal): Promise<boolean> {
  const resourceAttributes = { verb, resource, ...(resource === 'namespaces' ? {} : { namespace: api.namespace }) };
  const review = await api.call(signal, ({ authorization }, options) =>
    authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } }, options));
  return review?.status?.allowed === true;
}

/** Asks for a pod without having it made, which also finds a missing namespace, a full quota and a stricter policy. */
async function wouldAccept(api: Api, settings: KubernetesProviderSettings, signal: AbortSignal): Promise<void> {
  const spec: WorkerSpec = {
    workerId: randomUUID(), image: null, cpuCores: null, memoryBytes: null, diskBytes: null, gpuCount: 0,
    networkMode: null, labels: {}, agentEnvironment: {}, lifetimeMs: null,
  };
  const body = podOf(spec, settings, 'none');
  try {
    await api.call(signal, ({ core }, options) =>
      core.createNamespacedPod({ namespace: api.namespace, body, dryRun: 'All' }, options));
  } catch (error) {
    const answer = error instanceof ProviderFailure ? apiErrorOf(error.cause) : null;
    if (answer !== null && settings.createNamespace === true && isNamespaceMissing(answer)) return;
    // An admission webhook that cannot say: it decides when the pod is made.
    if (answer?.code === 400 && /does not support dry run/.test(answer.status.message ?? '')) return;
    throw error;
  }
}
