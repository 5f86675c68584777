import type { RouteRequest } from '../../../contract/route.ts';
import type { SubmitScheduled } from '../../../application/schedules/dependencies.ts';
import { ok } from '../../../domain/errors.ts';
import type { SubmitTask } from '../application/submit.ts';
import type { Tasks } from '../application/tasks.ts';
import { createReader, type Read } from '../../../contract/input/reader.ts';
import { parseJson } from '../../../contract/input/json.ts';
import { submitTask } from '../contract/tasks.ts';

type NewTask = RouteRequest<typeof submitTask>['body'];

export function submission({ timeout, ...task }: NewTask, idempotencyKey: string | undefined): SubmitTask {
  return {
    ...task,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

const reader = createReader(submitTask);

/** One of several in a body, or in a store. */
export function readTask(json: unknown): Read<NewTask> {
  return reader.body(json);
}

/** What another program has stored, as `POST /api/v1/jobs` reads its body. */
export function readRequest(text: string): Read<SubmitTask> {
  try {
    const read = readTask(parseJson(text));
    return read.ok ? { ok: true, value: submission(read.value, undefined) } : read;
  } catch {
    return { ok: false, fields: { body: 'must be JSON' } };
  }
}

/** Schedules keep their tasks as the contract reads them. */
export function submitScheduled(tasks: Pick<Tasks, 'submit'>): SubmitScheduled {
  return async (context, job, { idempotencyKey, name: _, ...of }) => {
    const submitted = await tasks.submit(context, { ...submission(job as unknown as NewTask, idempotencyKey), ...of });
    return submitted.ok ? ok({ jobId: submitted.value.task.id, isNew: submitted.value.isNew }) : submitted;
  };
}
