import { ok, refuse, type Result } from '../../domain/errors.ts';
import {
  addDependent, dependencyEnded, tellDependents, withDependent, withoutDependency, type DependencyEnded,
  type DependentAdded, type DependentsField, type OnDependencyFailure, type WaitsForField,
} from '../../domain/job/dependencies.ts';
import type { Job, JobBirth, JobEvent } from '../../domain/job/job.ts';
import { webhookTopic, type Decision, type Effect, type Evolution, type Kind, type StandardCommand } from
  '../../domain/job/kind.ts';
import type { Work } from '../../domain/job/work.ts';
import { defineLifecycle, type EndPhase } from '../../domain/lifecycle.ts';
import { backoffMs, type Backoff } from '../../domain/retry.ts';

/** What was submitted. */
export interface ErrandInput {
  readonly data: unknown;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly timeoutMs: number | null;
  readonly concurrencyKey: string | null;
  /** While an errand of the type with this key has not ended, another one is not made. */
  readonly dedupeKey: string | null;
  readonly webhookUrl: string | null;
  readonly dependsOn: readonly string[];
  readonly onDependencyFailure: OnDependencyFailure;
}

export interface ErrandFields extends DependentsField, WaitsForField {
  /** It is not begun before. */
  readonly runAt: number;
  readonly errors: readonly { readonly at: number; readonly message: string }[];
  readonly result: unknown;
  readonly cancelRequested: boolean;
}

export type ErrandJob = Job<ErrandFields> & { readonly input: ErrandInput };

/** By the worker that has the job: the fencing token of its lease. */
interface Fenced {
  readonly token: number;
}

export type ErrandCommand =
  | StandardCommand
  | {
      readonly type: 'create';
      readonly ownerId: string;
      readonly jobType: string;
      readonly input: ErrandInput;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    }
  | (Fenced & { readonly type: 'progress'; readonly done: number })
  | (Fenced & { readonly type: 'complete'; readonly result: unknown })
  /** `retryAfterMs`: null for as long as its backoff says. */
  | (Fenced & {
      readonly type: 'fail';
      readonly message: string;
      readonly retryAfterMs: number | null;
      readonly random: number;
    })
  /** Not begun, or cut short: the attempt does not count. */
  | (Fenced & { readonly type: 'release' });

export type ErrandEvent =
  | (JobBirth & {
      readonly type: 'ErrandMade';
      readonly input: ErrandInput;
      readonly runAt: number;
      readonly waitsFor: readonly string[];
    })
  | (JobEvent & { readonly type: 'ErrandStarted' | 'CancelRequested' | 'ErrandReleased' | 'ErrandCanceled' })
  | DependentAdded
  | DependencyEnded
  | (JobEvent & { readonly type: 'ProgressMade'; readonly done: number })
  | (JobEvent & { readonly type: 'ErrandCompleted'; readonly result: unknown })
  | (JobEvent & {
      readonly type: 'AttemptFailed';
      readonly error: { readonly at: number; readonly message: string };
      readonly runAt: number;
    })
  | (JobEvent & { readonly type: 'ErrandRetried'; readonly runAt: number; readonly waitsFor: readonly string[] });

type FromWorker = Extract<ErrandCommand, Fenced>;
type Decided = Result<Decision<ErrandEvent>>;
const nothing: Decision<ErrandEvent> = { events: [], effects: [] };

