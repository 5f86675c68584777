import { errorTraits } from '../../../contract/errors.ts';
import type { WorkerLogger } from '../../../worker/server/log.ts';
import { pause } from '../../../http/pause.ts';
import { RequestError } from '../../../http/request-error.ts';
import { DoNotRetry, LeaseLostError } from './errors.ts';
import { shortened } from '../../../worker/shortened.ts';
import type { Ending, Held } from './held.ts';
import { describe, isLockedOut, isRefusal, pauseOf } from './persistence.ts';
import type { Rounds } from './rounds.ts';
import { messageOf } from '../../../worker/thrown.ts';
import type { Outcome, Report, WorkTransport } from './transport.ts';

/** Of one request: so many reports, and about so many bytes. */
const maxReports = 1_000;
const maxBytes = 900_000;
/** Between what is sent of one task while it is at work, at least. */
const noteMs = 200;
/** How often a request that the server answers with a fault of its own is said as a whole. */
const faultsOfMany = 3;
/** The same for one report of one task; with the pauses between, some 5 s. */
const faultsOfOne = 5;

interface Entry {
  readonly held: Held;
  readonly report: Report;
  readonly isEnding: boolean;
  /** Whether the server has failed over this very report. */
  fault?: boolean;
}

export interface ReporterOptions {
  readonly transport: Pick<WorkTransport, 'heartbeat'>;
  readonly rounds: Pick<Rounds, 'report'>;
  readonly workerId: string;
  readonly leaseMs: number;
  readonly logger: WorkerLogger;
  /** The server has heard how it ended, or wants to hear nothing of it any more. */
  readonly onSettled: (held: Held, outcome: 'stored' | 'lost' | 'dropped', status: string | null) => void;
  readonly onLost: (held: Held, reason: LeaseLostError) => void;
  readonly onCancelRequested: (held: Held) => void;
  /** The worker is not allowed to report. */
  readonly onLockedOut: (trouble: RequestError) => void;
}

