/** Reads pods, and follows their changes. */
import type { V1Pod } from '@kubernetes/client-node';
import { providerSelectors } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { failureOf, silent } from './errors.ts';

const pageSize = 500;

export interface PodEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly pod: V1Pod;
}

export interface PodList {
  readonly pods: readonly V1Pod[];
  /** What a watch goes on from. */
  readonly resourceVersion: string;
}

export function selectorOf(providerId: string): string {
  return providerSelectors(providerId).join(',');
}

/** All pods that a label selector selects. */
export async function listPods(api: Api, labelSelector: string, signal: AbortSignal): Promise<PodList> {
  const pods: V1Pod[] = [];
  let resourceVersion = '';
  let next: string | undefined;
  do {
    const request = { namespace: api.namespace, labelSelector, limit: pageSize };
    const page = await api.call(signal, ({ core }, options) =>
      core.listNamespacedPod({ ...request, ...(next ? { _continue: next } : {}) }, options));
    pods.push(...page?.items ?? []);
    resourceVersion = page?.metadata?.resourceVersion ?? '';
    next = page?.metadata?._continue;
  } while (next);
  return { pods, resourceVersion };
}

export interface WatchedPods {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
}

/**
 * Calls `onEvent` with each change after the given version. Resolves when the server ends the watch, which it does now
 * and then, and when it has forgotten that version: then the pods have to be read again.
 * @throws ProviderFailure when the server cannot be reached or refuses, and the signal's reason.
 */
export async function watchPods(
  api: Api,
  watched: WatchedPods,
  onEvent: (event: PodEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const cluster = await api.cluster();
  const over = Promise.withResolvers<unknown>();
  let isConnected = false;
  const onLine = (type: string, object: unknown): void => {
    if (signal.aborted) return;
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') onEvent({ type, pod: object as V1Pod });
    // Comes with status 200. The code does not matter: 410 is usual, and listing again helps in any case.
    else if (type === 'ERROR') over.resolve(null);
  };
  const path = `/api/v1/namespaces/${api.namespace}/pods`;
  const connecting = cluster.watch.watch(path, { ...watched }, onLine, (error) => over.resolve(error));
  connecting.then(() => (isConnected = true), over.resolve);
  const end = (): void => over.resolve(null);
  const timer = setTimeout(() => isConnected || over.resolve(silent(cluster.server, api.timeoutMs)), api.timeoutMs);
  signal.addEventListener('abort', end);
  try {
    const error = await over.promise;
    signal.throwIfAborted();
    // The watcher reconnects after a long silence.
    if (error && (error as Error).name !== 'TimeoutError') throw watchFailure(error, cluster.server);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    connecting.then((controller) => controller.abort(), () => {});
  }
}

/** The client keeps only the status code of a refused watch. */
function watchFailure(error: unknown, server: string) {
  const { statusCode, message } = error as { statusCode?: number; message: string };
  return failureOf(statusCode === undefined ? error : { code: statusCode, body: { message }, headers: {} }, server);
}
