import { errorTraits } from '../../contract/errors.ts';
import type { WorkerLogger } from '../server/log.ts';
import { pausing } from '../server/patience.ts';
import type { Trouble } from '../server/trouble.ts';
import { LeaseLostError } from './errors.ts';
import type { Held } from './held.ts';
import { describe, isLockedOut, isRefusal, pauseOf, untilAnswered } from './persistence.ts';
import { messageOf } from './thrown.ts';
import type { Outcome, Report, WorkTransport } from './transport.ts';

/** Of one request: so many reports, and about so many bytes. */
const maxReports = 1_000;
const maxBytes = 900_000;
/** Between what is sent of one task while it is at work, at least. */
const noteMs = 200;

interface Entry {
  readonly held: Held;
  readonly report: Report;
  readonly isEnding: boolean;
}

export interface ReporterOptions {
  readonly transport: Pick<WorkTransport, 'report'>;
  readonly workerId: string;
  readonly logger: WorkerLogger;
  /** The server has heard how it ended, or wants to hear nothing of it any more. */
  readonly onSettled: (held: Held, outcome: 'stored' | 'lost' | 'dropped', status: string | null) => void;
  readonly onLost: (held: Held, reason: LeaseLostError) => void;
  readonly onCalledOff: (held: Held) => void;
  /** The worker is not allowed to report. */
  readonly onLockedOut: (trouble: Trouble) => void;
}

