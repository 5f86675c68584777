import { setImmediate as nextTurn } from 'node:timers/promises';
import { readTraceparent } from '../../../domain/trace.ts';
import { pause } from '../../../http/pause.ts';
import type { RequestError } from '../../../http/request-error.ts';
import type { Attempted } from './attempt.ts';
import { jobOf } from './context.ts';
import { CanceledError, DoNotRetry, LeaseLostError, ShutdownError, TimeoutError } from './errors.ts';
import { keepBeating } from './heart.ts';
import { Held, type Ending } from './held.ts';
import type { Settings } from './options.ts';
import { Pace } from './pace.ts';
import { describe, hint, isRefusal, untilAnswered } from './persistence.ts';
import { endReceiving, receiving } from './receive-span.ts';
import { Reporter } from './reporter.ts';
import { Rounds, type Ride } from './rounds.ts';
import { catchStray } from './stray.ts';
import { captureConsole } from './console-capture.ts';
import { messageOf } from '../../../worker/thrown.ts';
import type { NewChild, StartedChild, TakeAnswer, TakeRequest } from './transport.ts';

/** How long a take waits at the server for the first task. */
const waitMs = 20_000;
const takeLimit = 1_000;
/** Before the next take when the server has nothing and does not wait. */
const idleMs = 500;
/** How many that ended may wait to be reported before no more are taken. */
const maxUnreported = 1_000;
/** For handlers to stop once they are told to, at shutdown. */
const graceMs = 1_000;
/** For the last reports. */
const lastWordsMs = 10_000;

/** Counts since the worker began, and what it has now. */
export interface WorkerStats {
  /** Each is then completed, failed, returned, canceled, suspended or lost. */
  readonly taken: number;
  readonly completed: number;
  /** Attempts, whether another one follows or not. */
  readonly failed: number;
  readonly returned: number;
  readonly canceled: number;
  /** Interrupted, to go on later. */
  readonly suspended: number;
  /** Another worker has them, or may have them. */
  readonly lost: number;
  readonly running: number;
  /** Taken and not begun. */
  readonly waiting: number;
  /** Ended, and the server has not heard of it yet. */
  readonly unreported: number;
  /** Requests to the server that were answered. */
  readonly takes: number;
  readonly reports: number;
}

/** The protocol of one worker: takes, begins, renews, reports, and gives back what it does not get to. */
export class TaskWorker {
  readonly #settings: Settings;
  readonly #rounds: Rounds;
  readonly #reporter: Reporter;
  readonly #pace: Pace;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Set<Held>();
  readonly #running = new Set<Held>();
  readonly #stopping = new AbortController();
  readonly #heart = new AbortController();
  readonly #loops: Promise<unknown>[];
  readonly #counts = { taken: 0, completed: 0, failed: 0, returned: 0, canceled: 0, suspended: 0, lost: 0, takes: 0 };
  #unreported = 0;
  #isBeginning = false;
  /** Whether a request is under way that may bring tasks. */
  #isAsking = false;
  #wake: (() => void) | null = null;
  #ended: (() => void) | null = null;
  #shutDown: Promise<void> | null = null;
  #failure: Error | null = null;
  readonly #done = Promise.withResolvers<void>();

