import type { Attempted } from '../../../kinds/task/worker/attempt.ts';
import type { Ending, Held } from '../../../kinds/task/worker/held.ts';
import { messageOf, type Thrown } from '../../../worker/thrown.ts';
import type { NewChild, Report } from '../../../kinds/task/worker/transport.ts';
import type { FromTask, ToHandlers } from './messages.ts';

/** One task that was given to a process of handlers: from when it is begun there until it is known how that ended. */
export class Assignment {
  readonly held: Held;
  /** Resolves when it is known, with what is to be said of it then. */
  readonly over: Promise<Attempted>;
  /** Called when it is known. */
  onOver: (() => void) | null = null;
  readonly #onNote: (held: Held) => void;
  #send: (message: ToHandlers) => boolean = () => false;
  #resolve: ((attempted: Attempted) => void) | null = null;

  constructor(held: Held, onNote: (held: Held) => void) {
    this.held = held;
    this.over = new Promise((resolve) => (this.#resolve = resolve));
    this.#onNote = onNote;
  }

  /** Whether the process takes it. */
  begin(send: (message: ToHandlers) => boolean): boolean {
    const { held } = this;
    if (held.isOver || held.reason !== undefined) return false;
    if (!send({ type: 'run', task: held.task, workerId: held.workerId })) return false;
    this.#send = send;
    held.begun = true;
    held.onAbort = () => this.#abort();
    return true;
  }

  hear(message: FromTask): void {
    const { held } = this;
    if (message.leaseId !== held.leaseId) return;
    if (message.type === 'ended') {
      const { report, bytes, failure } = message;
      return this.#end({ report, bytes, ...(failure !== null && { failure }) });
    }
    if (message.type === 'startChildren') return this.#startChildren(message.number, message.tasks);
    if (!held.isOver) {
      for (const report of message.reports) {
        if (report.type === 'step') this.#step(report);
        else held.notes.add(report);
      }
      this.#onNote(held);
    }
    this.#send({ type: 'noted', leaseId: held.leaseId });
  }

  #startChildren(number: number, tasks: readonly NewChild[]): void {
    const { leaseId } = this.held;
    this.held.startChildren(tasks).then(
      (started) => this.#send({ type: 'children', leaseId, number, started }),
      (error: unknown) => {
        const name = error instanceof Error ? error.name : 'Error';
        this.#send({ type: 'childrenFailed', leaseId, number, name, message: messageOf(error) });
      },
    );
  }

  #step({ name, result = null, tookMs }: Extract<Report, { readonly type: 'step' }>): void {
    const tell = (refusal: Error | null): void => {
      const why = refusal && { name: refusal.name, message: refusal.message };
      this.#send({ type: 'stepped', leaseId: this.held.leaseId, name, refusal: why });
    };
    const bytes = Buffer.byteLength(JSON.stringify(result));
    this.held.notes.step(name, result, bytes, tookMs ?? null).then(() => tell(null), tell);
  }

  /** As if it had not been taken. */
  release(why?: string): void {
    if (why !== undefined && !this.held.isOver) this.held.notes.line('warn', why);
    this.#end({ report: this.#return(), bytes: 100 });
  }

  fail(failure: Thrown): void {
    const report: Ending = { leaseId: this.held.leaseId, type: 'fail', ...failure, retry: true };
    this.#end({ report, bytes: 6_500, failure });
  }

  #return(): Ending {
    return { leaseId: this.held.leaseId, type: 'release' };
  }

  #end(attempted: Attempted): void {
    const resolve = this.#resolve;
    if (resolve === null) return;
    this.#resolve = null;
    this.held.onAbort = null;
    this.onOver?.();
    resolve(attempted);
  }

  #abort(): void {
    const reason = this.held.reason as Error;
    this.#send({ type: 'abort', leaseId: this.held.leaseId, name: reason.name, message: reason.message });
  }
}