const lifecycle = defineLifecycle({
  kind: 'errand',
  states: {
    pending: { phase: 'waiting', description: 'Waits for a worker, its time, a free slot, or other jobs.' },
    processing: { phase: 'active', description: 'A worker has it.' },
    completed: { phase: 'succeeded', description: 'Its worker did it.' },
    failed: { phase: 'failed', description: 'Its last attempt failed.' },
    canceled: { phase: 'canceled', description: 'Canceled on request.' },
  },
  transitions: [
    { from: null, command: 'create', to: 'pending' },
    { from: 'pending', command: 'claim', to: 'processing' },
    { from: 'pending', command: 'cancel', to: 'canceled' },
    { from: 'pending', command: 'dependencyEnded', to: 'canceled' },
    { from: 'processing', command: 'complete', to: 'completed' },
    { from: 'processing', command: 'complete', to: 'canceled' },
    { from: 'processing', command: 'fail', to: 'pending' },
    { from: 'processing', command: 'fail', to: 'failed' },
    { from: 'processing', command: 'fail', to: 'canceled' },
    { from: 'processing', command: 'release', to: 'pending' },
    { from: 'processing', command: 'release', to: 'canceled' },
    { from: 'processing', command: 'loseLease', to: 'pending' },
    { from: 'processing', command: 'loseLease', to: 'failed' },
    { from: 'processing', command: 'loseLease', to: 'canceled' },
    { from: 'failed', command: 'retry', to: 'pending', reopens: true },
    { from: 'canceled', command: 'retry', to: 'pending', reopens: true },
  ],
  claims: [{ from: 'pending', to: 'processing', event: 'ErrandStarted' }],
});

/** Is claimed by workers under a lease, and tried again after a backoff. */
export const errand: Kind<ErrandFields, ErrandCommand, ErrandEvent> = {
  name: lifecycle.kind,
  lifecycle,
  access: { role: 'user', sees: 'own' },
  internal: false,
  create: ({ ownerId, jobType, input, runAt, waitsFor }, now) => ok({
    events: [{ type: 'ErrandMade', state: 'pending', ownerId, traceparent: null, jobType, input, runAt, waitsFor }],
    effects: [offer(input, Math.max(runAt, now), null, waitsFor.length > 0)],
  }),
  decide: (job, command, now) => decide(job as ErrandJob, command, now),
  begin: ({ runAt, waitsFor }) => ({
    runAt, waitsFor, dependents: [], errors: [], result: null, cancelRequested: false,
  }),
  evolve: ({ fields }, event) => evolve(fields, event),
  itemCount: () => 0,
  logged: ({ phase, fields }) => ({
    costEstimate: 0, error: phase === 'failed' ? (fields.errors.at(-1)?.message ?? null) : null,
  }),
  dependsOn: ({ input }) => (input as ErrandInput).dependsOn,
  dependents: ({ fields }) => fields.dependents,
  webhookUrl: ({ input }) => (input as ErrandInput).webhookUrl,
};

function decide(job: ErrandJob, command: ErrandCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
    case 'expire':
    case 'correctDeadline':
      return ok(nothing);
    case 'cancel':
      return cancel(job);
    case 'retry': {
      if (job.phase !== 'failed' && job.phase !== 'canceled') return outOfState(job, 'failed or canceled');
      const { waitsFor } = command;
      return ok({
        events: [{ type: 'ErrandRetried', state: 'pending', attempt: 0, runAt: now, waitsFor }],
        effects: [offer(job.input, now, null, waitsFor.length > 0)],
      });
    }
    case 'addDependent':
      return addDependent(job, command);
    case 'dependencyEnded':
      if (job.state !== 'pending') return ok(nothing);
      return ok(dependencyEnded<ErrandEvent>(job, command, {
        onFailure: job.input.onDependencyFailure,
        begin: () => [offer(job.input, Math.max(job.fields.runAt, now), null)],
        cancel: () => canceled(job),
      }));
    default:
      if (job.lease?.token === command.token) return ok(fromWorker(job, command, now));
      return command.type === 'loseLease' ? ok(nothing) : refuse('lease_lost', 'The lease is no longer valid.');
  }
}

function fromWorker(job: ErrandJob, command: FromWorker, now: number): Decision<ErrandEvent> {
  if (command.type === 'progress') return { events: [{ type: 'ProgressMade', done: command.done }], effects: [] };
  if (job.fields.cancelRequested) return canceled(job);
  switch (command.type) {
    case 'complete':
      return ended(job, 'succeeded', { type: 'ErrandCompleted', state: 'completed', result: command.result });
    case 'release':
      return {
        events: [{ type: 'ErrandReleased', state: 'pending', attempt: job.attempt - 1 }],
        effects: [offer(job.input, now, null)],
      };
    case 'fail':
      return failed(job, command.message, command.retryAfterMs ?? pauseOf(job, command.random), now);
    case 'loseLease':
      return command.timedOut
        ? failed(job, 'The attempt took too long.', pauseOf(job, command.random), now)
        : failed(job, 'The worker sent no heartbeat in time.', 0, now);
  }
}

