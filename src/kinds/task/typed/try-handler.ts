import { plainJson } from '../../../contract/input/plain-json.ts';
import { Problems } from '../../../contract/input/problems.ts';
import type { ChildOptions, Handler, LogLevel, TaskContext } from './handler.ts';
import { sentenceOf } from './schema.ts';
import { taskLogger } from './task-logger.ts';

/** What a test may say of the attempt; each has a default that suits most tests. */
export interface TestOptions {
  readonly id?: string;
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly createdAt?: Date;
  readonly createdById?: string;
  readonly totalItems?: number | null;
  /** What steps gave in earlier attempts, by name. */
  readonly steps?: Readonly<Record<string, unknown>>;
  /** What children give, by the name of their task's type; a function is given their data. */
  readonly children?: Readonly<Record<string, unknown>>;
  /** Aborting it is what a cancel or a timeout does: its reason is that of `ctx.signal`. */
  readonly signal?: AbortSignal;
}

/** What an attempt without a server has said and done. */
export interface Tried<Result> {
  readonly result: Result;
  /** The latest one; null: none was reported. */
  readonly progress: { readonly processed: number; readonly total: number | null } | null;
  readonly log: readonly { readonly level: LogLevel; readonly message: string }[];
  readonly errors: readonly { readonly item: string | null; readonly message: string }[];
  readonly costMicroUsd: number;
  /** The children it has started, in order. */
  readonly children: readonly { readonly type: string; readonly name: string | null; readonly data: unknown }[];
  /** How long it has slept in all, milliseconds: a test does not wait for it. */
  readonly sleptMs: number;
  /** The results of all steps that are done, by name: what the next attempt would find. */
  readonly steps: Readonly<Record<string, unknown>>;
}

type Task = string | { readonly type: string };

/** Runs a handler once with what a worker would give it, and notes what it says. */
export async function tryHandler<Result>(
  type: string, handler: Handler, data: unknown, options: TestOptions = {},
): Promise<Tried<Result>> {
  const {
    id = crypto.randomUUID(), attempt = 1, maxAttempts = 3, createdAt = new Date(), createdById = 'test',
    totalItems = null, signal = new AbortController().signal,
  } = options;
  const log: Tried<Result>['log'][number][] = [];
  const errors: Tried<Result>['errors'][number][] = [];
  let progress: Tried<Result>['progress'] = null;
  let costMicroUsd = 0;
  let sleptMs = 0;
  const started: Tried<Result>['children'][number][] = [];
  const child = async (task: Task, given: unknown, name: string | null): Promise<never> => {
    signal.throwIfAborted();
    const childType = typeof task === 'string' ? task : task.type;
    const sent = asJson(given, `data of ${childType}`);
    started.push({ type: childType, name, data: sent });
    const { children = {} } = options;
    if (!Object.hasOwn(children, childType)) {
      throw new TypeError(`The test says nothing of children of type ${childType}: give { children: { … } }`);
    }
    const answer = children[childType];
    const result: unknown = typeof answer === 'function' ? await answer(sent) : answer;
    return asJson(result ?? null, `result of ${childType}`) as never;
  };
  const steps = new Map(Object.entries(options.steps ?? {}));
  const line = (level: LogLevel, message: string): void => void log.push({ level, message: String(message) });
  const ctx: TaskContext = {
    attempt, signal,
    progress: async (processed, total) => {
      signal.throwIfAborted();
      progress = { processed, total: total ?? progress?.total ?? totalItems };
    },
    error: (item, error) => void errors.push({
      item: item === null ? null : String(item), message: error instanceof Error ? error.message : String(error),
    }),
    log: (first: string, second?: string) =>
      (second === undefined ? line('info', first) : line(first as LogLevel, second)),
    step: async (name, work) => {
      signal.throwIfAborted();
      if (!steps.has(name)) steps.set(name, asJson((await work()) ?? null, `step ${name}`));
      return structuredClone(steps.get(name)) as never;
    },
    run: (task: Task, given: unknown, more?: ChildOptions) => child(task, given, more?.name ?? null),
    runAll: async (task: Task, all: readonly unknown[], more?: ChildOptions) => {
      const results: never[] = [];
      for (const given of all) results.push(await child(task, given, more?.name ?? null));
      return results;
    },
    sleep: async (until) => {
      signal.throwIfAborted();
      sleptMs += Math.max(0, until instanceof Date ? until.getTime() - Date.now() : until);
    },
    cost: (microUsd) => void (costMicroUsd += microUsd),
    logger: taskLogger(line),
  };
  const job = {
    id, type, data: asJson(data, 'data'), attempt, maxAttempts, createdAt: createdAt.toISOString(), createdById,
    totalItems, traceparent: null,
  };
  const result = asJson((await handler(job, ctx)) ?? null, 'result') as Result;
  return { result, progress, log, errors, costMicroUsd, children: started, sleptMs, steps: Object.fromEntries(steps) };
}

function asJson(value: unknown, name: string): unknown {
  const problems = new Problems();
  const json = plainJson(value, name, problems);
  if (problems.found) throw new TypeError(`This is not JSON: ${sentenceOf(problems.fields())}`);
  return json;
}
