import type { Backoff } from '../../../domain/retry.ts';
import type { WorkType } from '../../../ports/store/work-store.ts';
import { type WorkLimits, noWorkLimits } from '../../../domain/job/work.ts';
import type { RequestContext } from '../../../application/request.ts';
import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { requireRole } from '../../../application/caller.ts';
import type { DataSchema, TaskDependencies } from './dependencies.ts';
import { task } from '../domain/kind.ts';
import { usualInput } from '../domain/types.ts';
import { maxTypes } from './type-limits.ts';

/** What the kind task has a type's settings say: of tasks that do not say it themselves, and how they are found. */
export interface TaskDefaults {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeoutMs: number | null;
  /** Keys of a task's data that lists find it by; see `searchKey`. */
  readonly searchable: readonly string[];
  /** What new tasks' data is checked by: JSON Schema; null: any data. */
  readonly inputSchema: DataSchema | null;
}

export interface WorkTypeView {
  readonly name: string;
  readonly limits: WorkLimits;
  readonly defaults: TaskDefaults;
  /** Null: as every type is that nothing was said of. */
  readonly updatedAt: number | null;
}

/** What holds for tasks of a type that nothing was said of. */
const standardDefaults: TaskDefaults = {
  maxAttempts: usualInput.maxAttempts,
  backoff: usualInput.backoff,
  timeoutMs: usualInput.timeoutMs,
  searchable: [],
  inputSchema: null,
};

/** `type`: what was said of it, if anything was. */
function workTypeView(name: string, type: WorkType | undefined): WorkTypeView {
  if (type === undefined) return { name, limits: noWorkLimits, defaults: standardDefaults, updatedAt: null };
  const { kind: _, ...rest } = type;
  return { ...rest, defaults: defaultsOf(type) };
}

export function defaultsOf(type: WorkType | undefined): TaskDefaults {
  return type === undefined ? standardDefaults : { ...standardDefaults, ...(type.defaults as Partial<TaskDefaults>) };
}

/** Operators set them; every user may see them. */
export interface WorkTypes {
  list(context: RequestContext): Promise<Result<readonly WorkTypeView[]>>;
  get(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  /** No task of the type begins until it is resumed; those that run go on. Said again, changes nothing. */
  pause(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  resume(context: RequestContext, name: string): Promise<Result<WorkTypeView>>;
  /** What is undefined stays as it is. */
  put(
    context: RequestContext,
    name: string,
    change: { readonly limits?: Partial<WorkLimits>; readonly defaults?: Partial<TaskDefaults> },
  ): Promise<Result<WorkTypeView>>;
}

export function createWorkTypes(deps: TaskDependencies): WorkTypes {
  const { types } = deps;
  const put: WorkTypes['put'] = async ({ caller }, name, change) => {
    const refused = requireRole(caller, 'operator');
    return refused ?? changeType(deps, name, change);
  };
  return {
    list: async () => ok((await types.all(task.name)).map((type) => workTypeView(type.name, type))),
    get: async (_context, name) => ok(workTypeView(name, await types.of(task.name, name))),
    put,
    pause: (context, name) => put(context, name, { limits: { paused: true } }),
    resume: (context, name) => put(context, name, { limits: { paused: false } }),
  };
}

/** Keeps what workers say of their types, where it is news. A schema that cannot be used is left out. */
export async function describeTypes(
  deps: TaskDependencies,
  inputSchemas: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const [name, schema] of Object.entries(inputSchemas)) {
    const problem = deps.schemas.problem(schema);
    const defaults = defaultsOf(await deps.types.of(task.name, name));
    if (problem === null && JSON.stringify(defaults.inputSchema) === JSON.stringify(schema)) continue;
    const put = problem === null && await changeType(deps, name, {
      defaults: { inputSchema: schema as DataSchema },
    });
    if (put === false || !put.ok) {
      const why = put === false ? `it ${problem}` : put.refusal.message;
      deps.logger.warn('the schema of a type is not used', { type: name, why });
    }
  }
}

async function changeType(
  { store, types, clock, signals }: TaskDependencies,
  name: string,
  { limits = {}, defaults = {} }: Parameters<WorkTypes['put']>[2],
): ReturnType<WorkTypes['put']> {
  types.forget();
  const before = workTypeView(name, await types.of(task.name, name));
  if (before.updatedAt === null && (await types.all(task.name)).length >= maxTypes) {
    return refuse('conflict', `The limit of ${maxTypes} types with settings is reached.`);
  }
  const now = clock.now();
  const after = { name, limits: { ...before.limits, ...limits }, defaults: { ...before.defaults, ...defaults } };
  await store.work.putType({ kind: task.name, ...after, updatedAt: now }, now);
  types.forget();
  signals.admission.notify();
  store.wakeUps?.notify('admission');
  return ok({ ...after, updatedAt: now });
}
