import { ApiError, isTransient } from '../../../client/index.ts';
import { pause } from '../../../http/pause.ts';
import type { Client } from './client.ts';
import type { Task } from './ended.ts';

/** Tasks that are looked at at the same time. */
const looksAtOnce = 8;
/** Between two rounds of looks where there is no stream of events. Milliseconds. */
const roundMs = 1_000;
const ends = 'TaskCompleted,TaskFailed,TaskCanceled';
/** The server has no such stream (a Worker on Cloudflare), this user has too many, or a proxy lets none through. */
const withoutStream: ReadonlySet<string> = new Set(['not_found', 'rate_limit', 'forbidden', 'unexpected_answer']);

interface Waiter {
  readonly resolve: (task: Task) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Waits for the end of any number of tasks over one stream of events, which is open while anybody waits. Whenever it is
 * connected all of them are looked at once, so that no end is missed.
 */
export class Endings {
  readonly #client: Client;
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #toLookAt = new Set<string>();
  #looking = 0;
  #following: AbortController | null = null;

  constructor(client: Client) {
    this.#client = client;
  }

  /** @throws {ApiError} when the task cannot be read, or `signal` is aborted */
  async of(id: string, signal?: AbortSignal): Promise<Task> {
    const stopped = (): ApiError =>
      new ApiError('aborted', 'The wait was stopped; the task continues.', { cause: signal?.reason });
    if (signal?.aborted) throw stopped();
    const { promise, resolve, reject } = Promise.withResolvers<Task>();
    const waiter = { resolve, reject };
    const stop = (): void => reject(stopped());
    signal?.addEventListener('abort', stop, { once: true });
    const waiters = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiters.add(waiter));
    if (this.#following === null) void this.#follow((this.#following = new AbortController()));
    else this.#look(id);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', stop);
      waiters.delete(waiter);
      if (waiters.size === 0) this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#stop();
    }
  }

  #stop(): void {
    this.#following?.abort();
    this.#following = null;
  }

  async #follow({ signal }: AbortController): Promise<void> {
    try {
      const onConnected = (): void => this.#lookAtAll();
      const query = { kind: 'task', type: ends };
      for await (const event of this.#client.followEvents({ query }, { signal, onConnected })) {
        if ('subject' in event) this.#look(event.subject);
        else this.#lookAtAll();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError) || !withoutStream.has(error.code)) return this.#fail(error);
      while (!signal.aborted) {
        this.#lookAtAll();
        // Rejects when nobody waits any more.
        await pause(roundMs, signal).catch(() => {});
      }
    }
  }

  #lookAtAll(): void {
    for (const id of this.#waiting.keys()) this.#look(id);
  }

  /** Nothing but what is waited for is asked for, and no task twice at the same time. */
  #look(id: string): void {
    if (!this.#waiting.has(id)) return;
    this.#toLookAt.add(id);
    if (this.#looking < looksAtOnce) void this.#lookOn();
  }

  async #lookOn(): Promise<void> {
    this.#looking += 1;
    for (const id of this.#toLookAt) {
      this.#toLookAt.delete(id);
      const waiters = (): Iterable<Waiter> => this.#waiting.get(id) ?? [];
      try {
        const task = await this.#client.getTask({ params: { id } });
        if (task.endedAt !== null) for (const { resolve } of waiters()) resolve(task);
      } catch (error) {
        // The stream may go on all the while, and tell of nothing more.
        const willBeBack = error instanceof ApiError && isTransient(error);
        if (willBeBack) void pause(roundMs).then(() => this.#look(id));
        else for (const { reject } of waiters()) reject(error);
      }
    }
    this.#looking -= 1;
  }

  #fail(error: unknown): void {
    for (const waiters of [...this.#waiting.values()]) for (const { reject } of [...waiters]) reject(error);
  }
}
