import type { Job, RecordedEvent } from '../../../domain/job/job.ts';
import { percentOf } from '../domain/decide.ts';
import { shownData } from '../../../contract/job-event.ts';
import { iso, isoOrNull } from '../../../contract/times.ts';
import { sharedView, type ProgressView } from '../../../contract/job-view.ts';
import type { DeepReadonly } from '../../../contract/route.ts';
import type { z } from 'zod';
import {
  inputOf, type largeTaskFields, type listedTaskJob, type task, type TaskFields, type taskJob, type taskStatus,
} from './task-fields.ts';

type Task = Omit<Job<TaskFields>, 'items' | 'version' | 'traceparent'>;
type TaskView = DeepReadonly<z.output<typeof task>>;
type Status = z.output<typeof taskStatus>;

/** A task as it is answered, and as webhooks send it. What the kind keeps for itself is not in it. */
export function taskView(job: Task): TaskView {
  return { ...partsOf(job), ...payloadOf(job) };
}

/** As lists have it: of what may be large with what was asked for. */
export function listedTaskView(job: Task, fields: readonly (keyof Payload)[]): Listed {
  const view: Listed = partsOf(job);
  if (fields.length === 0) return view;
  const payload = payloadOf(job);
  return { ...view, ...Object.fromEntries(fields.map((name) => [name, payload[name]])) };
}

export type TaskJobView = DeepReadonly<z.output<typeof taskJob>>;

/** As `taskView`, among jobs of all kinds. */
export function taskJobView(job: Task): TaskJobView {
  return { ...taskView(job), progress: jobProgressOf(job) };
}

/** As `listedTaskView`, among jobs of all kinds. */
export function taskJobSummary(
  job: Task,
  fields: readonly (keyof Payload)[],
): DeepReadonly<z.output<typeof listedTaskJob>> {
  return { ...listedTaskView(job, fields), progress: jobProgressOf(job) };
}

function jobProgressOf(job: Task): ProgressView {
  const { processedItems: done = 0, totalItems: total = null } = job.fields;
  return { done, failed: 0, total, percent: percentOf(job) };
}

type Payload = Pick<TaskView, (typeof largeTaskFields)[number]>;
type Listed = Omit<TaskView, keyof Payload> & Partial<Payload>;

function payloadOf(job: Task): Payload {
  const { fields } = job;
  const errorLog = (fields.errorLog ?? []).map((entry) => ({ ...entry, at: iso(entry.at) }));
  const steps = (fields.steps ?? []).map(({ tookMs = null, ...step }) => ({ ...step, at: iso(step.at), tookMs }));
  return { data: inputOf(job).data, errorLog, result: fields.result ?? null, steps };
}

function partsOf(job: Task): Omit<TaskView, keyof Payload> {
  const { type, attempt, endedAt, ownerId, fields } = job;
  const input = inputOf(job);
  return {
    ...sharedView<'task', Status>(job),
    type,
    ...progressView(job),
    priority: input.priority,
    attempt,
    maxAttempts: input.maxAttempts,
    backoff: input.backoff,
    timeout: input.timeoutMs,
    runAt: iso(fields.runAt),
    completedAt: isoOrNull(endedAt),
    createdById: ownerId,
    dedupeKey: input.dedupeKey,
    concurrencyKey: input.concurrencyKey,
    dependsOn: input.dependsOn,
    waitsFor: fields.waitsFor ?? [],
    onDependencyFailure: input.onDependencyFailure,
    webhookUrl: input.webhookUrl,
    cancelRequested: fields.cancelRequested ?? false,
    cancelReason: fields.cancelReason ?? null,
    scheduleId: input.scheduleId,
  };
}

/** What anyone who knows the id may see. */
export function progressView(job: Pick<Task, 'state' | 'fields'>): {
  readonly status: Status;
  readonly progress: number;
  readonly processedItems: number;
  readonly totalItems: number | null;
} {
  const { processedItems = 0, totalItems = null } = job.fields;
  return { status: job.state as Status, progress: percentOf(job), processedItems, totalItems };
}

/** What happened to a task, for those who watch it. Times are as elsewhere. */
export function taskEventView({ occurredAt, body }: RecordedEvent): {
  readonly type: string;
  readonly status: Status | null;
  readonly at: string;
  readonly [name: string]: unknown;
} {
  const { type, state } = body;
  const { runAt, error, ...payload } = shownData(body) as { runAt?: number; error?: { readonly at: number } };
  return {
    ...payload,
    ...(runAt === undefined ? {} : { runAt: iso(runAt) }),
    ...(error === undefined ? {} : { error: { ...error, at: iso(error.at) } }),
    type,
    status: (state as Status | undefined) ?? null,
    at: iso(occurredAt),
  };
}
