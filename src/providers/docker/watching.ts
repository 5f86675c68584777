import { providerSelectors, workerIdLabel, type ProviderWatch, type WorkerStatus } from '../../ports/provider.ts';
import { keepFollowing } from '../shared/following.ts';
import type { Engine } from './engine.ts';

interface Watched {
  readonly engine: Engine;
  readonly providerId: string;
  readonly intervalMs: number;
  inspect(workerId: string, signal: AbortSignal): Promise<WorkerStatus>;
  onEnded(workerId: string, status: WorkerStatus): void;
}

/**
 * Follows the Engine's events. Exited containers are also listed after every reconnect and at intervals, because a
 * stream that is silent may be dead.
 */
export function watchContainers(watched: Watched): ProviderWatch {
  return keepFollowing((signal) => {
    const follower = new Follower(watched, signal);
    return (onFollowing) => follower.follow(onFollowing);
  });
}

class Follower {
  readonly #watched: Watched;
  readonly #signal: AbortSignal;
  /** Workers that have been reported and may still exist. */
  #told = new Set<string>();

  constructor(watched: Watched, signal: AbortSignal) {
    this.#watched = watched;
    this.#signal = signal;
  }

  /** Until the stream ends or a request fails. */
  async follow(onFollowing: () => void): Promise<void> {
    const { engine, intervalMs, providerId } = this.#watched;
    const connection = new AbortController();
    const signal = AbortSignal.any([this.#signal, connection.signal]);
    const label = providerSelectors(providerId);
    const filters = JSON.stringify({ type: ['container'], event: ['die', 'destroy'], label });
    const stream = await engine.call(signal, () => engine.docker.getEvents({ filters, abortSignal: signal }));
    if (stream === null) return;
    const isOver = Promise.withResolvers<void>();
    const end = (): void => isOver.resolve();
    let looks = this.#lookAtAll(signal).then(onFollowing);
    looks.catch(end);
    const timer = setInterval(() => {
      looks = looks.then(() => this.#lookAtAll(signal));
      looks.catch(end);
    }, intervalMs).unref();
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#onEvent(line, signal).catch(end);
    });
    stream.on('error', end).on('end', end).on('close', end);
    signal.addEventListener('abort', end);
    try {
      await isOver.promise;
    } finally {
      clearInterval(timer);
      connection.abort();
      await looks.catch(() => {});
    }
  }

  async #onEvent(line: string, signal: AbortSignal): Promise<void> {
    const { Action, Actor } = JSON.parse(line) as { Action?: string; Actor?: { Attributes?: Record<string, string> } };
    const workerId = Actor?.Attributes?.[workerIdLabel];
    if (workerId === undefined) return;
    await this.#lookAt(workerId, signal);
    // The id can be provisioned again.
    if (Action === 'destroy') this.#told.delete(workerId);
  }

  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { engine, providerId } = this.#watched;
    const filters = { label: providerSelectors(providerId), status: ['exited', 'dead'] };
    const containers = await engine.call(signal, (abortSignal) =>
      engine.docker.listContainers({ all: true, filters, abortSignal }));
    const ids = (containers ?? []).flatMap(({ Labels }) => Labels[workerIdLabel] ?? []);
    for (const id of ids) await this.#lookAt(id, signal);
  }

  async #lookAt(workerId: string, signal: AbortSignal): Promise<void> {
    const status = await this.#watched.inspect(workerId, signal);
    const hasEnded = status.state === 'exited' || status.state === 'gone';
    if (!hasEnded || this.#signal.aborted || this.#told.has(workerId)) return;
    this.#told.add(workerId);
    this.#watched.onEnded(workerId, status);
  }
}
