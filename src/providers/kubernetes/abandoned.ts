/** Pods of providers whose servers are gone for good. */
import type { V1Pod } from '@kubernetes/client-node';
import { managedSelector, providerIdLabel, workerIdLabel } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { listPods } from './pods.ts';

/** The most that one call removes. */
const mostAtOnce = 100;

/** The cluster removes their secrets with them. */
export async function removeAbandonedPods(
  api: Api,
  { providerId, before }: { readonly providerId: string; readonly before: number },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { pods } = await listPods(api, managedSelector, signal);
  const abandoned = pods.filter((pod) => {
    const { labels = {}, deletionTimestamp } = pod.metadata ?? {};
    const isStrange = labels[providerIdLabel] !== providerId && labels[workerIdLabel] !== undefined;
    return isStrange && deletionTimestamp === undefined && endOf(pod) <= before;
  });
  const removed: string[] = [];
  for (const { metadata } of abandoned.slice(0, mostAtOnce)) {
    const { name = '', uid = '', labels = {} } = metadata ?? {};
    const request = { namespace: api.namespace, name, body: { preconditions: { uid } } };
    const answer = await api.call(signal, ({ core }, options) => core.deleteNamespacedPod(request, options), {
      accept: [404, 409],
    });
    if (answer !== null) removed.push(labels[workerIdLabel] ?? '');
  }
  return removed;
}

/** Milliseconds since 1970; never for one that has not ended. */
function endOf({ metadata, status }: V1Pod): number {
  if (status?.phase !== 'Succeeded' && status?.phase !== 'Failed') return Infinity;
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = status;
  const ends = [...containerStatuses, ...initContainerStatuses].map(({ state }) => state?.terminated?.finishedAt);
  // One that its node never started has conditions alone.
  const known = [...ends, ...conditions.map(({ lastTransitionTime }) => lastTransitionTime)];
  const times = [metadata?.creationTimestamp, ...known].map((time) => (time ? new Date(time).getTime() : 0));
  return Math.max(...times);
}
