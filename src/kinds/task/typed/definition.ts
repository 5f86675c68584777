import type { Handler, Handlers, TaskContext, TaskJob } from './handler.ts';
import type { TaskOptions } from './task-options.ts';
import { tryHandler, type TestOptions, type Tried } from './try-handler.ts';
import { check, jsonSchemaOf, sentenceOf, type InputOf, type OutputOf, type Schema } from './schema.ts';

export type TypedHandler<Input extends Schema<any, any>, Output extends Schema<any, any>> = (
  job: TaskJob<OutputOf<Input>>,
  ctx: TaskContext,
) => InputOf<Output> | Promise<InputOf<Output>>;

/** A type of task: its name and what goes in and comes out. */
export interface TaskDefinition<Input extends Schema<any, any>, Output extends Schema<any, any>>
  extends TaskOptions<Input, Output> {
  /** The definition with what does its tasks, for `createWorker({ tasks })` and for `waybill worker tasks`. */
  handle(handler: TypedHandler<Input, Output>): HandledTask<Input, Output>;
}

/** A task with its handler, whatever its data and its result. */
export interface AnyHandledTask {
  readonly type: string;
  /** Checks the data, runs the handler, checks its result. What does not fit fails the task for good. */
  readonly handler: Handler;
  /** JSON Schema of its data, for servers to check it by; null: its library gives none. */
  readonly inputSchema: Readonly<Record<string, unknown>> | null;
}

export interface HandledTask<Input extends Schema<any, any>, Output extends Schema<any, any>> extends AnyHandledTask {
  /**
   * Runs the handler once, without a server: for tests. The data is what a server would hand out, so it has to be JSON.
   * Rejects with what the handler throws.
   */
  test(data: InputOf<Input>, options?: TestOptions): Promise<Tried<OutputOf<Output>>>;
}

/** Results are any JSON when the definition has no schema for them. */
export type AnyResult = Schema<any, any>;

/** @throws {TypeError} when the type is not a valid name, or the input has no schema */
export function defineTask<Input extends Schema<any, any>, Output extends Schema<any, any> = AnyResult>(
  options: TaskOptions<Input, Output>,
): TaskDefinition<Input, Output> {
  const { type, input, output } = options;
  assertTaskType(type);
  for (const [name, schema] of [['input', input], ['output', output]] as const) {
    if (schema === undefined && name === 'output') continue;
    if (typeof schema?.['~standard']?.validate !== 'function') {
      throw new TypeError(`the ${name} of task ${type} is not a schema: use zod, Valibot, ArkType or another library ` +
        'that implements Standard Schema');
    }
  }
  const definition: TaskDefinition<Input, Output> = {
    ...options,
    handle: (handler) => handled(definition, handler),
  };
  return definition;
}

function handled<Input extends Schema<any, any>, Output extends Schema<any, any>>(
  definition: TaskDefinition<Input, Output>,
  run: TypedHandler<Input, Output>,
): HandledTask<Input, Output> {
  const { type, input, output } = definition;
  if (typeof run !== 'function') throw new TypeError(`the handler of ${type} is not a function`);
  const handler: Handler = async (job, ctx) => {
    const data = await check(input, job.data, 'data');
    if (!data.ok) throw doNotRetry(`The data of the task does not fit its type: ${sentenceOf(data.fields)}`);
    const result = await run({ ...job, data: data.value }, ctx);
    if (output === undefined) return result;
    const checked = await check(output, result, 'result');
    if (!checked.ok) throw doNotRetry(`The handler's result does not fit its type: ${sentenceOf(checked.fields)}`);
    return checked.value;
  };
  return {
    type, handler,
    inputSchema: jsonSchemaOf(input),
    test: (data, testOptions) => tryHandler(type, handler, data, testOptions),
  };
}

/**
 * All handlers by their types.
 *
 * @throws {TypeError} when two are for one type
 */
export function handlersOf(handlers: Handlers, tasks: readonly AnyHandledTask[]): Handlers {
  const all = new Map(Object.entries(handlers));
  for (const { type, handler } of tasks) {
    if (all.has(type)) throw new TypeError(`there are two handlers for tasks of type ${type}`);
    all.set(type, handler);
  }
  return Object.fromEntries(all);
}

/** By type; of those that have one. */
export function inputSchemasOf(tasks: readonly AnyHandledTask[]): Record<string, Readonly<Record<string, unknown>>> {
  const known = tasks.flatMap(({ type, inputSchema }) => (inputSchema === null ? [] : [[type, inputSchema] as const]));
  return Object.fromEntries(known);
}

/** Known by its name, as the class of that name: the same data would not fit the next time. */
function doNotRetry(message: string): Error {
  return Object.assign(new Error(message), { name: 'DoNotRetry' });
}

/** @throws {TypeError} when it is no name of a type */
export function assertTaskType(type: unknown): asserts type is string {
  if (typeof type === 'string' && /^[\w.:/-]{1,100}$/.test(type)) return;
  throw new TypeError(`${JSON.stringify(type)} is not a task type: use letters, digits and _ . : / -`);
}

/** Whether something that a module exports is a task with its handler; whatever copy of this package made it. */
export function isHandledTask(value: unknown): value is AnyHandledTask {
  return hasFunction(value, 'handler') && typeof (value as AnyHandledTask).type === 'string';
}

/** Whether it is a task without one. */
export function isDefinition(value: unknown): value is TaskDefinition<any, any> {
  return hasFunction(value, 'handle') && typeof (value as TaskDefinition<any, any>).type === 'string';
}

function hasFunction(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function';
}
