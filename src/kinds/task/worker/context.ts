import { breathe } from './breath.ts';
import type { CaptureConsole } from './console-capture.ts';
import type { ChildOptions, LogLevel, TaskContext, TaskJob } from '../typed/handler.ts';
import { taskLogger } from '../typed/task-logger.ts';
import type { Held } from './held.ts';
import { Children } from './children.ts';
import { Sleeper } from './sleeper.ts';
import { Steps } from './steps.ts';
import { Suspension } from './suspension.ts';
import type { TaskOptions } from '../typed/task-options.ts';
import { thrownOf, wordsOf } from '../../../worker/thrown.ts';

const levels: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error']);

export function jobOf({ task }: Held): TaskJob {
  const { id, type, data, attempt, maxAttempts, createdAt, createdById, totalItems, traceparent } = task;
  return { id, type, data, attempt, maxAttempts, createdAt, createdById, totalItems, traceparent };
}

/** @param onNote called when there is something to send that was not there before */
export function contextOf(held: Held, onNote: (held: Held) => void, capture: CaptureConsole): TaskContext {
  return new HandlerContext(held, onNote, capture);
}

/**
 * Handlers take its parts by name, so that its methods know where they belong. What is made when it is first asked for
 * stands in the class: in an object of its own it would cost more than all the rest of it.
 */
class HandlerContext implements TaskContext {
  readonly attempt: number;
  readonly #held: Held;
  readonly #onNote: (held: Held) => void;
  #parts: Parts | null = null;

  constructor(held: Held, onNote: (held: Held) => void, capture: CaptureConsole) {
    this.#held = held;
    this.#onNote = onNote;
    this.attempt = held.task.attempt;
    if (capture !== false) held.printing = { line: this.#line, isOnly: capture === 'only' };
  }

  get signal(): AbortSignal {
    return this.#held.signal;
  }

  get logger(): TaskContext['logger'] {
    return taskLogger(this.#line);
  }

  readonly progress: TaskContext['progress'] = async (processed, total) => {
    const held = this.#held;
    if (held.reason !== undefined) throw held.reason;
    if (held.isOver) return;
    held.notes.progress(whole(processed, 'processed'), total === undefined ? null : whole(total, 'total'));
    this.#onNote(held);
    await breathe();
    if (held.reason !== undefined) throw held.reason;
  };

  readonly error: TaskContext['error'] = (item, error) => {
    const held = this.#held;
    if (held.isOver) return;
    held.notes.error(item === null ? null : wordsOf(item), thrownOf(error));
    this.#onNote(held);
  };

  readonly log = (first: string, second?: string): void => {
    if (second === undefined) this.#line('info', wordsOf(first));
    else if (levels.has(first)) this.#line(first as LogLevel, wordsOf(second));
    else throw new TypeError(`${wordsOf(first)} is not a log level: use debug, info, warn or error`);
  };

  // What a step gives is JSON: whoever wrote it knows its type.
  readonly step: TaskContext['step'] = (name, work) => this.#used().steps.run(name, work) as Promise<never>;

  readonly run = async (task: Task, data: unknown, options?: ChildOptions): Promise<never> => {
    const [result] = await this.#used().children.run(task, [data], options, false);
    return result as never;
  };

  readonly runAll = (task: Task, data: readonly unknown[], options?: ChildOptions): Promise<never> =>
    this.#used().children.run(task, data, options, true) as Promise<never>;

  readonly sleep: TaskContext['sleep'] = (until, options) => this.#used().sleeper.sleep(until, options);

  readonly cost: TaskContext['cost'] = (microUsd) => {
    const held = this.#held;
    if (held.isOver) return;
    held.notes.cost(whole(microUsd, 'the cost'));
    held.costMicroUsd += microUsd;
    this.#onNote(held);
  };

  /** What a handler leaves running behind it is not listened to. */
  readonly #line = (level: LogLevel, message: string): void => {
    const held = this.#held;
    if (held.isOver) return;
    held.notes.line(level, message);
    this.#onNote(held);
  };

  #used(): Parts {
    return (this.#parts ??= partsOf(this.#held, this.#onNote));
  }
}

type Task = TaskOptions<any, any> | string;

/** Of which most handlers of small tasks use none. */
interface Parts {
  readonly steps: Steps;
  readonly children: Children;
  readonly sleeper: Sleeper;
}

function partsOf(held: Held, onNote: (held: Held) => void): Parts {
  const suspension = new Suspension(held);
  const steps = new Steps(held, onNote, suspension);
  return { steps, children: new Children(held, suspension), sleeper: new Sleeper(held, suspension, steps) };
}

function whole(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} is ${wordsOf(value)}: it must be a whole number from 0`);
}
