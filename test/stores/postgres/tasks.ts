import { expect } from 'vitest';
import { ref } from '../../../src/application/write-path/refs.ts';
import type { Operation } from '../../../src/application/write-path/write-path.ts';
import { ok, refuse } from '../../../src/domain/errors.ts';
import { foldAll } from '../../../src/domain/job/fold.ts';
import type { RecordedEvent } from '../../../src/domain/job/job.ts';
import { task } from '../../../src/kinds/task/domain/kind.ts';
import type { TaskCommand, TaskEvent, TaskInput, TaskJob } from '../../../src/kinds/task/domain/types.ts';
import type { Store } from '../../../src/ports/store/store.ts';
import type { ClaimOptions } from '../../../src/ports/store/work-store.ts';

export const now = Date.UTC(2026, 10, 22);
const by = { actor: 'test', correlationId: 'test' };

/** Tasks by the real write path, for tests in which several servers change the same ones. */
export function creatingTask(id: string, jobType: string, concurrencyKey: string | null = null): Operation<string> {
  const input: TaskInput = {
    data: { rows: 3 }, priority: 0, maxAttempts: 3, backoff: { firstMs: 1_000, maxMs: 60_000 }, timeoutMs: null,
    dedupeKey: null, concurrencyKey, onDependencyFailure: 'cancel', webhookUrl: null, scheduleId: null, dependsOn: [],
  };
  return {
    ...by,
    reads: [],
    decide: (draft) => {
      const created = draft.createJob(task, id, {
        type: 'create', ownerId: 'user-1', traceparent: null, jobType, input, runAt: now, totalItems: null,
        waitsFor: [],
      });
      return created.ok ? ok(id) : created;
    },
  };
}

/** Answers the state after the command. */
export function commandingTask(id: string, command: (job: TaskJob) => TaskCommand): Operation<string> {
  return {
    ...by,
    reads: [ref.job(id)],
    decide: (draft) => {
      const job = draft.job(task, id);
      if (job === null) return refuse('not_found', 'no such task');
      const after = draft.changeJob(task, job, command(job as TaskJob));
      return after.ok ? ok(after.value.state) : after;
    },
  };
}

export function asked(changes: Partial<ClaimOptions> = {}): ClaimOptions {
  const { claims } = task.lifecycle;
  return { kind: 'task', claims, types: ['a'], limit: 10, workerId: 'worker-1', now, leaseMs: 60_000, ...changes };
}

/** The job as it is stored, which is what its events say. */
export async function faithful(store: Store, id: string): Promise<TaskJob> {
  const [job, events] = await Promise.all([store.jobs.get(id), store.jobs.events(id, { after: 0, limit: 1_000 })]);
  expect(foldAll(task, events as readonly RecordedEvent<TaskEvent>[])).toEqual(job);
  return job as TaskJob;
}
