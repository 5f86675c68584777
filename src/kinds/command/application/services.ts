import { elapsedTime } from '../../../ports/world.ts';
import type { Provider, WorkerStatus } from '../../../ports/provider.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { LiveProvider } from './live-providers.ts';
import { findWorker, howEnded, loseJobOf, tellWorker, workersIn } from './workers.ts';

const refreshMs = 5_000;
const testMs = 30_000;
/** How long a provider may take to say what it has. */
const listTimeoutMs = 30_000;

/** Keeps what this server knows of providers as it is. Answers in how many milliseconds to call again. */
export async function refreshProviders({ providers }: CommandDependencies): Promise<number> {
  await providers.refresh();
  await providers.test(testMs);
  return refreshMs;
}

/** Much longer than a server may be stopped while its agents wait for it. */
const abandonedMs = 3_600_000;
const removeEveryMs = 600_000;

/** Removes what other servers, which are gone for good, have left at the providers of this one. */
export async function removeAbandoned({ providers, logger }: CommandDependencies, stop: AbortSignal): Promise<number> {
  await providers.refresh();
  await Promise.all(providers.all().map(async ({ stored: { name }, provider }) => {
    try {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(listTimeoutMs)]);
      const workers = (await provider?.removeAbandoned?.(abandonedMs, signal)) ?? [];
      if (workers.length > 0) logger.info('workers of servers that are gone are removed', { provider: name, workers });
    } catch (error) {
      logger.debug('a provider cannot be cleared', { provider: name, error: String(error) });
    }
  }));
  return removeEveryMs;
}

/**
 * A worker has ended by itself: its job, if it still has one, loses its lease now rather than when it expires.
 * Everything its agent sent is stored by then, because an agent sends its result before its process ends.
 */
export async function workerEnded(deps: CommandDependencies, workerId: string, status: WorkerStatus): Promise<void> {
  const found = await findWorker(deps, workerId);
  if (found === null || found.endedAt !== null) return;
  await tellWorker(deps, found, { type: 'drain', reason: reasonOf(status) });
  await loseJobOf(deps, found);
}

function reasonOf(status: WorkerStatus): string {
  if (status.state !== 'exited') return 'Its worker is gone.';
  return status.outOfMemory ? 'Its worker ran out of memory.' : howEnded(status);
}

/**
 * Compares the stored workers with those of the providers. Unknown workers are ended; they are left by a server that
 * died at a bad moment or was restored from a backup. Workers that are gone are ended in the store. The first round is
 * at the start of the server.
 *
 * A worker is stored before its provider starts it. Even so, an unknown worker is ended only if it was also unknown in
 * the previous round, so that neither clocks nor a delayed read can end another server's new worker.
 */
export class WorkerSweeper {
  readonly #deps: CommandDependencies;
  /** Unknown workers, by when they were first seen: `elapsedTime`. */
  #unknown = new Map<string, number>();

  constructor(deps: CommandDependencies) {
    this.#deps = deps;
  }

  /** Answers in how many milliseconds to call again. */
  async round(signal: AbortSignal): Promise<number> {
    const { providers, fleet } = this.#deps;
    // When a server starts, it knows none yet.
    await providers.refresh();
    const seen = new Map<string, number>();
    // A provider that does not respond does not delay the others.
    await Promise.all(providers.all().map(async (live) => {
      try {
        await this.#sweep(live, seen, signal);
      } catch (error) {
        this.#deps.logger.debug('a provider cannot be looked through', {
          provider: live.stored.name, error: String(error),
        });
      }
    }));
    this.#unknown = seen;
    return fleet.settings.sweepMs;
  }

  async #sweep({ stored, provider }: LiveProvider, seen: Map<string, number>, signal: AbortSignal): Promise<void> {
    if (provider === null) return;
    // Read before the provider is asked: a worker stored as started then existed, or has ended since.
    const made = (await Promise.all(
      ['CONNECTING', 'READY', 'BUSY'].map((state) => workersIn(this.#deps, state, stored.id)),
    )).flat();
    const until = AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]);
    const there = new Set((await provider.list(until)).map(({ workerId }) => workerId));
    for (const { id } of made) {
      // An exited worker still exists: the watch reports it.
      if (provider.watch === undefined || !there.has(id)) await this.#check(provider, id, until);
    }
    for (const workerId of there) {
      if (await this.#isOrphan(workerId, seen)) {
        this.#deps.logger.warn('an orphaned worker is ended', { workerId, provider: stored.name });
        await provider.terminate(workerId, { graceMs: 0 }, until);
      }
    }
  }

  async #check(provider: Provider, workerId: string, signal: AbortSignal): Promise<void> {
    const status = await provider.inspect(workerId, signal);
    if (status.state === 'exited' || status.state === 'gone') await workerEnded(this.#deps, workerId, status);
  }

  async #isOrphan(workerId: string, seen: Map<string, number>): Promise<boolean> {
    const found = await findWorker(this.#deps, workerId);
    if (found !== null) return found.endedAt !== null;
    const now = elapsedTime(this.#deps.clock);
    const since = this.#unknown.get(workerId) ?? now;
    seen.set(workerId, since);
    return now - since >= this.#deps.fleet.settings.sweepMs;
  }
}