/**
 * Says what is to be said of all tasks, in the background: whatever has gathered while one request was under way goes
 * into the next one. There is one request at a time, and each task's notes go before its ending, so that the server
 * hears of every task in order.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  /** Those that have something to say. */
  readonly #speaking = new Set<Held>();
  /** Those that will, when they have been silent for long enough. */
  readonly #later = new Set<Held>();
  readonly #closed = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushing: Promise<void> | null = null;
  #requests = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Requests that were answered. */
  get requests(): number {
    return this.#requests;
  }

  /** It has something to say while it is at work. */
  note(held: Held): void {
    if (this.#speaking.has(held) || this.#later.has(held)) return;
    if (performance.now() - held.notedAt >= noteMs) return this.#speak(held);
    this.#later.add(held);
    this.#timer ??= setTimeout(() => this.#speakThoseDue(), noteMs);
  }

  /** It has ended. */
  end(held: Held): void {
    this.#later.delete(held);
    this.#speak(held);
  }

  /** Resolves when nothing is left to say, or the time is over and the rest is dropped. */
  async finish(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.close(), withinMs);
    while (this.#flushing !== null) await this.#flushing;
    clearTimeout(timer);
    this.close();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#closed.abort(new Error('the worker stops'));
  }

  #speak(held: Held): void {
    this.#speaking.add(held);
    this.#flushing ??= this.#flush()
      // Closed: what is left is not said any more.
      .catch((error: unknown) => {
        if (!this.#closed.signal.aborted) this.#options.logger.error('reporting broke', { error: messageOf(error) });
      })
      .finally(() => {
        this.#flushing = null;
        if (this.#speaking.size > 0 && !this.#closed.signal.aborted) this.#speak(this.#speaking.values().next().value!);
      });
  }

  #speakThoseDue(): void {
    this.#timer = null;
    const due = performance.now() - noteMs;
    for (const held of this.#later) {
      if (held.notedAt > due) continue;
      this.#later.delete(held);
      this.#speak(held);
    }
    if (this.#later.size > 0) this.#timer = setTimeout(() => this.#speakThoseDue(), noteMs / 4);
  }

  async #flush(): Promise<void> {
    // What ends in this turn of the event loop goes together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#speaking.size > 0) {
      this.#closed.signal.throwIfAborted();
      const entries = this.#gather();
      if (entries.length > 0) await this.#deliver(entries);
    }
  }

  /** Takes off what fits into one request. */
  #gather(): readonly Entry[] {
    const entries: Entry[] = [];
    let size = 0;
    const fits = (bytes: number): boolean => {
      size += bytes;
      return entries.length === 0 || size <= maxBytes;
    };
    const now = performance.now();
    for (const held of this.#speaking) {
      held.notedAt = now;
      for (let left = true; left; ) {
        if (entries.length === maxReports || size > maxBytes) return entries;
        const note = held.notes.next(held.leaseId);
        left = note !== null;
        if (note !== null) {
          size += note.bytes;
          entries.push({ held, report: note.report, isEnding: false });
        }
      }
      const { ending } = held;
      if (ending !== null && !held.isLost) {
        if (!fits(ending.bytes)) return entries;
        entries.push({ held, report: ending.report, isEnding: true });
      }
      this.#speaking.delete(held);
    }
    return entries;
  }

  async #deliver(entries: readonly Entry[]): Promise<void> {
    for (let left = entries, tries = 0; left.length > 0; ) {
      const outcomes = await this.#ask(left);
      if (outcomes === null) return;
      const again = left.filter((entry, index) => this.#hear(entry, outcomes[index]));
      if (again.length === 0) return;
      left = again;
      tries += 1;
      await pausing(pauseOf(null, tries), this.#closed.signal);
    }
  }

  /** Null when they were dealt with otherwise. */
  async #ask(entries: readonly Entry[]): Promise<readonly Outcome[] | null> {
    const { transport, workerId, logger } = this.#options;
    const { signal } = this.#closed;
    const request = { workerId, reports: entries.map(({ report }) => report) };
    try {
      const { outcomes } = await untilAnswered(() => transport.report(request, signal), {
        signal,
        onTrouble: (trouble, tries, nextInMs) =>
          logger.warn('reports are said again', { trouble, reports: entries.length, tries, nextInMs }),
        onRecovery: (tries) => logger.info('the server takes reports again', { tries }),
      });
      this.#requests += 1;
      return outcomes;
    } catch (error) {
      signal.throwIfAborted();
      if (isLockedOut(error)) {
        this.close();
        this.#options.onLockedOut(error);
        throw error;
      }
      if (!isRefusal(error)) throw error;
      // One of them is what the server does not take: the others are not to suffer for it.
      if (entries.length === 1) this.#refused(entries[0]!, describe(error));
      const half = Math.ceil(entries.length / 2);
      if (entries.length > 1) {
        await this.#deliver(entries.slice(0, half));
        await this.#deliver(entries.slice(half));
      }
      return null;
    }
  }

  /** Whether it is to be said again. */
  #hear({ held, report, isEnding }: Entry, outcome: Outcome | undefined): boolean {
    if (outcome === undefined) return false;
    if (outcome.ok) {
      if (isEnding) this.#options.onSettled(held, 'stored', outcome.status ?? null);
      else if (outcome.calledOff === true) this.#options.onCalledOff(held);
      return false;
    }
    const { code = 'internal', message = '' } = outcome.error ?? {};
    if (code === 'lease_lost' || code === 'not_found') {
      if (isEnding) this.#options.onSettled(held, 'lost', null);
      else this.#options.onLost(held, new LeaseLostError(message));
      return false;
    }
    if (errorTraits[code]?.retryable === true || code === 'internal') return true;
    this.#refused({ held, report, isEnding }, message);
    return false;
  }

  #refused({ held, report, isEnding }: Entry, why: string): void {
    const { logger, onSettled } = this.#options;
    logger.error('a report was refused', { taskId: held.task.id, report: report.type, why });
    if (!isEnding) return;
    if (report.type !== 'complete') return onSettled(held, 'dropped', null);
    const message = `The server did not take the result: ${why}`.slice(0, 2_000);
    held.ending = { report: { leaseId: held.leaseId, type: 'fail', message, retry: false }, bytes: 300 };
    this.#speaking.add(held);
  }
}
