import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { cancelChildren } from '../../../domain/job/children.ts';
import { addDependent, dependencyEnded, tellDependents } from '../../../domain/job/dependencies.ts';
import type { Job } from '../../../domain/job/job.ts';
import { webhookTopic, type Decision, type Effect } from '../../../domain/job/kind.ts';
import type { Work } from '../../../domain/job/work.ts';
import { backoffMs } from '../../../domain/retry.ts';
import { taskLifecycle } from './lifecycle.ts';
import { errorFacts } from './error-facts.ts';
import {
  inputOf, type ErrorFacts, type Fenced, type TaskCommand, type TaskEvent, type TaskFields, type TaskInput,
} from './types.ts';

/** Of one task, whose steps are read and written with it. */
export const stepLimits = { steps: 100, length: 256 * 1_024 } as const;
/** Tasks that the handler of one may start, and how many may be above one. */
export const childLimits = { children: 1_000, depth: 10 } as const;
/** Most tasks of one bulk request. */
export const bulkLimit = 1_000;

type Decided = Result<Decision<TaskEvent>>;
type Task = Job<TaskFields>;
type Command<T extends TaskCommand['type']> = TaskCommand & { readonly type: T };

const nothing: Decision<TaskEvent> = { events: [], effects: [] };

export function create(command: Command<'create'>, now: number): Decided {
  const { ownerId, traceparent, jobType, input, labels = {}, runAt, totalItems, waitsFor, parentId } = command;
  const work = workOf(inputOf(command), Math.max(runAt, now), { blocked: waitsFor.length > 0 });
  return ok({
    events: [{
      type: 'TaskCreated', state: 'pending', ownerId, traceparent, jobType, input, runAt, totalItems, waitsFor,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(parentId !== undefined && { parentId }),
    }],
    effects: [{ type: 'offer-work', work }],
  });
}

export function decide(job: Task, command: TaskCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
      return ok(nothing);
    case 'cancel':
      return cancel(job);
    case 'retry':
      return retry(job, command, now);
    case 'addDependent':
      return addDependent(job, command);
    case 'dependencyEnded':
      return ok(afterDependency(job, command, now));
    case 'expire':
    case 'correctDeadline':
      // Tasks have no deadline.
      return ok(nothing);
    case 'loseLease':
      // Whoever saw the lease run out may have looked before the job went on.
      return isHeldBy(job, command) ? ok(loseLease(job, command, now)) : ok(nothing);
    default:
      return isHeldBy(job, command) ? fromWorker(job, command, now) : leaseLost(job);
  }
}

type FromWorker = Exclude<Extract<TaskCommand, Fenced>, Command<'loseLease'>>;

/** What only the worker that has the job may say. */
function fromWorker(job: Task, command: FromWorker, now: number): Decided {
  switch (command.type) {
    case 'progress': {
      const { processed, total } = command;
      return note(job, command, { type: 'ProgressReported', processed, total });
    }
    case 'error': {
      const error = { at: now, ...(command.item !== null && { item: command.item }), ...errorFacts(command) };
      return note(job, command, { type: 'ErrorReported', error });
    }
    case 'cost': {
      const { microUsd } = command;
      const costMicroUsd = job.costMicroUsd + microUsd;
      if (costMicroUsd > Number.MAX_SAFE_INTEGER) {
        const fields = { microUsd: `must be at most ${Number.MAX_SAFE_INTEGER} in total with earlier costs` };
        return refuse('invalid_request', `The microUsd ${fields.microUsd}.`, { fields });
      }
      return note(job, command, { type: 'CostReported', microUsd, costMicroUsd });
    }
    case 'step':
      return step(job, command, now);
    case 'startChild':
      return startChild(job, command);
    case 'suspend':
      return ok(suspend(job, command, now));
    case 'complete':
      return ok(complete(job, command));
    case 'fail':
      return ok(fail(job, command, now));
    case 'release':
      return ok(release(job, command, now));
  }
}

/** Recorded once: whoever says it again, in whichever attempt, has the first result kept. */
function step(job: Task, { token, name, result, tookMs }: Command<'step'>, now: number): Decided {
  const { steps = [] } = job.fields;
  if (steps.some((known) => known.name === name)) return ok(nothing);
  const length = steps.reduce((sum, known) => sum + lengthOf(known.result), lengthOf(result));
  if (steps.length === stepLimits.steps) {
    const fields = { name: `must be that of one of at most ${stepLimits.steps} steps` };
    return refuse('invalid_request', `A task keeps at most ${stepLimits.steps} steps.`, { fields });
  }
  if (length > stepLimits.length) {
    const fields = { result: `must have at most ${stepLimits.length} characters of JSON with those of earlier steps` };
    return refuse('invalid_request', `The result of step ${name} ${fields.result}.`, { fields });
  }
  const done = { name, at: now, attempt: job.attempt, result, ...(tookMs !== null && { tookMs }) };
  return ok({ events: [{ type: 'StepCompleted', step: done, lease: { token } }], effects: [] });
}

