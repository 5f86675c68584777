/** Workers as pods of a Kubernetes cluster, 1.20 or newer. */
import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { V1Pod } from '@kubernetes/client-node';
import {
  assertGrace,
  assertWorkerId,
  assertWorkerSpec,
  ProviderFailure,
  workerIdLabel,
  workerName,
  type Provider,
  type ProviderCapabilities,
  type ProviderHealth,
  type ProviderWatch,
  type WorkerHandle,
  type WorkerSpec,
  type WorkerStatus,
} from '../../ports/provider.ts';
import { removeAbandonedPods } from './abandoned.ts';
import { Api } from './api.ts';
import { isInCluster } from './connection.ts';
import { apiErrorOf, isNamespaceMissing } from './errors.ts';
import { examine } from './health.ts';
import { Watches } from '../shared/watches.ts';
import { assertOffered, podOf, secretNameOf, secretOf } from './pod.ts';
import { listPods, selectorOf } from './pods.ts';
import { removePod } from './removal.ts';
import { defaults, type KubernetesProviderSettings } from './settings.ts';
import { ownPod, statusOf } from './status.ts';
import { watchWorkers } from './watching.ts';

export type { KubernetesProviderSettings } from './settings.ts';

/** Connects when it is first called. */
export function createKubernetesProvider(settings: KubernetesProviderSettings): Provider {
  return new KubernetesProvider(settings);
}

class KubernetesProvider implements Provider {
  readonly type = 'kubernetes';
  readonly capabilities: ProviderCapabilities;
  readonly #settings: KubernetesProviderSettings;
  readonly #api: Api;
  readonly #watches = new Watches();

  constructor(settings: KubernetesProviderSettings) {
    assertWorkerId(settings.providerId);
    this.#settings = settings;
    this.#api = new Api(settings);
    this.capabilities = { images: true, limits: true, gpu: settings.gpu ?? false, networkModes: [] };
  }

  serverHost(): string | null {
    return this.#settings.serverHost ?? (isInCluster(this.#settings) ? ownAddress() : null);
  }

