import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { workerIdLabel, type ProviderWatch, type WorkerStatus } from '../../ports/provider.ts';
import type { Api } from './api.ts';
import { listPods, selectorOf, watchPods, type PodEvent } from './pods.ts';
import { statusOf } from './status.ts';

interface Watched {
  readonly api: Api;
  readonly providerId: string;
  readonly intervalMs: number;
  onEnded(workerId: string, status: WorkerStatus): void;
}

const firstRetryMs = 100;
const maxRetryMs = 10_000;

/**
 * Follows the provider's pods. They are listed as well, after every reconnect and at intervals, because a connection
 * that is silent may be dead.
 */
export function watchWorkers(watched: Watched): ProviderWatch {
  const controller = new AbortController();
  const following = new Follower(watched, controller.signal).run();
  return {
    async stop() {
      controller.abort();
      await following;
    },
  };
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

  async run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#signal.aborted) {
      try {
        await this.#follow(() => (retryMs = firstRetryMs));
      } catch {
        // The API server is restarting or unreachable, or refuses.
      }
      await sleep(retryMs, undefined, { signal: this.#signal, ref: false }).catch(() => {});
      retryMs = Math.min(maxRetryMs, retryMs * 2);
    }
  }

  /** Until the watch ends or a request fails. */
  async #follow(onListed: () => void): Promise<void> {
    const { api, providerId, intervalMs } = this.#watched;
    const { pods, resourceVersion } = await listPods(api, providerId, this.#signal);
    this.#noteAll(pods);
    onListed();
    const interval = new AbortController();
    const timer = setTimeout(() => interval.abort(), intervalMs).unref();
    const signal = AbortSignal.any([this.#signal, interval.signal]);
    const watched = { labelSelector: selectorOf(providerId), resourceVersion };
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
