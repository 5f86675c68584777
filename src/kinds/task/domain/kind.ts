import { withDependent, withoutDependency } from '../../../domain/job/dependencies.ts';
import type { Evolution, Kind } from '../../../domain/job/kind.ts';
import { create, decide } from './decide.ts';
import { taskLifecycle } from './lifecycle.ts';
import { inputOf, type ErrorEntry, type TaskCommand, type TaskEvent, type TaskFields } from './types.ts';

/** How many entries the error log keeps: the newest. */
export const errorLogLength = 100;
/** Of how many, the newest, it keeps the stack. */
const keptStacks = 10;

export const task: Kind<TaskFields, TaskCommand, TaskEvent> = {
  name: 'task',
  lifecycle: taskLifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create,
  decide,
  begin: ({ runAt, totalItems, waitsFor }) => ({
    runAt,
    ...(totalItems !== null && { totalItems }),
    ...(waitsFor.length > 0 && { waitsFor }),
  }),
  evolve: ({ fields }, event) => evolve(fields, event),
  itemCount: () => 0,
  logged: ({ phase, fields }) => ({
    costEstimate: 0,
    error: phase === 'failed' ? (fields.errorLog?.at(-1)?.message ?? null) : null,
  }),
  labels: ({ labels = {} }) => labels,
  dependsOn: (job) => inputOf(job).dependsOn,
  dependents: ({ fields }) => fields.dependents ?? [],
  webhookUrl: (job) => inputOf(job).webhookUrl,
};

function evolve(fields: TaskFields, event: TaskEvent): Evolution<TaskFields> {
  switch (event.type) {
    case 'TaskCreated':
      return { fields };
    case 'TaskStarted':
      return { fields, started: true };
    case 'ProgressReported': {
      const { processed: processedItems, total } = event;
      return { fields: { ...fields, ...noted(event), processedItems, ...(total !== null && { totalItems: total }) } };
    }
    case 'ErrorReported':
      return { fields: { ...fields, ...noted(event), errorLog: withError(fields, event.error) } };
    case 'CostReported':
      return { fields: { ...fields, ...noted(event) } };
    case 'StepCompleted':
      return { fields: { ...fields, steps: [...(fields.steps ?? []), event.step] } };
    case 'ChildStarted':
      return { fields: { ...fields, children: (fields.children ?? 0) + 1 } };
    case 'TaskSuspended': {
      const { runAt, waitsFor, sleepMs } = event;
      return { fields: { ...fields, ...by(event), runAt, waitsFor, suspended: { sleepMs } } };
    }
    case 'DependentAdded':
      return { fields: withDependent(fields, event) };
    case 'DependencyEnded':
      return { fields: withoutDependency(fields, event) };
    case 'CancelRequested':
      return { fields: { ...fields, cancelRequested: true } };
    case 'AttemptFailed': {
      const { error, runAt } = event;
      // The next attempt begins from the start.
      const errorLog = withError(fields, error);
      return { fields: { ...begunAnew(fields), ...by(event), errorLog, runAt } };
    }
    case 'TaskReleased':
      return { fields: { ...begunAnew(fields), ...by(event) } };
    case 'TaskCompleted':
      return { fields: { ...ended(fields), ...by(event), ...(event.result !== null && { result: event.result }) } };
    case 'TaskFailed':
      return { fields: { ...ended(fields), ...by(event), errorLog: withError(fields, event.error) } };
    case 'TaskCanceled':
      return { fields: { ...ended(fields), ...by(event), cancelReason: event.reason, waitsFor: [] } };
    case 'TaskRetried': {
      const { runAt, waitsFor } = event;
      return {
        fields: {
          ...begunAnew(fields), runAt, waitsFor, cancelRequested: false, cancelReason: null, retriedAt: runAt,
        },
      };
    }
  }
}

/** Of an attempt that is to begin from the start. */
function begunAnew({ suspended: _, ...fields }: TaskFields): TaskFields {
  return fields.processedItems === undefined ? fields : { ...fields, processedItems: 0 };
}

/** Nobody waits for it any more. */
function ended(fields: TaskFields): TaskFields {
  return fields.dependents === undefined ? fields : { ...fields, dependents: [] };
}

function by({ lease }: TaskEvent): Pick<TaskFields, 'lastToken'> | undefined {
  return lease === undefined ? undefined : { lastToken: lease.token };
}

function noted({ lease }: TaskEvent): Pick<TaskFields, 'lastNote'> | undefined {
  if (lease?.number === undefined) return undefined;
  return { lastNote: { token: lease.token, number: lease.number } };
}

function withError({ errorLog = [] }: TaskFields, error: ErrorEntry): readonly ErrorEntry[] {
  const entries = [...errorLog, error].slice(-errorLogLength);
  return entries.map((entry, index) => (index < entries.length - keptStacks ? withoutStack(entry) : entry));
}

function withoutStack(entry: ErrorEntry): ErrorEntry {
  if (entry.stack === undefined) return entry;
  const { stack: _, ...rest } = entry;
  return rest;
}
