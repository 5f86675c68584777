import { assertTaskType } from '../typed/definition.ts';
import { TaskCanceled, TaskFailed, type Task } from '../typed/ended.ts';
import type { ChildOptions } from '../typed/handler.ts';
import { check, sentenceOf } from '../typed/schema.ts';
import { partsOf, submissions } from '../typed/submissions.ts';
import type { TaskOptions } from '../typed/task-options.ts';
import { DoNotRetry } from './errors.ts';
import type { Held } from './held.ts';
import { assertName, DefaultNames } from './names.ts';
import type { Suspension } from './suspension.ts';
import type { NewChild, StartedChild } from './transport.ts';

const mostOfRequest = 100;

type AnyTask = TaskOptions<any, any>;

/** The tasks that a handler starts. */
export class Children {
  readonly #held: Held;
  readonly #suspension: Suspension;
  readonly #names = new DefaultNames();

  constructor(held: Held, suspension: Suspension) {
    this.#held = held;
    this.#suspension = suspension;
  }

  /**
   * Starts them, or finds them, and gives their results once all have ended.
   *
   * @param numbered whether their names are numbers behind the one that is given
   */
  async run(
    taskOrType: AnyTask | string,
    data: readonly unknown[],
    { name: given, ...more }: ChildOptions = {},
    numbered: boolean,
  ): Promise<readonly unknown[]> {
    if (this.#held.reason !== undefined) throw this.#held.reason;
    if (typeof taskOrType === 'string') assertTaskType(taskOrType);
    const task = typeof taskOrType === 'string' ? untyped(taskOrType) : taskOrType;
    const name = given ?? this.#names.next(task.type);
    assertName(name, 'a child');
    const wanted = await submissions(task, data, more);
    if (!wanted.ok) {
      throw new DoNotRetry(`The data does not fit task ${task.type}: ${sentenceOf(wanted.fields)}`);
    }
    const tasks = wanted.value.map((one, index) => ({ ...one, name: numbered ? `${name} #${index + 1}` : name }));
    const started = await this.#suspension.during(() => this.#start(tasks));
    const refusal = started.findIndex(({ ok }) => !ok);
    if (refusal !== -1) throw refused(tasks[refusal]!.name, started[refusal]!.error);
    const children = started.map((one) => one.task!);
    for (const child of children) {
      if (child.status === 'failed') throw (this.#held.childFailure = new TaskFailed(child));
      if (child.status === 'canceled') throw (this.#held.childFailure = new TaskCanceled(child));
    }
    const open = children.filter(({ status }) => status !== 'completed');
    // None of them ever resolves: the next time all have ended.
    await Promise.all(open.map(({ id }) => this.#suspension.untilEndOf(id)));
    return Promise.all(children.map((child) => resultOf(task, child)));
  }

  async #start(tasks: readonly NewChild[]): Promise<readonly StartedChild[]> {
    const started: StartedChild[] = [];
    for (const part of partsOf(tasks, mostOfRequest)) started.push(...(await this.#held.startChildren(part)));
    return started;
  }
}

/** A type of which nothing is known here. */
function untyped(type: string): AnyTask {
  return { type, input: { '~standard': { version: 1, vendor: 'waybill', validate: (value: unknown) => ({ value }) } } };
}

async function resultOf({ type, output }: AnyTask, { id, result }: Task): Promise<unknown> {
  if (output === undefined) return result;
  const checked = await check(output, result, 'result');
  if (checked.ok) return checked.value;
  throw new DoNotRetry(`The result of task ${id} does not fit type ${type}: ${sentenceOf(checked.fields)}`);
}

function refused(name: string, error: StartedChild['error']): Error {
  const { code = 'internal', message = 'The server gave no reason.' } = error ?? {};
  const words = `Task ${JSON.stringify(name)} was not started: ${message}`;
  // The same would be refused again.
  if (code === 'invalid_request' || code === 'conflict') return new DoNotRetry(words);
  return Object.assign(new Error(words), { code });
}
