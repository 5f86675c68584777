/** Workers as containers of a Docker Engine, API 1.41 (Docker 20.10) or newer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInspectInfo, NetworkInspectInfo } from 'dockerode';
import { removeAbandonedContainers } from './abandoned.ts';
import { agentContainer } from './agent-volume.ts';
import { connectDocker, type DockerConnection } from './connection.ts';
import { assertOffered, createOptions, gatewayName, ownContainer, statusOf } from './container.ts';
import { Engine } from './engine.ts';
import { gatewayOf } from './gateway.ts';
import { hasImage, imageMissing, pullImage } from './images.ts';
import { Watches } from '../shared/watches.ts';
import { lastOutput } from './output.ts';
import { defaults, type DockerProviderSettings } from './settings.ts';
import { watchContainers } from './watching.ts';
import {
  assertGrace,
  assertWorkerId,
  assertWorkerSpec,
  ProviderFailure,
  providerSelectors,
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
import { needsAgent } from '../../ports/worker-image.ts';

export type { DockerProviderSettings } from './settings.ts';

/** @throws Error when `host` is no address of a Docker Engine. */
export function createDockerProvider(settings: DockerProviderSettings): Provider {
  return new DockerProvider(settings);
}

const removingPollMs = 50;

/** Whether this call has made the container, or another one did. */
type Created = 'made' | 'found';

class DockerProvider implements Provider {
  readonly type = 'docker';
  readonly capabilities: ProviderCapabilities;
  readonly #settings: DockerProviderSettings;
  readonly #connection: DockerConnection;
  readonly #engine: Engine;
  readonly #watches = new Watches();

  constructor(settings: DockerProviderSettings) {
    assertWorkerId(settings.providerId);
    const { network = defaults.network, networkModes = [], gpu = false } = settings;
    this.#settings = settings;
    this.#connection = connectDocker(settings.host ?? defaults.host, settings.tls ?? null);
    this.#engine = new Engine(this.#connection, settings.timeoutMs ?? defaults.timeoutMs);
    this.capabilities = { images: true, limits: true, gpu, networkModes: [...new Set([network, ...networkModes])] };
  }

