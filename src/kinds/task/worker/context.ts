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
  const note = (): void => onNote(held);
  // What a handler leaves running behind it is not listened to.
  const line = (level: LogLevel, message: string): void => {
    if (held.isOver) return;
    held.notes.line(level, message);
    note();
  };
  if (capture !== false) held.printing = { line, isOnly: capture === 'only' };
  let parts: Parts | null = null;
  const used = (): Parts => (parts ??= partsOf(held, onNote));
  return {
    attempt: held.task.attempt,
    get signal() {
      return held.signal;
    },
    progress: async (processed, total) => {
      if (held.reason !== undefined) throw held.reason;
      if (held.isOver) return;
      held.notes.progress(whole(processed, 'processed'), total === undefined ? null : whole(total, 'total'));
      note();
      await breathe();
      if (held.reason !== undefined) throw held.reason;
    },
    error: (item, error) => {
      if (held.isOver) return;
      held.notes.error(item === null ? null : wordsOf(item), thrownOf(error));
      note();
    },
    log: (first: string, second?: string) => {
      if (second === undefined) line('info', wordsOf(first));
      else if (levels.has(first)) line(first as LogLevel, wordsOf(second));
      else throw new TypeError(`${wordsOf(first)} is not a log level: use debug, info, warn or error`);
    },
    // What a step gives is JSON: whoever wrote it knows its type.
    step: (name, work) => used().steps.run(name, work) as Promise<never>,
    run: async (task: Task, data: unknown, options?: ChildOptions) => {
      const [result] = await used().children.run(task, [data], options, false);
      return result as never;
    },
    runAll: (task: Task, data: readonly unknown[], options?: ChildOptions) =>
      used().children.run(task, data, options, true) as Promise<never>,
    sleep: (until, options) => used().sleeper.sleep(until, options),
    cost: (microUsd) => {
      if (held.isOver) return;
      held.notes.cost(whole(microUsd, 'the cost'));
      held.costMicroUsd += microUsd;
      note();
    },
    get logger() {
      return taskLogger(line);
    },
  };
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