/**
 * Says what is to be said of all tasks, in the background: whatever has gathered while one request was under way goes
 * into the next one. There is one request at a time, and each task's notes go before its ending, so that the server
 * hears of every task in order.
 *
 * A report that the server never takes, while it takes others, is not to hold those up: the tasks of a request that
 * fails are told apart by halves, and the one that fails alone is set aside, where it is tried some more times and then
 * given up. Whether the server takes others is found out by a heartbeat, so that nothing is given up in an outage.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  /** Those that have something to say. */
  readonly #speaking = new Set<Held>();
  /** Those that will, when they have been silent for long enough. */
  readonly #later = new Set<Held>();
  /** Those whose reports are tried by themselves, with how that goes. */
  readonly #aside = new Map<Held, Promise<void>>();
  /** Those whose ending was put into the plainest words. */
  readonly #plain = new WeakSet<Held>();
  readonly #closed = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #flushing: Promise<void> | null = null;
  #isDue = false;
  #requests = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Requests that were answered. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether a request is to go out in this turn of the event loop. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** It has something to say while it is at work. */
  note(held: Held): void {
    if (this.#speaking.has(held) || (this.#later.has(held) && !held.notes.isUrgent)) return;
    if (held.notes.isUrgent || performance.now() - held.notedAt >= noteMs) return this.#speak(held);
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
    while (this.#flushing !== null || this.#aside.size > 0) {
      await Promise.all([this.#flushing, ...this.#aside.values()]);
    }
    clearTimeout(timer);
    this.close();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#closed.abort(new Error('the worker stops'));
  }

  #speak(held: Held): void {
    // It is looked at again when that is over.
    if (this.#aside.has(held)) return;
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
    this.#isDue = true;
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#isDue = false;
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
        const note = held.nextNote();
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

  /** @param faults after how many faults of the server the tasks are told apart */
  async #deliver(entries: readonly Entry[], faults = faultsOfMany): Promise<void> {
    for (let left = entries, tries = 0; left.length > 0; ) {
      const outcomes = await this.#ask(left, faults);
      if (outcomes === null) return;
      const again = left.filter((entry, index) => this.#hear(entry, outcomes[index]));
      const failed = again.filter((entry) => entry.fault);
      for (const [held, some] of Map.groupBy(failed, (entry) => entry.held)) this.#setAside(held, some);
      left = again.filter((entry) => !entry.fault);
      if (left.length === 0) return;
      tries += 1;
      await pause(pauseOf(null, tries), this.#closed.signal);
    }
  }

  /** Null when they were dealt with otherwise. */
  async #ask(entries: readonly Entry[], most: number): Promise<readonly Outcome[] | null> {
    const { logger } = this.#options;
    const { signal } = this.#closed;
    for (let tries = 0, faults = 0; ; ) {
      try {
        const outcomes = await this.#report(entries);
        if (tries > 0) logger.info('the server takes reports again', { tries });
        return outcomes;
      } catch (error) {
        this.#throwIfOver(error);
        tries += 1;
        if (isFault(error)) faults += 1;
        if ((isRefusal(error) || faults >= most) && (await this.#takesOthers(entries[0]!.held))) {
          await this.#tellApart(entries);
          return null;
        }
        const pauseMs = pauseOf(error, tries);
        logger.warn('reports will be retried', {
          trouble: describe(error), reports: entries.length, tries, nextInMs: pauseMs,
        });
        await pause(pauseMs, signal);
      }
    }
  }

  async #report(entries: readonly Entry[]): Promise<readonly Outcome[]> {
    const { rounds, workerId } = this.#options;
    const reports = entries.map(({ report }) => report);
    const outcomes = await rounds.report({ workerId, reports }, this.#closed.signal);
    this.#requests += 1;
    return outcomes;
  }

  #throwIfOver(error: unknown): void {
    this.#closed.signal.throwIfAborted();
    if (!isLockedOut(error)) return;
    this.close();
    this.#options.onLockedOut(error);
    throw error;
  }

  /** Whether the server takes something else than reports from this worker. */
  async #takesOthers({ leaseId }: Held): Promise<boolean> {
    const { transport, workerId, leaseMs } = this.#options;
    return transport.heartbeat({ workerId, leaseIds: [leaseId], leaseMs }, this.#closed.signal).then(
      () => true,
      () => false,
    );
  }

  /** One of them is what the server does not take: the others are not to suffer for it. */
  async #tellApart(entries: readonly Entry[]): Promise<void> {
    const tasks = [...Map.groupBy(entries, ({ held }) => held)];
    if (tasks.length === 1) return this.#setAside(...tasks[0]!);
    const half = Math.ceil(tasks.length / 2);
    for (const some of [tasks.slice(0, half), tasks.slice(half)]) {
      await this.#deliver(some.flatMap(([, ofOne]) => ofOne), 1);
    }
  }

  #setAside(held: Held, entries: readonly Entry[]): void {
    const insisting = this.#insist(entries)
      .catch((error: unknown) => {
        if (!this.#closed.signal.aborted) this.#options.logger.error('reporting broke', { error: messageOf(error) });
      })
      .finally(() => {
        this.#aside.delete(held);
        if (!held.isSettled && !this.#closed.signal.aborted) this.#speak(held);
      });
    this.#aside.set(held, insisting);
  }

  /** Says what is to be said of one task, one report at a time, and gives up those that are never taken. */
  async #insist(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      for (let tries = 1; ; tries++) {
        const why = await this.#sayAlone(entry);
        if (why === null) break;
        if ((why.isFinal || tries >= faultsOfOne) && (await this.#takesOthers(entry.held))) {
          this.#refused(entry, why.words);
          break;
        }
        await pause(pauseOf(null, Math.min(tries, faultsOfOne)), this.#closed.signal);
      }
    }
  }

  /** Null when there is nothing more to be done about it. */
  async #sayAlone(entry: Entry): Promise<{ readonly words: string; readonly isFinal: boolean } | null> {
    try {
      const [outcome] = await this.#report([entry]);
      if (!this.#hear(entry, outcome)) return null;
      return { words: outcome?.error?.message ?? 'the server gave no reason', isFinal: false };
    } catch (error) {
      this.#throwIfOver(error);
      return { words: describe(error), isFinal: isRefusal(error) };
    }
  }

  /** Whether it is to be said again. */
  #hear(entry: Entry, outcome: Outcome | undefined): boolean {
    const { held, isEnding, report } = entry;
    if (outcome === undefined) return false;
    if (outcome.ok) {
      if (report.type === 'step') held.notes.stepHeard(report.name, null);
      if (isEnding) this.#settle(held, 'stored', outcome.status ?? null);
      else if (outcome.cancelRequested === true) this.#options.onCancelRequested(held);
      return false;
    }
    const { code = 'internal', message = '' } = outcome.error ?? {};
    if (code === 'lease_lost' || code === 'not_found') {
      if (isEnding) this.#settle(held, 'lost', null);
      else this.#options.onLost(held, new LeaseLostError(message));
      return false;
    }
    entry.fault = code === 'internal';
    if (entry.fault || errorTraits[code]?.retryable === true) return true;
    this.#refused(entry, message);
    return false;
  }

  #settle(held: Held, outcome: 'stored' | 'lost' | 'dropped', status: string | null): void {
    held.isSettled = true;
    this.#options.onSettled(held, outcome, status);
  }

  /** A note is dropped. How a task ended is said in other words, the plainest in the end. */
  #refused({ held, report, isEnding }: Entry, why: string): void {
    this.#options.logger.error('a report was refused', { ...named(held), report: report.type, why });
    if (report.type === 'step') held.notes.stepHeard(report.name, stepRefused(report.name, why));
    if (!isEnding) return;
    if (report.type === 'release' || this.#plain.has(held)) return this.#settle(held, 'dropped', null);
    const what = endings[report.type as Ending['type']];
    const message = shortened(`The server did not take ${what}: ${why}`, 2_000);
    const retry = report.type === 'fail' && report.retry !== false;
    this.#plain.add(held);
    held.ending = { report: { leaseId: held.leaseId, type: 'fail', message, retry }, bytes: 2_300 };
    this.#speak(held);
  }
}

const endings: Readonly<Record<Ending['type'], string>> = {
  complete: 'the result', fail: 'how the attempt failed', suspend: 'what the attempt waits for',
  release: 'that the task is returned',
};

/** It would be refused the next time as well. */
function stepRefused(name: string, why: string): Error {
  return new DoNotRetry(shortened(`The server did not take the result of step ${name}: ${why}`, 2_000));
}

function named({ task: { id, type, attempt } }: Held): Readonly<Record<string, unknown>> {
  return { taskId: id, type, attempt };
}

/** A fault of the server over what it was told, rather than an outage: proxies answer those with 502, 503 and 504. */
function isFault(error: unknown): boolean {
  return error instanceof RequestError && error.status === 500;
}