  async provision(spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    assertWorkerSpec(spec);
    assertOffered(spec, this.#settings);
    signal.throwIfAborted();
    const made = await this.#createPod(spec, signal);
    const pod = ownPod(made ?? (await this.#read(spec.workerId, signal)), this.#settings.providerId);
    if (pod === null || isBeingDeleted(pod)) throw endedMeanwhile();
    if (statusOf(pod).state !== 'exited') await this.#createSecret(spec, pod, signal);
    return this.#handleOf(spec.workerId, pod);
  }

  /** Null if it exists. */
  async #createPod(spec: WorkerSpec, signal: AbortSignal): Promise<V1Pod | null> {
    // Each pod has a secret of its own name, so that none takes over that of an earlier pod of the same worker.
    const body = podOf(spec, this.#settings, `${workerName(spec.workerId)}-${randomBytes(4).toString('hex')}`);
    const { namespace } = this.#api;
    const create = () => this.#api.call(signal, ({ core }, options) =>
      core.createNamespacedPod({ namespace, body }, options), { accept: [409] });
    try {
      return await create();
    } catch (error) {
      const answer = error instanceof ProviderFailure ? apiErrorOf(error.cause) : null;
      if (this.#settings.createNamespace !== true || answer === null || !isNamespaceMissing(answer)) throw error;
      await this.#api.call(signal, ({ core }, options) =>
        core.createNamespace({ body: { metadata: { name: namespace } } }, options), { accept: [409] });
      return create();
    }
  }

  /** The pod waits for its secret. Not an error if it exists. */
  async #createSecret(spec: WorkerSpec, pod: V1Pod, signal: AbortSignal): Promise<void> {
    const body = secretOf(spec, this.#settings, pod);
    const made = await this.#api.call(signal, ({ core }, options) =>
      core.createNamespacedSecret({ namespace: this.#api.namespace, body }, options), { accept: [409] });
    if (made === null) return;
    const now = await this.#read(spec.workerId, signal);
    if (now?.metadata?.uid === pod.metadata?.uid) return;
    await this.#deleteSecret(pod, signal);
    throw endedMeanwhile();
  }

  async #deleteSecret(pod: V1Pod, signal: AbortSignal): Promise<void> {
    const name = secretNameOf(pod);
    if (name === undefined) return;
    await this.#api.call(signal, ({ core }, options) =>
      core.deleteNamespacedSecret({ namespace: this.#api.namespace, name }, options), { accept: [404] });
  }

  async inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus> {
    assertWorkerId(workerId);
    const pod = await this.#find(workerId, signal);
    return pod === null ? { state: 'gone' } : statusOf(pod);
  }

  async terminate(workerId: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    assertWorkerId(workerId);
    assertGrace(options.graceMs);
    const pod = await this.#find(workerId, signal);
    if (pod === null) return;
    const { removalTimeoutMs = defaults.removalTimeoutMs } = this.#settings;
    await removePod(this.#api, pod, { graceMs: options.graceMs, removalTimeoutMs }, signal);
    await this.#deleteSecret(pod, signal);
  }

  async list(signal: AbortSignal): Promise<readonly WorkerHandle[]> {
    const { pods } = await listPods(this.#api, selectorOf(this.#settings.providerId), signal);
    return pods.flatMap((pod) => {
      const workerId = pod.metadata?.labels?.[workerIdLabel];
      return workerId === undefined ? [] : [this.#handleOf(workerId, pod)];
    });
  }

  removeAbandoned(afterMs: number, signal: AbortSignal): Promise<readonly string[]> {
    const { providerId } = this.#settings;
    return removeAbandonedPods(this.#api, { providerId, before: Date.now() - afterMs }, signal);
  }

  async test(signal: AbortSignal): Promise<ProviderHealth> {
    const began = performance.now();
    const answer = (healthy: boolean, message: string) => ({ healthy, message, latencyMs: performance.now() - began });
    try {
      return answer(true, await examine(this.#api, this.#settings, signal));
    } catch (error) {
      return answer(false, error instanceof Error ? error.message : String(error));
    }
  }

  watch(onEnded: (workerId: string, status: WorkerStatus) => void): ProviderWatch {
    return this.#watches.keep(watchWorkers({
      api: this.#api,
      providerId: this.#settings.providerId,
      intervalMs: this.#settings.watchIntervalMs ?? defaults.watchIntervalMs,
      onEnded,
    }));
  }

  async close(): Promise<void> {
    await this.#watches.stop();
    await this.#api.close();
  }

  /** Null if there is none, or if it belongs to another provider. */
  async #find(workerId: string, signal: AbortSignal): Promise<V1Pod | null> {
    return ownPod(await this.#read(workerId, signal), this.#settings.providerId);
  }

  #read(workerId: string, signal: AbortSignal): Promise<V1Pod | null> {
    const request = { namespace: this.#api.namespace, name: workerName(workerId) };
    return this.#api.call(signal, ({ core }, options) => core.readNamespacedPod(request, options), { accept: [404] });
  }

  #handleOf(workerId: string, { metadata }: V1Pod): WorkerHandle {
    const created = metadata?.creationTimestamp;
    return {
      workerId,
      resourceId: `${this.#api.namespace}/${workerName(workerId)}`,
      createdAt: created === undefined ? null : new Date(created).getTime(),
    };
  }
}

function isBeingDeleted(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

/** The address of the pod that this server runs in. */
function ownAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const { address, family } = addresses.find(({ internal }) => !internal) ?? {};
  return address === undefined ? null : family === 'IPv6' ? `[${address}]` : address;
}

function endedMeanwhile(): ProviderFailure {
  const message = 'The worker was terminated while it was starting, or another pod has its name.';
  return new ProviderFailure('failed', message, { retryable: true });
}