function failed(job: ErrandJob, message: string, pauseMs: number, now: number): Decision<ErrandEvent> {
  const error = { at: now, message };
  const runAt = now + pauseMs;
  if (job.attempt >= job.input.maxAttempts) {
    return ended(job, 'failed', { type: 'AttemptFailed', state: 'failed', error, runAt });
  }
  return {
    events: [{ type: 'AttemptFailed', state: 'pending', error, runAt }],
    effects: [offer(job.input, runAt, pauseMs)],
  };
}

function pauseOf({ input, attempt }: ErrandJob, random: number): number {
  return backoffMs(input.backoff, Math.max(1, attempt), random);
}

function cancel(job: ErrandJob): Decided {
  if (job.state === 'pending') return ok(canceled(job));
  if (job.state !== 'processing') return outOfState(job, 'a state that is not terminal');
  if (job.fields.cancelRequested) return ok(nothing);
  return ok({ events: [{ type: 'CancelRequested' }], effects: [{ type: 'request-cancel' }] });
}

function canceled(job: ErrandJob): Decision<ErrandEvent> {
  return ended(job, 'canceled', { type: 'ErrandCanceled', state: 'canceled' });
}

function ended(job: ErrandJob, phase: EndPhase, event: ErrandEvent): Decision<ErrandEvent> {
  const { dedupeKey, webhookUrl } = job.input;
  const effects: Effect[] = [{ type: 'withdraw-work' }, ...tellDependents(job, phase)];
  if (dedupeKey !== null) effects.push({ type: 'release-key', ...dedupeScope(job.ownerId, job.type), key: dedupeKey });
  if (webhookUrl !== null) effects.push({ type: 'post', topic: webhookTopic, payload: { version: job.version + 1 } });
  return { events: [event], effects };
}

function dedupeScope(ownerId: string, jobType: string): { readonly scope: string } {
  return { scope: `${ownerId}:dedupe:${jobType}` };
}

function offer(input: ErrandInput, dueAt: number, pauseMs: number | null, blocked = false): Effect {
  const { priority, concurrencyKey, timeoutMs } = input;
  const work: Work = { blocked, priority, dueAt, pauseMs, concurrencyKey, timeoutMs };
  return { type: 'offer-work', work };
}

function outOfState({ state }: ErrandJob, needed: string): Decided {
  return refuse('invalid_state', `The errand is ${state}, and this needs ${needed}.`, { state });
}

function evolve(fields: ErrandFields, event: ErrandEvent): Evolution<ErrandFields> {
  switch (event.type) {
    case 'ErrandStarted':
      return { fields, started: true };
    case 'CancelRequested':
      return { fields: { ...fields, cancelRequested: true } };
    case 'DependentAdded':
      return { fields: withDependent(fields, event) };
    case 'DependencyEnded':
      return { fields: withoutDependency(fields, event) };
    case 'ErrandCompleted':
      return { fields: { ...fields, result: event.result, dependents: [] } };
    case 'AttemptFailed': {
      const dependents = event.state === 'failed' ? [] : fields.dependents;
      return { fields: { ...fields, errors: [...fields.errors, event.error], runAt: event.runAt, dependents } };
    }
    case 'ErrandCanceled':
      return { fields: { ...fields, waitsFor: [], dependents: [] } };
    case 'ErrandRetried':
      return { fields: { ...fields, runAt: event.runAt, waitsFor: event.waitsFor, cancelRequested: false } };
    case 'ErrandMade':
    case 'ProgressMade':
    case 'ErrandReleased':
      return { fields };
  }
}
