import { elapsedTime } from '../../../ports/world.ts';
import type { Provider, WorkerStatus } from '../../../ports/provider.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { LiveProvider } from './live-providers.ts';
import { findWorker, loseJobOf, tellWorker, workersIn } from './workers.ts';

const refreshMs = 5_000;
const testMs = 30_000;
const sweepMs = 15_000;
/** How long a provider may take to say what it has. */
const listTimeoutMs = 30_000;

/** Keeps what this server knows of providers as it is. Answers in how many milliseconds to call again. */
export async function refreshProviders({ providers }: CommandDependencies): Promise<number> {
  await providers.refresh();
  await providers.test(testMs);
  return refreshMs;
}

/**
 * A worker has ended by itself: its job, if it still has one, loses its lease now, and not when it has run out.
 * What its agent had said by then is stored: a result comes before the end of its process.
 */
export async function workerEnded(deps: CommandDependencies, workerId: string, status: WorkerStatus): Promise<void> {
  const found = await findWorker(deps, workerId);
  if (found === null || found.endedAt !== null) return;
  await tellWorker(deps, found, { type: 'drain', reason: reasonOf(status) });
  await loseJobOf(deps, found);
}

function reasonOf(status: WorkerStatus): string {
  if (status.state !== 'exited') return 'Its worker is gone.';
  const { exitCode, signal, outOfMemory, reason } = status;
  if (outOfMemory) return 'Its worker ran out of memory.';
  const how = signal === null ? `with exit code ${exitCode ?? 'unknown'}` : `by ${signal}`;
  return `Its worker ended ${how}${reason === null ? '' : `: ${reason}`}.`;
}

/**
 * Compares what is stored with what providers have: workers that nobody knows are ended, as of a server that died in a
 * bad moment, or that was restored from a backup, and those that are gone are ended in the store. Its first round is
 * when the server starts.
 *
 * A worker is stored before its provider makes it. Still, one that nobody knows is ended only when it was unknown in
 * the round before too, so that neither clocks nor what a store shows late can end the fresh worker of another server.
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
    const { providers } = this.#deps;
    // When a server starts, it knows none yet.
    await providers.refresh();
    const seen = new Map<string, number>();
    // A provider that does not answer keeps nobody else waiting.
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
    return sweepMs;
  }

  async #sweep({ stored, provider }: LiveProvider, seen: Map<string, number>, signal: AbortSignal): Promise<void> {
    if (provider === null) return;
    // Before the provider is asked: what is stored as made then was there, or has ended since.
    const made = (await Promise.all(
      ['CONNECTING', 'READY', 'BUSY'].map((state) => workersIn(this.#deps, state, stored.id)),
    )).flat();
    const until = AbortSignal.any([signal, AbortSignal.timeout(listTimeoutMs)]);
    const there = new Set((await provider.list(until)).map(({ workerId }) => workerId));
    for (const { id } of made) {
      // One that has exited is there: whoever watches is told of it.
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
    return now - since >= sweepMs;
  }
}