function lengthOf(result: unknown): number {
  return JSON.stringify(result).length;
}

function startChild({ fields }: Task, { token, childId }: Command<'startChild'>): Decided {
  const most = childLimits.children;
  if ((fields.children ?? 0) >= most) {
    return refuse('invalid_request', `The handler of a task may start at most ${most} tasks.`, {
      fields: { tasks: `at most ${most} in all` },
    });
  }
  if (fields.cancelRequested) return refuse('conflict', 'The task is to be canceled: it starts no others.');
  return ok({ events: [{ type: 'ChildStarted', childId, lease: { token } }], effects: [] });
}

/** The attempt goes on: it counts once, however often it was suspended. */
function suspend(job: Task, { token, sleepMs, waitsFor }: Command<'suspend'>, now: number): Decision<TaskEvent> {
  if (job.fields.cancelRequested) return stopped(job, token);
  const runAt = now + sleepMs;
  const work = workOf(inputOf(job), runAt, { blocked: waitsFor.length > 0, pauseMs: sleepMs });
  return {
    events: [{
      type: 'TaskSuspended', state: 'pending', attempt: job.attempt - 1, runAt, sleepMs, waitsFor, lease: { token },
    }],
    effects: [{ type: 'offer-work', work }],
  };
}

/** A worker that did not hear the answer says it again, under the same number. */
function note(
  { fields: { lastNote = null } }: Task,
  { token, number }: Extract<TaskCommand, { type: 'progress' | 'error' | 'cost' }>,
  event: Extract<TaskEvent, { type: 'ProgressReported' | 'ErrorReported' | 'CostReported' }>,
): Decided {
  if (number === undefined) return ok({ events: [event], effects: [] });
  if (lastNote !== null && lastNote.token === token && number <= lastNote.number) return ok(nothing);
  return ok({ events: [{ ...event, lease: { token, number } }], effects: [] });
}

function isHeldBy(job: Task, { token }: Fenced): boolean {
  return job.lease !== null && job.lease.token === token;
}

function leaseLost(job: Task): Decided {
  const why = job.state === 'processing' ? 'another worker has the job' : `the job is ${job.state}`;
  return refuse('lease_lost', `The lease is no longer valid: ${why}.`, { state: job.state });
}

function cancel(job: Task): Decided {
  if (isEnded(job)) return hasEnded(job, 'canceled');
  if (job.state === 'pending') return ok(end(job, { type: 'TaskCanceled', state: 'canceled', reason: 'requested' }));
  if (job.fields.cancelRequested) return ok(nothing);
  return ok({ events: [{ type: 'CancelRequested' }], effects: [{ type: 'request-cancel' }] });
}

function retry(job: Task, { waitsFor }: Command<'retry'>, now: number): Decided {
  if (job.state !== 'failed' && job.state !== 'canceled') {
    return refuse('invalid_state', `Cannot retry: the job is ${job.state}, but must be failed or canceled.`, {
      state: job.state,
    });
  }
  return ok({
    events: [{ type: 'TaskRetried', state: 'pending', attempt: 0, runAt: now, waitsFor }],
    effects: [{ type: 'offer-work', work: workOf(inputOf(job), now, { blocked: waitsFor.length > 0 }) }],
  });
}

function afterDependency(job: Task, command: Command<'dependencyEnded'>, now: number): Decision<TaskEvent> {
  if (job.state !== 'pending') return nothing;
  const input = inputOf(job);
  const { runAt, suspended } = job.fields;
  const dueAt = runAt <= job.createdAt ? now : Math.max(runAt, now);
  return dependencyEnded<TaskEvent>(job, command, {
    // How those ended that it started itself, its handler wants to know.
    onFailure: suspended !== undefined ? 'run' : input.onDependencyFailure,
    // One that was due when it was made does not wait for a clock that was ahead then.
    begin: () => [{ type: 'offer-work', work: workOf(input, dueAt, { pauseMs: suspended?.sleepMs ?? null }) }],
    cancel: (reason) => end(job, { type: 'TaskCanceled', state: 'canceled', reason }),
  });
}

function complete(job: Task, { token, result }: Command<'complete'>): Decision<TaskEvent> {
  if (job.fields.cancelRequested) return stopped(job, token);
  return end(job, { type: 'TaskCompleted', state: 'completed', result, lease: { token } });
}

