import { ApiError, type CallOptions } from '../../../client/index.ts';
import { pause } from '../../../http/pause.ts';
import type { RouteAnswer } from '../../../contract/route.ts';
import type { taskEvents } from '../contract/tasks.ts';
import type { Client } from './client.ts';
import type { TaskDefinition } from './definition.ts';
import { Endings } from './endings.ts';
import { TaskCanceled, TaskFailed, type Task } from './ended.ts';
import { partsOf, submissions, type Submission } from './submissions.ts';
import type { TaskOptions } from './task-options.ts';
import { check, sentenceOf, type InputOf, type OutputOf, type Schema } from './schema.ts';

export type TaskEvent = RouteAnswer<typeof taskEvents>;

/** What may be said of one task beside its data; it goes before what its definition says. */
export interface RunOptions extends Omit<Submission, 'type' | 'data'> {
  /** Sent again with the same key, the first task is the answer. Made for each call unless given. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

export interface ResultOptions {
  readonly signal?: AbortSignal;
  /** How long to wait; for as long as it takes unless given. */
  readonly timeoutMs?: number;
}

/** A task that was submitted. It goes on whether or not somebody waits for it. */
export interface TaskRun<Result> {
  readonly id: string;
  /** The task as the server has it now. */
  get(options?: CallOptions): Promise<Task>;
  /** What happens to it, from the first event on; ends when the task has ended. */
  events(options?: CallOptions & { readonly after?: number }): AsyncGenerator<TaskEvent, void, undefined>;
  /**
   * Its result, once it has completed. Any number may be waited for at the same time, over one connection.
   *
   * @throws {TaskFailed} with its last error, when it has failed
   * @throws {TaskCanceled} when it was canceled
   * @throws {ApiError} `timeout` or `aborted` when the wait is over before the task is
   */
  result(options?: ResultOptions): Promise<Result>;
  /** @throws {ApiError} `conflict` when it has ended */
  cancel(options?: CallOptions): Promise<Task>;
}

/** Some tasks of `runAll` were not created. */
export class NotAllCreated<Result = unknown> extends Error {
  override readonly name = 'NotAllCreated';
  /** In the order of the inputs; null where none was created. */
  readonly runs: readonly (TaskRun<Result> | null)[];
  readonly failures: readonly { readonly index: number; readonly error: ApiError }[];

  constructor(runs: NotAllCreated<Result>['runs'], failures: NotAllCreated['failures']) {
    const [first] = failures;
    super(`${failures.length} of ${runs.length} tasks were not created; ` +
      `the first, at index ${first!.index}: ${first!.error.message}`);
    this.runs = runs;
    this.failures = failures;
  }
}

export interface Runs {
  /**
   * Submits a task. Its data is checked before it is sent.
   *
   * @throws {ApiError} `invalid_request` with the fields that do not fit, or what the server refuses it for
   */
  run<I extends Schema<any, any>, O extends Schema<any, any>>(
    definition: TaskDefinition<I, O>, data: InputOf<I>, options?: RunOptions,
  ): Promise<TaskRun<OutputOf<O>>>;
  /**
   * Submits any number of tasks, up to a thousand in a request. All data is checked before anything is sent. With an
   * `idempotencyKey`, the same call made again creates nothing twice.
   *
   * @throws {NotAllCreated} with those that were
   */
  runAll<I extends Schema<any, any>, O extends Schema<any, any>>(
    definition: TaskDefinition<I, O>, data: readonly InputOf<I>[], options?: RunOptions,
  ): Promise<readonly TaskRun<OutputOf<O>>[]>;
  /** A task that was submitted before, by its id. */
  runOf<I extends Schema<any, any>, O extends Schema<any, any>>(
    definition: TaskDefinition<I, O>, id: string,
  ): TaskRun<OutputOf<O>>;
}

