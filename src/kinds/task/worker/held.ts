import { current } from './current.ts';
import type { LeaseLostError } from './errors.ts';
import { Notes } from './notes.ts';
import type { Printing } from './printing.ts';
import type { NewChild, Report, StartedChild, TakenJob } from './transport.ts';

/** What is said of a task at its end. */
export type Ending = Extract<Report, { readonly type: 'complete' | 'fail' | 'release' | 'suspend' }>;

type StartChildren = (held: Held, tasks: readonly NewChild[]) => Promise<readonly StartedChild[]>;

/** A task that this worker has, from when it is taken until the server has heard how it ended. */
export class Held {
  readonly task: TakenJob;
  #notes: Notes | null = null;
  /** When it was taken, on the worker's own clock (`performance.now()`). */
  readonly takenAt: number;
  /** As far as the worker knows; on its own clock. */
  goodUntil: number;
  /** When its notes were last gathered; on the worker's own clock. */
  notedAt = -Infinity;
  /** How it ended, and about how many bytes of JSON that has; null while it is at work. */
  ending: { readonly report: Ending; readonly bytes: number } | null = null;
  /** Whether its lease was lost: its reports are ignored from then on. */
  isLost = false;
  /** Whether its handler was begun: while it waits for its place somewhere, its time is not its own fault. */
  begun = false;
  /** Fails the attempt with an error that nobody caught; null before it runs and once that was done. */
  onStray: ((error: unknown) => void) | null = null;
  /** Whether the server has heard how it ended, or wants to hear nothing of it any more. */
  isSettled = false;
  /** Called when the handler is to stop. */
  onAbort: (() => void) | null = null;
  #printing: Printing | null = null;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Who has it; empty where that is not known. */
  readonly workerId: string;
  /** What its handler has reported so far. */
  costMicroUsd = 0;
  /** What its handler was told of a child that did not succeed. */
  childFailure: Error | null = null;
  readonly #startChildren: StartChildren;

  constructor(
    task: TakenJob, takenAt: number, leaseMs: number, startChildren: StartChildren, workerId = '',
  ) {
    this.workerId = workerId;
    this.task = task;
    this.#startChildren = startChildren;
    this.takenAt = takenAt;
    this.goodUntil = takenAt + leaseMs;
  }

  /** Asks the server to start tasks that are parts of this one, until it answers. */
  startChildren(tasks: readonly NewChild[]): Promise<readonly StartedChild[]> {
    return this.#startChildren(this, tasks);
  }

  /** Made when it is first asked for. */
  get notes(): Notes {
    return (this.#notes ??= new Notes());
  }

  /** Takes off the next of its notes; null when nothing is left. */
  nextNote(): ReturnType<Notes['next']> {
    return this.#notes === null ? null : this.#notes.next(this.leaseId);
  }

  get leaseId(): string {
    return this.task.leaseId;
  }

  /** Nothing that its handler still says counts. */
  get isOver(): boolean {
    return this.ending !== null || this.isLost;
  }

  /** What its handler leaves running behind it is not captured. */
  get printing(): Printing | null {
    return this.isOver ? null : this.#printing;
  }

  set printing(printing: Printing) {
    this.#printing = printing;
  }

  /** Made when it is first asked for: most handlers of small tasks never do. */
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  /** Why the handler is to stop; undefined while it is not. */
  get reason(): unknown {
    return this.#abort?.signal.reason;
  }

  /** The first reason counts. */
  abort(reason: Error): void {
    const abort = (this.#abort ??= new AbortController());
    // What its listeners throw is the task's.
    if (abort.signal.aborted) return;
    current.run(this, () => abort.abort(reason));
    this.onAbort?.();
  }

  /** Whether the attempt fails with it: not when it has ended. */
  stray(error: unknown): boolean {
    const { onStray } = this;
    if (onStray === null || this.ending !== null) return false;
    this.onStray = null;
    onStray(error);
    return true;
  }

  /** Calls back when the attempt's time is over, unless it has ended before. */
  timeOut(afterMs: number, onTimeout: () => void): void {
    // Longer than a timer can be set for, or than any attempt is left to itself.
    if (afterMs < 2 ** 31) this.#timer = setTimeout(onTimeout, Math.max(0, afterMs));
  }

  /** Its first ending counts. */
  end(report: Ending, bytes = 200): boolean {
    if (this.ending !== null || this.isLost) return false;
    this.release();
    this.onStray = null;
    this.ending = { report, bytes };
    return true;
  }

  lose(reason: LeaseLostError): void {
    this.isLost = true;
    this.release();
    this.#notes?.clear(reason);
    this.abort(reason);
  }

  release(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