  constructor(settings: Settings) {
    const { transport, workerId, leaseMs, logger, concurrency, prefetch } = settings;
    this.#settings = settings;
    this.#pace = new Pace(concurrency, prefetch);
    const onLost = (held: Held, reason: LeaseLostError): void => this.#lose(held, reason);
    const onCancelRequested = (held: Held): void => this.#requestCancel(held);
    const onLockedOut = (trouble: RequestError): void => this.#fail(trouble);
    this.#rounds = new Rounds(transport, () => this.#ride());
    this.#reporter = new Reporter({
      transport, rounds: this.#rounds, workerId, leaseMs, logger, onLost, onCancelRequested, onLockedOut,
      onSettled: (held, outcome, status) => this.#settle(held, outcome, status),
    });
    const held = (): Iterable<Held> => this.#held.values();
    const onBeat = (): void => this.#returnTheStuck();
    const types = (): readonly string[] => (this.#stopping.signal.aborted ? [] : settings.types);
    const heart = { transport, workerId, leaseMs, types, logger, held, onLost, onCancelRequested, onLockedOut, onBeat };
    const undos = [
      ...(settings.catchStray ? [catchStray(logger)] : []), ...(settings.capturesConsole ? [captureConsole()] : []),
    ];
    const undo = (): void => undos.forEach((each) => each());
    // Whoever does not ask is told by `onError` and the log.
    this.#done.promise.then(undo, undo);
    this.#loops = [this.#take(), keepBeating(heart, this.#heart.signal)];
    logger.info('worker started', { workerId, types: settings.types, concurrency });
  }

  get stats(): WorkerStats {
    return {
      ...this.#counts, running: this.#running.size, waiting: this.#waiting.size, unreported: this.#unreported,
      reports: this.#reporter.requests,
    };
  }

  /** Resolves when the worker has stopped; rejects when it has by itself. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  stop(): Promise<void> {
    return (this.#shutDown ??= this.#stop());
  }

  async #take(): Promise<void> {
    const { workerId, leaseMs, logger } = this.#settings;
    const { signal } = this.#stopping;
    const types = [...this.#settings.types];
    // Until the server has heard of them once.
    let first: Pick<TakeRequest, 'inputSchemas'> = this.#settings.inputSchemas;
    try {
      while (!signal.aborted) {
        // What has ended in this turn of the event loop is reported first, and may bring tasks itself.
        if (this.#rounds.mayRide && this.#unreported > 0) {
          do await nextTurn();
          while (this.#reporter.isDue);
        }
        const limit = this.#room();
        if (limit <= 0) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        const asked = performance.now();
        const { over, within } = this.#ask();
        const answer = await untilAnswered(
          () => within(() => this.#rounds.take({ workerId, types, limit, leaseMs, waitMs, ...first }, signal)),
          {
            signal,
            onTrouble: (trouble, tries, nextInMs) => logger.warn('taking tasks failed', { trouble, tries, nextInMs }),
            onRecovery: (tries) => logger.info('the server answers again', { tries }),
          },
        ).catch((error: unknown) => {
          over(null);
          throw error;
        });
        first = {};
        over(answer);
        // A server that shuts down answers all who wait.
        if (answer.tasks.length === 0 && performance.now() - asked < idleMs) await pause(idleMs, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** What a request that reports is to take. */
  #ride(): Ride | null {
    const limit = this.#stopping.signal.aborted ? 0 : this.#room();
    if (limit <= 0) return null;
    const { types, leaseMs } = this.#settings;
    const { over } = this.#ask();
    return {
      wanted: { types: [...types], limit, leaseMs },
      over: (answer) => {
        over(answer);
        this.#wakeTaker();
      },
    };
  }

  /** A request that may bring tasks, made by `within`; `over` is to be called with its answer, null if it failed. */
  #ask(): { readonly over: (answer: TakeAnswer | null) => void; readonly within: <T>(work: () => T) => T } {
    this.#isAsking = true;
    const { tracer, types } = this.#settings;
    const span = tracer?.start(receiving(types));
    const over = (answer: TakeAnswer | null): void => {
      this.#isAsking = false;
      if (answer === null) return;
      this.#counts.takes += 1;
      // One that got nothing is not worth telling.
      if (span && answer.tasks.length > 0) endReceiving(span, answer.tasks);
      this.#accept(answer);
    };
    return { over, within: (work) => (tracer && span ? tracer.within(span, work) : work()) };
  }

  /** How many more are to be asked for; 0 while others were asked for, and until it is worth a request. */
  #room(): number {
    const { prefetch } = this.#pace;
    const most = this.#settings.concurrency + prefetch;
    if (this.#isAsking || this.#unreported >= maxUnreported || this.#waiting.size * 2 > prefetch) return 0;
    return Math.min(takeLimit, most - this.#running.size - this.#waiting.size);
  }

  #accept({ tasks, now }: TakeAnswer): void {
    const at = performance.now();
    for (const task of tasks) {
      const held = new Held(task, at, this.#settings.leaseMs, this.#startChildren, this.#settings.workerId);
      this.#held.set(held.leaseId, held);
      this.#waiting.add(held);
      if (task.timeoutAt !== null) {
        held.timeOut(Date.parse(task.timeoutAt) - Date.parse(now), () => this.#timeOut(held));
      }
    }
    this.#counts.taken += tasks.length;
    if (this.#stopping.signal.aborted) this.#returnWaiting();
    else this.#beginMore();
  }

  /** Those that end in a row are followed by as many in a row. */
  #beginSoon(): void {
    if (!this.#isBeginning) queueMicrotask(() => this.#beginMore());
    this.#isBeginning = true;
  }

  #beginMore(): void {
    this.#isBeginning = false;
    for (const held of this.#waiting) {
      if (this.#running.size >= this.#settings.concurrency) break;
      this.#waiting.delete(held);
      this.#begin(held);
    }
    if (this.#wake !== null && this.#room() > 0) this.#wakeTaker();
  }

  #wakeTaker(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #begin(held: Held): void {
    this.#running.add(held);
    const began = performance.now();
    void this.#settings.runner.run(held, (one) => this.#reporter.note(one)).then((attempted) => {
      this.#running.delete(held);
      this.#pace.took(performance.now() - began);
      this.#tellFailure(held, attempted);
      this.#end(held, attempted.report, attempted.bytes);
      if (!this.#stopping.signal.aborted) this.#beginSoon();
      else if (this.#running.size === 0) this.#ended?.();
    });
  }

  readonly #startChildren = (held: Held, tasks: readonly NewChild[]): Promise<readonly StartedChild[]> => {
    const { transport, workerId, logger } = this.#settings;
    const { leaseId, signal } = held;
    return untilAnswered(() => transport.startChildren({ workerId, leaseId, tasks: [...tasks] }, signal), {
      signal,
      onTrouble: (trouble, tries, nextInMs) => {
        logger.warn('starting child tasks failed', { ...this.#named(held), trouble, tries, nextInMs });
      },
      onRecovery: (tries) => logger.info('the server answers again', { tries }),
    }).catch((error: unknown) => {
      throw isRefusal(error) ? notStarted(error) : error;
    });
  };

  #tellFailure(held: Held, { failure, thrown }: Attempted): void {
    const { logger, onError } = this.#settings;
    if (failure === undefined) return;
    const { message: error, ...rest } = failure;
    logger.warn('a handler failed', { ...this.#named(held), maxAttempts: held.task.maxAttempts, error, ...rest });
    this.#tell(() => onError(thrown ?? new Error(failure.message), jobOf(held)));
  }

  #end(held: Held, report: Ending, bytes?: number): void {
    if (!held.end(report, bytes)) return;
    this.#unreported += 1;
    this.#reporter.end(held);
  }

  #settle(held: Held, outcome: 'stored' | 'lost' | 'dropped', status: string | null): void {
    if (!this.#held.delete(held.leaseId)) return;
    this.#unreported -= 1;
    const type = held.ending?.report.type;
    if (outcome !== 'stored') this.#counts.lost += 1;
    else if (status === 'canceled') this.#counts.canceled += 1;
    else if (type === 'complete') this.#counts.completed += 1;
    else if (type === 'fail') this.#counts.failed += 1;
    else if (type === 'suspend') this.#counts.suspended += 1;
    else this.#counts.returned += 1;
    if (outcome === 'lost') this.#settings.logger.warn('a result was refused: the lease is lost', this.#named(held));
    if (this.#wake !== null && this.#room() > 0) this.#wakeTaker();
  }

  #lose(held: Held, reason: LeaseLostError): void {
    if (held.isLost || held.ending !== null) return;
    this.#settings.logger.warn('a lease is lost', { ...this.#named(held), reason: reason.message });
    held.lose(reason);
    this.#held.delete(held.leaseId);
    this.#waiting.delete(held);
    this.#counts.lost += 1;
  }

  #requestCancel(held: Held): void {
    if (this.#waiting.delete(held)) this.#end(held, { leaseId: held.leaseId, type: 'release' });
    else held.abort(new CanceledError('The task was canceled.'));
  }

  #timeOut(held: Held): void {
    const { leaseId } = held;
    const message = 'The attempt took longer than its time.';
    // Never begun, say: that is not the attempt's fault.
    if (this.#waiting.delete(held) || !held.begun || this.#settings.runner.mayBeInnocent(held)) {
      this.#end(held, { leaseId, type: 'release' });
      return held.abort(new TimeoutError(message));
    }
    held.abort(new TimeoutError(message));
    this.#settings.logger.warn('an attempt took too long', this.#named(held));
    this.#end(held, { leaseId, type: 'fail', message, retry: true });
  }

  /** Other workers may have nothing to do: those that have waited here for a whole lease are theirs. */
  #returnTheStuck(): void {
    const { leaseMs } = this.#settings;
    const now = performance.now();
    for (const held of this.#waiting) {
      if (now - held.takenAt < leaseMs || !this.#pace.stuckFor(now - held.takenAt)) break;
      this.#waiting.delete(held);
      this.#end(held, { leaseId: held.leaseId, type: 'release' });
    }
  }

  #returnWaiting(): void {
    for (const held of this.#waiting) this.#end(held, { leaseId: held.leaseId, type: 'release' });
    this.#waiting.clear();
  }

  async #stop(): Promise<void> {
    const { logger, shutdownMs, leaseMs } = this.#settings;
    const [taking, beating] = this.#loops;
    logger.info('worker stops', { running: this.#running.size, waiting: this.#waiting.size });
    this.#stopping.abort(new Error('the worker stops'));
    this.#wakeTaker();
    this.#returnWaiting();
    await taking;
    if (this.#failure === null) await this.#runningEnds(shutdownMs);
    for (const held of this.#running) held.abort(new ShutdownError('The worker stops.'));
    await this.#runningEnds(graceMs);
    for (const held of this.#running) this.#end(held, { leaseId: held.leaseId, type: 'release' });
    if (this.#failure === null) await this.#reporter.finish(Math.min(lastWordsMs, Math.max(leaseMs, graceMs)));
    else this.#reporter.close();
    this.#heart.abort();
    await beating;
    if (this.#failure === null) await this.#sayGoodbye();
    logger.info('worker stopped', { ...this.stats });
    if (this.#failure === null) this.#done.resolve();
    else this.#done.reject(this.#failure);
  }

  /** Also where no take waited that would have been told. Nothing depends on it: a worker is forgotten in the end. */
  async #sayGoodbye(): Promise<void> {
    const { transport, workerId } = this.#settings;
    await transport.heartbeat({ workerId, leaseIds: [], stopping: true }, AbortSignal.timeout(graceMs)).catch(() => {});
  }

  async #runningEnds(withinMs: number): Promise<void> {
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#ended = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    const refused = isRefusal(error);
    this.#failure = refused ? new Error(`${describe(error)}${hint(error)}`, { cause: error }) : (error as Error);
    this.#settings.logger.error('the worker gives up', { error: this.#failure.message });
    this.#tell(() => this.#settings.onError(this.#failure, null));
    void this.stop();
  }

  /** What is thrown by those who only listen, at once or later, must not stop the worker. */
  #tell(say: () => unknown): void {
    const said = async (): Promise<unknown> => say();
    said().catch((error: unknown) => this.#settings.logger.error('onError threw', { error: messageOf(error) }));
  }

  #named({ task: { id: taskId, type, attempt, traceparent } }: Held) {
    const submitted = readTraceparent(traceparent);
    return { taskId, type, attempt, ...(submitted && { trace_id: submitted.traceId }) };
  }
}

/** In words for the task's error log; the same would be refused again, unless the lease is lost. */
function notStarted(error: RequestError): Error {
  const message = `The tasks were not started: ${error.reason ?? describe(error)}`;
  return error.code === 'lease_lost' ? new LeaseLostError(message) : new DoNotRetry(message);
}