/** A job whose cancel was requested, and whose handler has stopped, or is not heard of. */
function stopped(job: Task, token: number | null): Decision<TaskEvent> {
  return end(job, { type: 'TaskCanceled', state: 'canceled', reason: 'requested', ...saidBy(token) });
}

function saidBy(token: number | null): Pick<TaskEvent, 'lease'> {
  return token === null ? {} : { lease: { token } };
}

function fail(job: Task, command: Command<'fail'>, now: number): Decision<TaskEvent> {
  const { token, retry: again, retryAfterMs, random } = command;
  const facts = errorFacts(command);
  return attemptFailed(job, { facts, token, again, pauseMs: retryAfterMs ?? pauseOf(job, random) }, now);
}

function loseLease(job: Task, { timedOut, random }: Command<'loseLease'>, now: number): Decision<TaskEvent> {
  const { timeoutMs } = inputOf(job);
  const message = timedOut
    ? `The attempt took longer than its ${timeoutMs} ms.`
    : 'The worker sent no heartbeat in time.';
  const pauseMs = timedOut ? pauseOf(job, random) : 0;
  return attemptFailed(job, { facts: { message }, token: null, again: true, pauseMs }, now);
}

interface Failure {
  readonly facts: ErrorFacts;
  /** Null when its worker did not say so. */
  readonly token: number | null;
  readonly again: boolean;
  readonly pauseMs: number;
}

function attemptFailed(job: Task, { facts, token, again, pauseMs }: Failure, now: number): Decision<TaskEvent> {
  if (job.fields.cancelRequested) return stopped(job, token);
  const error = { at: now, ...facts };
  const input = inputOf(job);
  if (!again || job.attempt >= input.maxAttempts) {
    return end(job, { type: 'TaskFailed', state: 'failed', error, ...saidBy(token) });
  }
  const runAt = now + pauseMs;
  return {
    events: [{ type: 'AttemptFailed', state: 'pending', error, runAt, ...saidBy(token) }],
    effects: [{ type: 'offer-work', work: workOf(input, runAt, { pauseMs }) }],
  };
}

function release(job: Task, { token }: Fenced, now: number): Decision<TaskEvent> {
  if (job.fields.cancelRequested) return stopped(job, token);
  return {
    events: [{ type: 'TaskReleased', state: 'pending', attempt: job.attempt - 1, lease: { token } }],
    effects: [{ type: 'offer-work', work: workOf(inputOf(job), now) }],
  };
}

function pauseOf(job: Task, random: number): number {
  return backoffMs(inputOf(job).backoff, Math.max(1, job.attempt), random);
}

type End = Extract<TaskEvent, { state: 'completed' | 'failed' | 'canceled' }>;

function end(job: Task, event: End): Decision<TaskEvent> {
  const { dedupeKey, webhookUrl } = inputOf(job);
  const effects: Effect[] = [{ type: 'withdraw-work' }];
  if (dedupeKey !== null) effects.push({ type: 'release-key', ...dedupeRecord(job.ownerId, job.type, dedupeKey) });
  effects.push(...tellDependents(job, event.state === 'completed' ? 'succeeded' : event.state));
  if (event.state === 'canceled') effects.push(...cancelChildren(job));
  if (webhookUrl !== null) effects.push({ type: 'post', topic: webhookTopic, payload: { version: job.version + 1 } });
  return { events: [event], effects };
}

/** Under which record a task with a dedupe key is known while it has not ended. */
export function dedupeRecord(
  ownerId: string,
  jobType: string,
  dedupeKey: string,
): { readonly scope: string; readonly key: string } {
  return { scope: `${encodeURIComponent(ownerId)}:dedupe:${jobType}`, key: dedupeKey };
}

function workOf(
  { priority, concurrencyKey, timeoutMs }: TaskInput,
  dueAt: number,
  { blocked = false, pauseMs = null }: { readonly blocked?: boolean; readonly pauseMs?: number | null } = {},
): Work {
  return { blocked, priority, dueAt, pauseMs, concurrencyKey, timeoutMs };
}

function isEnded({ state }: Task): boolean {
  return taskLifecycle.isTerminal(state as never);
}

function hasEnded(job: Task, what: string): Decided {
  return refuse('conflict', `The job cannot be ${what}: it has ended as ${job.state}.`, {
    state: job.state,
  });
}

/** Progress in percent: never above 99 before the task is completed. */
export function percentOf({ state, fields }: Pick<Task, 'state' | 'fields'>): number {
  const { processedItems = 0, totalItems = null } = fields;
  if (state === 'completed') return 100;
  if (totalItems === null || totalItems === 0) return 0;
  return Math.min(99, Math.floor((100 * processedItems) / totalItems));
}