  serverHost(networkMode: string | null): string | null {
    if (!this.#connection.local) return null;
    return (networkMode ?? this.#settings.network) === 'host' ? '127.0.0.1' : gatewayName;
  }

  async gatewayAddress(signal: AbortSignal): Promise<string | null> {
    if (!this.#connection.local) return null;
    const inspect = (): Promise<NetworkInspectInfo> => this.#engine.docker.getNetwork('bridge').inspect();
    const bridge = await this.#engine.call(signal, inspect, { accept: [404] });
    return bridge === null ? null : gatewayOf(bridge);
  }

  async provision(spec: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    assertWorkerSpec(spec);
    assertOffered(spec, this.#settings);
    signal.throwIfAborted();
    // One that was made just now is this worker's, and the look at it does not keep its start waiting.
    if ((await this.#create(spec, signal)) === 'made') await this.#start(spec.workerId, signal);
    const info = await this.#made(spec.workerId, signal);
    if (info.State.Status === 'created') await this.#start(spec.workerId, signal);
    return { workerId: spec.workerId, resourceId: info.Id, createdAt: Date.parse(info.Created) };
  }

  /** An Engine takes the name of a container a moment before others can see it. */
  async #made(workerId: string, signal: AbortSignal): Promise<ContainerInspectInfo> {
    for (let looks = 0; looks < 20; looks++) {
      const info = await this.#find(workerId, signal);
      if (info !== null) return info;
      await sleep(removingPollMs, undefined, { signal });
    }
    throw endedMeanwhile();
  }

  /** Not an error if it exists. */
  async #create(spec: WorkerSpec, signal: AbortSignal): Promise<Created> {
    const policy = this.#settings.pull ?? defaults.pull;
    const image = spec.image ?? this.#settings.defaultImage;
    if (policy === 'always') await pullImage(this.#engine, image, this.#settings, signal);
    const created = await this.#tryCreate(spec, signal);
    if (created !== null) return created;
    if (policy !== 'if-missing') throw imageMissing(image);
    await pullImage(this.#engine, image, this.#settings, signal);
    const again = await this.#tryCreate(spec, signal);
    if (again === null) throw imageMissing(image);
    return again;
  }

  /** Null if the image is missing. */
  async #tryCreate(spec: WorkerSpec, signal: AbortSignal): Promise<Created | null> {
    // Given separately, since dockerode would otherwise put everything into the URL too, including the agent's token.
    const body = createOptions(spec, this.#settings, await this.#agentContainer(spec, signal));
    const options = { _query: { name: workerName(spec.workerId) }, _body: body };
    const created = await this.#engine.call(signal, async (abortSignal) => {
      await this.#engine.docker.createContainer({ ...options, abortSignal } as object);
      return true;
    }, { accept: [404, 409] });
    if (created === true) return 'made';
    const isThere = (await this.#inspectByName(spec.workerId, signal)) !== null;
    if (isThere) return 'found';
    return (await hasImage(this.#engine, spec.image ?? this.#settings.defaultImage, signal)) ? 'found' : null;
  }

  /** Null if the image contains the agent. */
  async #agentContainer({ image }: WorkerSpec, signal: AbortSignal): Promise<string | null> {
    const { agentCommand = null, defaultImage, pull = defaults.pull } = this.#settings;
    if (agentCommand !== null || !needsAgent(image, defaultImage)) return null;
    const name = await agentContainer(this.#engine, defaultImage, signal);
    if (name !== null) return name;
    if (pull === 'never') throw imageMissing(defaultImage);
    await pullImage(this.#engine, defaultImage, this.#settings, signal);
    return agentContainer(this.#engine, defaultImage, signal);
  }

  async #start(workerId: string, signal: AbortSignal): Promise<void> {
    const start = (abortSignal: AbortSignal) => this.#container(workerId).start({ abortSignal });
    try {
      // 304: already started by another call.
      await this.#engine.call(signal, start, { accept: [304] });
    } catch (error) {
      // Otherwise the next attempt would find the broken container.
      if (error instanceof ProviderFailure && error.code !== 'unreachable') await this.#remove(workerId, signal);
      throw error instanceof ProviderFailure && /network .*not found/i.test(error.message)
        ? new ProviderFailure('invalid', error.message, { retryable: false, cause: error })
        : error;
    }
  }

  async inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus> {
    assertWorkerId(workerId);
    const info = await this.#find(workerId, signal);
    if (info === null) return { state: 'gone' };
    const hasFailed = info.State.Status === 'exited' && info.State.ExitCode !== 0;
    const output = hasFailed ? await lastOutput(this.#engine, this.#container(workerId), signal) : null;
    return statusOf(info, output);
  }

  async terminate(workerId: string, options: { readonly graceMs: number }, signal: AbortSignal): Promise<void> {
    assertWorkerId(workerId);
    assertGrace(options.graceMs);
    if ((await this.#find(workerId, signal)) === null) return;
    if (options.graceMs > 0) await this.#stop(workerId, options.graceMs, signal);
    await this.#remove(workerId, signal);
  }

  /** Sends SIGTERM and waits for the exit, at most for the grace period. */
  async #stop(workerId: string, graceMs: number, signal: AbortSignal): Promise<void> {
    const container = this.#container(workerId);
    const asked = await this.#engine.call(signal, async (abortSignal) => {
      await container.kill({ signal: 'SIGTERM', abortSignal });
      return true;
    }, { accept: [404, 409] });
    if (asked === null) return;
    const grace = new AbortController();
    const timer = setTimeout(() => grace.abort(), graceMs);
    const either = AbortSignal.any([signal, grace.signal]);
    try {
      const wait = (abortSignal: AbortSignal) => container.wait({ condition: 'not-running', abortSignal });
      await this.#engine.call(either, wait, { accept: [404], timeoutMs: graceMs + defaults.timeoutMs });
    } catch (error) {
      signal.throwIfAborted();
      if (!grace.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills it if necessary. Removes its anonymous volumes as well. */
  async #remove(workerId: string, signal: AbortSignal): Promise<void> {
    const container = this.#container(workerId);
    for (;;) {
      const remove = (abortSignal: AbortSignal) => container.remove({ force: true, v: true, abortSignal });
      // 409: another call is removing it.
      await this.#engine.call(signal, remove, { accept: [404, 409] });
      if ((await this.#find(workerId, signal)) === null) return;
      await sleep(removingPollMs);
    }
  }

  async list(signal: AbortSignal): Promise<readonly WorkerHandle[]> {
    const label = providerSelectors(this.#settings.providerId);
    const containers = await this.#engine.call(signal, (abortSignal) =>
      this.#engine.docker.listContainers({ all: true, filters: { label }, abortSignal }));
    return (containers ?? []).flatMap(({ Id, Created, Labels }) => {
      const workerId = Labels[workerIdLabel];
      return workerId === undefined ? [] : [{ workerId, resourceId: Id, createdAt: Created * 1_000 }];
    });
  }

  removeAbandoned(afterMs: number, signal: AbortSignal): Promise<readonly string[]> {
    const { providerId } = this.#settings;
    return removeAbandonedContainers(this.#engine, { providerId, before: Date.now() - afterMs }, signal);
  }

  async site(signal: AbortSignal): Promise<string> {
    const info = (await this.#engine.call(signal, () => this.#engine.docker.info())) as { readonly ID: string };
    return info.ID;
  }

  async test(signal: AbortSignal): Promise<ProviderHealth> {
    const began = performance.now();
    const answer = (healthy: boolean, message: string) => ({ healthy, message, latencyMs: performance.now() - began });
    try {
      const version = await this.#engine.call(signal, () => this.#engine.docker.version());
      const { defaultImage, pull = defaults.pull } = this.#settings;
      if (pull === 'never' && !(await hasImage(this.#engine, defaultImage, signal))) {
        return answer(false, imageMissing(defaultImage).message);
      }
      return answer(true, `Docker ${version?.Version}, API ${version?.ApiVersion}, ${version?.Os}/${version?.Arch}.`);
    } catch (error) {
      return answer(false, error instanceof Error ? error.message : String(error));
    }
  }

  watch(onEnded: (workerId: string, status: WorkerStatus) => void): ProviderWatch {
    return this.#watches.keep(watchContainers({
      engine: this.#engine,
      providerId: this.#settings.providerId,
      intervalMs: this.#settings.watchIntervalMs ?? defaults.watchIntervalMs,
      inspect: (workerId, signal) => this.inspect(workerId, signal),
      onEnded,
    }));
  }

  async close(): Promise<void> {
    await this.#watches.stop();
    this.#connection.close();
  }

  #container(workerId: string) {
    return this.#engine.docker.getContainer(workerName(workerId));
  }

  /** Null if there is none, or if it belongs to another provider. */
  async #find(workerId: string, signal: AbortSignal): Promise<ContainerInspectInfo | null> {
    return ownContainer(await this.#inspectByName(workerId, signal), this.#settings.providerId);
  }

  #inspectByName(workerId: string, signal: AbortSignal): Promise<ContainerInspectInfo | null> {
    const inspect = (abortSignal: AbortSignal) => this.#container(workerId).inspect({ abortSignal });
    return this.#engine.call(signal, inspect, { accept: [404] });
  }
}

function endedMeanwhile(): ProviderFailure {
  const message = 'The worker was terminated while it was starting, or another container has its name.';
  return new ProviderFailure('failed', message, { retryable: true });
}
