/** Deletes pods, and waits until they are gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { ProviderFailure } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { watchPods } from './pods.ts';

interface Options {
  readonly graceMs: number;
  readonly removalTimeoutMs: number;
}

/**
 * A grace period of 0 would remove the pod from the API server at once and leave its containers running, until the node
 * gets to them; so the shortest is 1 s. The node sends SIGTERM in any case.
 */
const leastGraceSeconds = 1;
/** Before the pod is read again after a watch that has ended. */
const againMs = 100;

/** @throws ProviderFailure `failed`, if the pod's node does not confirm the end in time. */
export async function removePod(api: Api, pod: V1Pod, options: Options, signal: AbortSignal): Promise<void> {
  const { name = '', uid = '' } = pod.metadata ?? {};
  const { graceMs, removalTimeoutMs } = options;
  const gracePeriodSeconds = Math.max(leastGraceSeconds, Math.ceil(graceMs / 1_000));
  const preconditions = { uid };
  const request = { namespace: api.namespace, name, body: { gracePeriodSeconds, preconditions } };
  await api.call(signal, ({ core }, callOptions) => core.deleteNamespacedPod(request, callOptions), {
    // 409: the pod with that uid is gone, and another pod has its name.
    accept: [404, 409],
  });
  const late = new ProviderFailure('failed', lateMessage(pod, removalTimeoutMs), { retryable: true });
  const limit = new AbortController();
  const graceLeftMs = Math.max(gracePeriodSeconds * 1_000, earlierGraceMs(pod));
  const timer = setTimeout(() => limit.abort(late), graceLeftMs + removalTimeoutMs);
  try {
    await waitUntilGone(api, name, uid, AbortSignal.any([signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** What is left of the grace period of an earlier call, which kubelets before 1.22 do not shorten. */
function earlierGraceMs({ metadata }: V1Pod): number {
  const endsAt = metadata?.deletionTimestamp;
  return endsAt === undefined ? 0 : new Date(endsAt).getTime() - Date.now();
}

async function waitUntilGone(api: Api, name: string, uid: string, signal: AbortSignal): Promise<void> {
  const { namespace } = api;
  for (;;) {
    const pod = await api.call(signal, ({ core }, options) =>
      core.readNamespacedPod({ namespace, name }, options), { accept: [404] });
    if (pod?.metadata?.uid !== uid) return;
    const seen = new AbortController();
    const watched = {
      fieldSelector: `metadata.name=${name}`, resourceVersion: pod.metadata.resourceVersion ?? '',
    };
    const onEvent = ({ type }: { readonly type: string }): void => {
      if (type === 'DELETED') seen.abort();
    };
    try {
      await watchPods(api, watched, onEvent, AbortSignal.any([signal, seen.signal]));
    } catch (error) {
      if (!seen.signal.aborted || signal.aborted) throw error;
      return;
    }
    await sleep(againMs);
  }
}

function lateMessage({ metadata, spec }: V1Pod, removalTimeoutMs: number): string {
  const { namespace, name } = metadata ?? {};
  return `The node ${spec?.nodeName} has not ended the pod within ${removalTimeoutMs / 1_000} s of its grace period. ` +
    `If the node is lost for good: kubectl delete pod --force -n ${namespace} ${name}`;
}