export function createRuns(client: Client): Runs {
  const endings = new Endings(client);
  const runOf: Runs['runOf'] = (definition, id) => taskRun(client, endings, definition, id);
  return {
    runOf,
    async run(definition, data, { idempotencyKey, signal, ...more } = {}) {
      const [body] = await submissionsOf(definition, [data], more);
      const task = await client.submitTask(
        { body: body!, ...(idempotencyKey !== undefined && { idempotencyKey }) }, { ...(signal && { signal }) },
      );
      return runOf(definition, task.id);
    },
    async runAll(definition, data, { idempotencyKey, signal, ...more } = {}) {
      const jobs = await submissionsOf(definition, data, more);
      const runs: (TaskRun<OutputOf<NonNullable<typeof definition.output>>> | null)[] = [];
      const failures: { readonly index: number; readonly error: ApiError }[] = [];
      for (const part of partsOf(jobs, mostOfRequest)) {
        const key = idempotencyKey === undefined ? {} : { idempotencyKey: `${idempotencyKey}/${runs.length}` };
        const { results } = await client.bulkTasks(
          { body: { action: 'create', jobs: part }, ...key }, { ...(signal && { signal }) },
        );
        for (const { id, error } of results) {
          if (id === null) failures.push({ index: runs.length, error: errorOf(error) });
          runs.push(id === null ? null : runOf(definition, id));
        }
      }
      if (failures.length > 0) throw new NotAllCreated(runs, failures);
      return runs as TaskRun<any>[];
    },
  };
}

function taskRun<I extends Schema<any, any>, O extends Schema<any, any>>(
  client: Client, endings: Endings, { output }: TaskDefinition<I, O>, id: string,
): TaskRun<OutputOf<O>> {
  const params = { id };
  return {
    id,
    get: (options) => client.getTask({ params }, options),
    events: ({ after = 0, ...options } = {}) => client.taskEvents({ params, query: { after } }, options),
    cancel: (options) => client.cancelTask({ params }, options),
    async result(options = {}) {
      const task = await endOf((signal) => endOfRequested(client, endings, id, signal), id, options);
      if (task.status === 'failed') throw new TaskFailed(task);
      if (task.status === 'canceled') throw new TaskCanceled(task);
      if (output === undefined) return task.result as OutputOf<O>;
      // The handler's side has checked it: another version of the definition may be in use there.
      const checked = await check(output, task.result, 'result');
      if (checked.ok) return checked.value;
      const message = `The result of task ${id} does not fit its type: ${sentenceOf(checked.fields)}`;
      throw new ApiError('unexpected_answer', message, { details: { fields: checked.fields } });
    },
  };
}

/** Of one that another program may have stored a request for (see `enqueue`), whose turn has not come. */
async function endOfRequested(client: Client, endings: Endings, id: string, signal?: AbortSignal): Promise<Task> {
  // It may become the task between the two looks.
  for (let missed = 0; ; ) {
    try {
      return await endings.of(id, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const request = await client.getTaskRequest({ params: { id } }, { ...(signal && { signal }) }).catch(orNull);
      const refused = request?.error;
      if (refused) throw new ApiError(refused.code, refused.message, { details: refused.details ?? {} });
      missed = request === null ? missed + 1 : 0;
      if (missed > 1) throw error;
      await pause(requestPauseMs, signal).catch(() => {});
    }
  }
}

function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'not_found';
}

function orNull(error: unknown): null {
  if (isNotFound(error)) return null;
  throw error;
}

/** Between two looks at a request. Milliseconds. */
const requestPauseMs = 100;

async function endOf(
  wait: (signal?: AbortSignal) => Promise<Task>, id: string, { signal, timeoutMs }: ResultOptions,
): Promise<Task> {
  if (timeoutMs === undefined) return wait(signal);
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    return await wait(signal === undefined ? limit : AbortSignal.any([signal, limit]));
  } catch (error) {
    if (!limit.aborted || signal?.aborted) throw error;
    throw new ApiError('timeout', `Task ${id} has not ended within ${timeoutMs} ms; it continues.`, { cause: error });
  }
}

export async function submissionsOf<I extends Schema<any, any>>(
  definition: TaskOptions<I, any>, all: readonly InputOf<I>[], more: Omit<RunOptions, 'idempotencyKey' | 'signal'>,
): Promise<readonly Submission[]> {
  const read = await submissions(definition, all, more);
  if (read.ok) return read.value;
  const message = `The data does not fit task ${definition.type}: ${sentenceOf(read.fields)}`;
  throw new ApiError('invalid_request', message, { details: { fields: read.fields } });
}

function errorOf(error: { readonly code: string; readonly message: string } | undefined): ApiError {
  const code = (error?.code ?? 'unexpected_answer') as ApiError['code'];
  return new ApiError(code, error?.message ?? 'No reason was given.');
}

const mostOfRequest = 1_000;
