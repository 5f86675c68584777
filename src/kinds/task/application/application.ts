import { createDispatch, type Dispatch } from '../../../application/work/dispatch.ts';
import { task } from '../domain/kind.ts';
import type { TaskDependencies } from './dependencies.ts';
import { createReporting, type ReportResult, type WorkReport } from './reporting.ts';
import { createTaskRequests, type TaskRequests } from './requests.ts';
import type { Result } from '../../../domain/errors.ts';
import type { TaskSummary } from './queries.ts';
import { startChildren, type NewChild } from './start-children.ts';
import { createTasks, type Tasks } from './tasks.ts';
import { createWorkTypes, describeTypes, type WorkTypes } from './work-types.ts';

/** Hands tasks to workers, and hears what they say of them. */
export interface TaskDispatch extends Dispatch<WorkReport, ReportResult> {
  /** Starts tasks that are parts of one under way, or finds those that were started by the same names. */
  startChildren(
    workerId: string, leaseId: string, children: readonly NewChild[],
  ): Promise<Result<readonly Result<TaskSummary>[]>>;
  /** Keeps the JSON Schemas of what tasks are given, by type. For operators. */
  describe(inputSchemas: Readonly<Record<string, unknown>>): Promise<void>;
}

/** What the server does with jobs of the kind task, and for the workers that do them. */
export interface TaskApplication {
  readonly tasks: Tasks;
  readonly work: TaskDispatch;
  readonly workTypes: WorkTypes;
  /** Absent where no other program can store any. */
  readonly requests?: TaskRequests;
}

/** @param onRequest called when a stored request is to be looked at */
export function createTaskApplication(deps: TaskDependencies, onRequest: () => void): TaskApplication {
  const tasks = createTasks(deps);
  const { requests } = deps.store;
  return {
    tasks,
    work: {
      ...createDispatch(deps, task, createReporting(deps)),
      startChildren: (workerId, leaseId, children) => startChildren(deps, workerId, leaseId, children),
      describe: (inputSchemas) => describeTypes(deps, inputSchemas),
    },
    workTypes: createWorkTypes(deps),
    ...(requests !== undefined && { requests: createTaskRequests(requests, onRequest) }),
  };
}
