import type { V1Pod } from '@kubernetes/client-node';
import { workerIdLabel, type ProviderWatch, type WorkerStatus } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { listPods, selectorOf, watchPods, type PodEvent } from './pods.ts';
import { keepFollowing } from '../shared/following.ts';
import { statusOf } from './status.ts';

interface Watched {
  readonly api: Api;
  readonly providerId: string;
  readonly intervalMs: number;
  onEnded(workerId: string, status: WorkerStatus): void;
}

/**
 * Follows the provider's pods. They are listed as well, after every reconnect and at intervals, because a connection
 * that is silent may be dead.
 */
export function watchWorkers(watched: Watched): ProviderWatch {
  return keepFollowing((signal) => {
    const follower = new Follower(watched, signal);
    return (onFollowing) => follower.follow(onFollowing);
  });
}

class Follower {
  readonly #watched: Watched;
  readonly #signal: AbortSignal;
  /** The workers of pods that were last seen before their end, by the pods' uids. */
  readonly #alive = new Map<string, string>();
  /** The uids of pods that have been reported, which is done once, and that may still exist. */
  #told = new Set<string>();

  constructor(watched: Watched, signal: AbortSignal) {
    this.#watched = watched;
    this.#signal = signal;
  }

  /** Until the watch ends or a request fails. */
  async follow(onFollowing: () => void): Promise<void> {
    const { api, providerId, intervalMs } = this.#watched;
    const labelSelector = selectorOf(providerId);
    const { pods, resourceVersion } = await listPods(api, labelSelector, this.#signal);
    this.#noteAll(pods);
    onFollowing();
    const interval = new AbortController();
    const timer = setTimeout(() => interval.abort(), intervalMs).unref();
    const signal = AbortSignal.any([this.#signal, interval.signal]);
    const watched = { labelSelector, resourceVersion };
    try {
      await watchPods(api, watched, (event) => this.#note(event), signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #noteAll(pods: readonly V1Pod[]): void {
    for (const pod of pods) this.#note({ type: 'MODIFIED', pod });
    const there = new Set(pods.map(({ metadata }) => metadata?.uid));
    for (const [uid, workerId] of this.#alive) if (!there.has(uid)) this.#tell(uid, workerId, { state: 'gone' });
    this.#told = new Set([...this.#told].filter((uid) => there.has(uid)));
  }

  #note({ type, pod }: PodEvent): void {
    const { uid, labels } = pod.metadata ?? {};
    const workerId = labels?.[workerIdLabel];
    if (uid === undefined || workerId === undefined) return;
    const status = statusOf(pod);
    if (status.state === 'exited') this.#tell(uid, workerId, status);
    else if (type === 'DELETED') this.#tell(uid, workerId, { state: 'gone' });
    else if (!this.#told.has(uid)) this.#alive.set(uid, workerId);
    if (type === 'DELETED') this.#told.delete(uid);
  }

  #tell(uid: string, workerId: string, status: WorkerStatus): void {
    this.#alive.delete(uid);
    if (this.#signal.aborted || this.#told.has(uid)) return;
    this.#told.add(uid);
    this.#watched.onEnded(workerId, status);
  }
}
