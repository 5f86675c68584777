/** Calls to the API server that always settle: with an answer, a ProviderFailure, a timeout or an abort. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConfigurationOptions } from '@kubernetes/client-node';
import { connectCluster, type ClusterConnection } from './connection.ts';
import { apiErrorOf, failureOf, isTemporary, silent, type ApiError } from './errors.ts';
import { defaults, type KubernetesProviderSettings } from './settings.ts';

type Perform<T> = (cluster: ClusterConnection, options: ConfigurationOptions) => Promise<T>;

interface CallOptions {
  /** Status codes for which the call resolves with null instead of failing. */
  readonly accept?: readonly number[];
}

const maxAttempts = 6;
const firstBackoffMs = 100;
const maxBackoffMs = 5_000;

export class Api {
  readonly namespace: string;
  readonly timeoutMs: number;
  readonly #settings: KubernetesProviderSettings;
  #cluster: Promise<ClusterConnection> | null = null;

  constructor(settings: KubernetesProviderSettings) {
    this.#settings = settings;
    this.namespace = settings.namespace ?? defaults.namespace;
    this.timeoutMs = settings.timeoutMs ?? defaults.timeoutMs;
  }

  /** An unusable kubeconfig is read again at the next call. */
  cluster(): Promise<ClusterConnection> {
    if (this.#cluster !== null) return this.#cluster;
    const connecting = connectCluster(this.#settings);
    connecting.catch(() => (this.#cluster = null));
    return (this.#cluster = connecting);
  }

  /** Retries while the server reports that it is busy; every call can be repeated. */
  async call<T>(signal: AbortSignal, perform: Perform<T>, { accept = [] }: CallOptions = {}): Promise<T | null> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(signal, perform);
      if ('value' in outcome) return outcome.value;
      const { answer, error, server } = outcome;
      if (answer !== null && accept.includes(answer.code)) return null;
      if (answer === null || !isTemporary(answer) || attempt === maxAttempts) throw failureOf(error, server);
      const backoffMs = answer.retryAfterMs ?? firstBackoffMs * 2 ** (attempt - 1);
      await sleep(Math.min(maxBackoffMs, backoffMs), undefined, { signal }).catch(() => {});
    }
  }

  async #attempt<T>(signal: AbortSignal, perform: Perform<T>) {
    signal.throwIfAborted();
    const cluster = await this.cluster();
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal.reason);
    const timer = setTimeout(() => controller.abort(silent(cluster.server, this.timeoutMs)), this.timeoutMs);
    signal.addEventListener('abort', onAbort);
    // Programs that a kubeconfig names for its credentials are not aborted by the signal.
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
    });
    try {
      signal.throwIfAborted();
      return { value: await Promise.race([perform(cluster, cluster.options(controller.signal)), aborted]) };
    } catch (error) {
      if (controller.signal.aborted) throw controller.signal.reason;
      const answer: ApiError | null = apiErrorOf(error);
      return { answer, error, server: cluster.server };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    const cluster = await this.#cluster?.catch(() => null);
    await cluster?.close();
  }
}
