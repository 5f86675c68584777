import { ok, refuse, type Result } from '../../../domain/errors.ts';
import { addDependent, dependencyEnded, tellDependents } from '../../../domain/job/dependencies.ts';
import type { Job } from '../../../domain/job/job.ts';
import type { EndPhase } from '../../../domain/lifecycle.ts';
import { webhookTopic, type Decision, type Effect } from '../../../domain/job/kind.ts';
import { clockToleranceMs } from '../../../domain/job/start.ts';
import { backoffMs, type Backoff } from '../../../domain/retry.ts';
import type { SagaDefinition } from '../../../domain/saga/definition.ts';
import { isInfrastructure, type Failure } from './failure.ts';
import { discardArtifacts } from './discard.ts';
import { commandLifecycle } from './lifecycle.ts';
import { executionSaga, provisioningSaga, recoverySaga, recoverySagaIdOf, type SagaData } from './sagas.ts';
import type { CommandCommand, CommandEvent, CommandFields, CommandInput, CommandResult } from './types.ts';
import { inputOf, startDeadline, workOf } from './offer.ts';

/*
 * A scheduler assigns the job to a worker: from then on the worker's agent has the lease, and what it says names the
 * lease's token. The sagas that start the worker and see the job through begin in the commit of the assignment.
 *
 * A job never runs twice at the same time: when its worker is not heard of any more, it stays what it is, without a
 * lease, until the recovery saga has made sure that nothing of the worker runs any longer. Only then it waits for
 * another worker, or fails.
 */

type Decided = Result<Decision<CommandEvent>>;
type Command<T extends CommandCommand['type']> = CommandCommand & { readonly type: T };
type CommandJob = Job<CommandFields>;

const nothing: Decision<CommandEvent> = { events: [], effects: [] };

/** How often in a row no worker can be had before the job fails. */
const maxFailedAssignments = 8;
const assignmentBackoff: Backoff = { firstMs: 1_000, maxMs: 60_000 };
/** How long an agent may take beyond the time limits of the command and of its uploads, and the grace time. */
const agentSlackMs = 30_000;
/** How long an agent may take to answer a cancel beyond the grace time. */
const cancelSlackMs = 10_000;

export function create(command: Command<'create'>, now: number): Decided {
  const { ownerId, traceparent, input, runAt, waitsFor } = command;
  const dueAt = Math.max(now, runAt);
  return ok({
    events: [
      {
        type: 'JobCreated', state: 'PENDING', ownerId, traceparent, input, runAt, waitsFor,
        deadlineAt: startDeadline(input, dueAt, waitsFor),
      },
    ],
    effects: [{ type: 'offer-work', work: workOf(input, dueAt, { blocked: waitsFor.length > 0 }) }],
  });
}

export function decide(job: CommandJob, command: CommandCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
      return ok(nothing);
    case 'assign':
      return assign(job, command);
    case 'reject': {
      const { failure } = command;
      return ok(job.state === 'PENDING' ? ended(job, 'FAILED', { failure, result: null }) : nothing);
    }
    case 'unassign':
      return ok(unassign(job, command, now));
    case 'cancel':
      return cancel(job, command.reason ?? 'requested', now);
    case 'retry':
      return retry(job, command, now);
    case 'expire':
      return ok(expire(job, command, now));
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'DeadlineCorrected', deadlineAt: command.to }], effects: [] });
    case 'addDependent':
      return addDependent(job, command);
    case 'dependencyEnded':
      return ok(afterDependency(job, command, now));
    case 'loseLease':
      // The lease may have been renewed since the caller saw that it had expired.
      return ok(job.lease?.token === command.token ? loseLease(job, command) : nothing);
    case 'recover':
      return ok(recover(job, command, now));
    default:
      return job.lease?.token === command.token ? fromAgent(job, command, now) : leaseLost(job);
  }
}

function fromAgent(job: CommandJob, command: Command<'accept' | 'start' | 'finish' | 'release'>, now: number): Decided {
  const { assignment } = job.fields;
  switch (command.type) {
    case 'accept':
      if (assignment === null || assignment.acceptedAt !== null) return ok(nothing);
      return ok({ events: [{ type: 'JobAccepted' }], effects: [] });
    case 'start': {
      if (job.state === 'RUNNING') return ok(nothing);
      const started = { type: 'JobStatusChanged', from: job.state, state: 'RUNNING', keepsLease: true } as const;
      return ok({ events: [...acceptance(job), started], effects: [] });
    }
    case 'finish':
      return ok(finish(job, command, now));
    case 'release': {
      if (job.state === 'RUNNING') {
        return refuse('invalid_state', 'The command has already started: only its result can end the attempt.');
      }
      if (job.fields.cancelRequested) return ok(canceled(job, null));
      return ok(again(job, { failure: null, result: null, pauseMs: 0, attempt: job.attempt - 1 }, now));
    }
  }
}

function leaseLost(job: CommandJob): Decided {
  return refuse('lease_lost', `The lease is no longer valid: the job is ${job.state}.`, { state: job.state });
}

/** A result may be the first that is heard of the agent after a long silence. */
function acceptance({ fields: { assignment } }: CommandJob): readonly CommandEvent[] {
  return assignment !== null && assignment.acceptedAt === null ? [{ type: 'JobAccepted' }] : [];
}

function assign(job: CommandJob, command: Command<'assign'>): Decided {
  if (job.state !== 'PENDING') {
    return refuse('invalid_state', `The job is ${job.state}: only a PENDING job can be assigned.`, {
      state: job.state,
    });
  }
  if (job.fields.waitsFor.length > 0) {
    return refuse('invalid_state', 'The job waits for other jobs to end: it cannot be assigned yet.', {
      state: job.state,
    });
  }
  const { workerId, providerId, providerType, executionSagaId, provisioningSagaId, leaseMs } = command;
  return ok({
    events: [
      {
        type: 'JobAssigned', state: 'ASSIGNED', attempt: job.attempt + 1, workerId,
        assignment: { workerId, providerId, providerType, executionSagaId, provisioningSagaId }, deadlineAt: null,
      },
    ],
    effects: [
      { type: 'lease-work', leaseMs, timeoutMs: longestAttemptMs(inputOf(job), command) },
      ...(provisioningSagaId === null ? [] : [beginSaga(provisioningSagaId, provisioningSaga, { workerId })]),
      beginSaga(executionSagaId, executionSaga, { workerId }),
    ],
  });
}

/** How long an attempt may take before the server takes the job from its agent in any case. Milliseconds. */
export function longestAttemptMs(
  { timeoutMs, graceMs, outputs }: Pick<CommandInput, 'timeoutMs' | 'graceMs' | 'outputs'>,
  { leaseMs, uploadMs }: { readonly leaseMs: number; readonly uploadMs: number },
): number {
  return leaseMs + timeoutMs + graceMs + agentSlackMs + (outputs.length === 0 ? 0 : uploadMs);
}

function unassign(job: CommandJob, command: Command<'unassign'>, now: number): Decision<CommandEvent> {
  const { workerId, failure, retryable, random } = command;
  const { assignment, cancelRequested, failedAssignments } = job.fields;
  if (job.state !== 'ASSIGNED' || assignment?.workerId !== workerId) return nothing;
  if (cancelRequested) return canceled(job, null);
  const failed = failedAssignments + 1;
  if (!retryable || failed >= maxFailedAssignments) return ended(job, 'FAILED', { failure, result: null });
  const pauseMs = backoffMs(assignmentBackoff, failed, random);
  return again(
    job, { failure, result: null, pauseMs, attempt: job.attempt - 1, failedAssignments: failed }, now,
  );
}

function cancel(job: CommandJob, reason: string, now: number): Decided {
  const { assignment, cancelRequested } = job.fields;
  if (isEnded(job)) {
    return refuse('conflict', `The job cannot be canceled: it has ended as ${job.state}.`, {
      state: job.state,
    });
  }
  if (job.state === 'PENDING' || assignment === null) return ok(ended(job, 'CANCELLED', noResult, reason));
  // Nothing of it runs yet: whatever is being started for it is ended by its sagas.
  if (assignment.acceptedAt === null && job.lease !== null) return ok(ended(job, 'CANCELLED', noResult, reason));
  if (cancelRequested) return ok(nothing);
  const deadlineAt = now + inputOf(job).graceMs + cancelSlackMs;
  const requested = { type: 'CancelRequested', reason, deadlineAt } as const;
  return ok({ events: [requested], effects: job.lease === null ? [] : [{ type: 'request-cancel' }] });
}

const noResult = { failure: null, result: null } as const;

function retry(job: CommandJob, { waitsFor }: Command<'retry'>, now: number): Decided {
  if (!isEnded(job) || job.state === 'SUCCEEDED') {
    const message = `Cannot retry: the job is ${job.state}, but must be FAILED, TIMED_OUT or CANCELLED.`;
    return refuse('invalid_state', message, { state: job.state });
  }
  return ok({
    events: [
      {
        type: 'JobRetried', state: 'PENDING', attempt: 0, runAt: now, waitsFor,
        deadlineAt: startDeadline(inputOf(job), now, waitsFor),
      },
    ],
    effects: [
      { type: 'offer-work', work: workOf(inputOf(job), now, { blocked: waitsFor.length > 0 }) },
      ...discardArtifacts(job),
    ],
  });
}

function afterDependency(job: CommandJob, command: Command<'dependencyEnded'>, now: number): Decision<CommandEvent> {
  if (job.state !== 'PENDING') return nothing;
  const input = inputOf(job);
  const { runAt } = job.fields;
  // One that was due when it was made does not wait for a clock that was ahead then.
  const dueAt = runAt <= job.createdAt ? now : Math.max(runAt, now);
  let begins = false;
  const { events, effects } = dependencyEnded<CommandEvent>(job, command, {
    onFailure: input.onDependencyFailure,
    begin: () => {
      begins = true;
      return [{ type: 'offer-work', work: workOf(input, dueAt) }];
    },
    cancel: (reason) => ended(job, 'CANCELLED', noResult, reason),
  });
  if (!begins) return { events, effects };
  const deadlineAt = startDeadline(input, dueAt);
  return { events: events.map((event) => ({ ...event, deadlineAt })), effects };
}

function expire(job: CommandJob, command: Command<'expire'>, now: number): Decision<CommandEvent> {
  const { onlyOverdue } = command;
  if (isEnded(job) || (onlyOverdue && (job.deadlineAt === null || job.deadlineAt > now))) return nothing;
  if (job.state === 'PENDING') {
    const message = 'No worker could start the job within its queue timeout.';
    return ended(job, 'TIMED_OUT', { failure: { reason: 'EXECUTION_TIMEOUT', message }, result: null });
  }
  // The sagas end the worker whose agent does not answer.
  return job.fields.cancelRequested ? canceled(job, null) : nothing;
}

function loseLease(job: CommandJob, { token, timedOut }: Command<'loseLease'>): Decision<CommandEvent> {
  const { assignment } = job.fields;
  const recoverySagaId = recoverySagaIdOf(job.id, token);
  const state = job.state as 'ASSIGNED' | 'RUNNING';
  return {
    events: [{ type: 'WorkerLost', state, recoverySagaId, timedOut }],
    effects: [
      { type: 'withdraw-work' },
      beginSaga(recoverySagaId, recoverySaga, { workerId: assignment?.workerId ?? '' }),
      ...(assignment?.provisioningSagaId ? [cancelSaga(assignment.provisioningSagaId)] : []),
    ],
  };
}

function recover(job: CommandJob, command: Command<'recover'>, now: number): Decision<CommandEvent> {
  const { sagaId, failure, random, again: mayRunAgain } = command;
  const { recoverySagaId, assignment, cancelRequested, failedAssignments } = job.fields;
  if (isEnded(job) || recoverySagaId !== sagaId || assignment === null) return nothing;
  if (cancelRequested) return canceled(job, null);
  if (!mayRunAgain) return ended(job, 'FAILED', { failure, result: null });
  if (failure.reason === 'EXECUTION_TIMEOUT' && job.state === 'RUNNING') {
    return afterFailure(job, { failure, result: null, random }, now);
  }
  if (job.state === 'RUNNING') {
    const { maxAttempts, backoff } = inputOf(job).retry;
    if (job.attempt >= maxAttempts) return ended(job, 'FAILED', { failure, result: null });
    return again(job, { failure, result: null, pauseMs: backoffMs(backoff, Math.max(1, job.attempt), random) }, now);
  }
  const failed = failedAssignments + 1;
  if (failed >= maxFailedAssignments) return ended(job, 'FAILED', { failure, result: null });
  const pauseMs = backoffMs(assignmentBackoff, failed, random);
  return again(job, { failure, result: null, pauseMs, attempt: job.attempt - 1, failedAssignments: failed }, now);
}

function finish(job: CommandJob, { result, random }: Command<'finish'>, now: number): Decision<CommandEvent> {
  const before = acceptance(job);
  const after = finished(job, result, random, now);
  return { events: [...before, ...after.events], effects: after.effects };
}

function finished(job: CommandJob, result: CommandResult, random: number, now: number): Decision<CommandEvent> {
  const { failure } = result;
  if (failure === null) {
    // What ended before the cancel reached it has done what it should. One that never started cannot have succeeded.
    return job.state === 'RUNNING'
      ? ended(job, 'SUCCEEDED', { failure: null, result })
      : ended(job, 'FAILED', { failure: neverStarted, result });
  }
  if (job.fields.cancelRequested) return canceled(job, result);
  return afterFailure(job, { failure, result, random }, now);
}

const neverStarted: Failure = {
  reason: 'UNKNOWN', message: 'The agent reported the result of a command that it never started.',
};

/** The command failed or timed out: run it again if its retry policy says so. */
function afterFailure(
  job: CommandJob,
  { failure, result, random }: { failure: Failure; result: CommandResult | null; random: number },
  now: number,
): Decision<CommandEvent> {
  const { maxAttempts, backoff, on } = inputOf(job).retry;
  if (job.attempt < maxAttempts && (on === 'failure' || isInfrastructure(failure))) {
    return again(job, { failure, result, pauseMs: backoffMs(backoff, Math.max(1, job.attempt), random) }, now);
  }
  const isTimeout = failure.reason === 'EXECUTION_TIMEOUT' && job.state === 'RUNNING';
  return ended(job, isTimeout ? 'TIMED_OUT' : 'FAILED', { failure, result });
}

interface Again {
  readonly failure: Failure | null;
  readonly result: CommandResult | null;
  readonly pauseMs: number;
  /** Absent: it counts. */
  readonly attempt?: number;
  readonly failedAssignments?: number;
}

function again(job: CommandJob, how: Again, now: number): Decision<CommandEvent> {
  const { failure, result, pauseMs, attempt, failedAssignments = 0 } = how;
  const runAt = now + pauseMs;
  const event: CommandEvent = {
    type: 'JobStatusChanged', from: job.state, state: 'PENDING', failure, result, runAt, failedAssignments,
    deadlineAt: startDeadline(inputOf(job), runAt),
    ...(attempt !== undefined && { attempt: Math.max(0, attempt) }),
  };
  const work = workOf(inputOf(job), runAt, { pauseMs: pauseMs === 0 ? null : pauseMs });
  const effects: readonly Effect[] = [
    { type: 'offer-work', work }, ...endSagas(job, result), ...discardArtifacts(job),
  ];
  return { events: [event], effects };
}

function canceled(job: CommandJob, result: CommandResult | null): Decision<CommandEvent> {
  return ended(job, 'CANCELLED', { failure: null, result }, job.fields.cancelReason ?? 'requested');
}

type End = 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'CANCELLED';

function ended(
  job: CommandJob,
  state: End,
  { failure, result }: { readonly failure: Failure | null; readonly result: CommandResult | null },
  reason?: string,
): Decision<CommandEvent> {
  const { webhookUrl, outputs } = inputOf(job);
  const event: CommandEvent = {
    type: 'JobStatusChanged', from: job.state, state, failure, result, ...(reason !== undefined && { reason }),
  };
  const effects: Effect[] = [
    { type: 'withdraw-work' },
    ...endSagas(job, result),
    ...tellDependents(job, commandLifecycle.phase(state) as EndPhase),
  ];
  if (outputs.length > 0) effects.push({ type: 'end-objects', part: 'results', policy: 'results' });
  if (webhookUrl !== null) effects.push({ type: 'post', topic: webhookTopic, payload: { version: job.version + 1 } });
  return { events: [event], effects };
}

/** An execution that came to its result is complete, whatever that was; any other is undone. */
function endSagas({ fields: { assignment } }: CommandJob, result: CommandResult | null): readonly Effect[] {
  if (assignment === null) return [];
  const { executionSagaId, provisioningSagaId } = assignment;
  if (result === null) return [executionSagaId, provisioningSagaId].filter((id) => id !== null).map(cancelSaga);
  const output = { exitCode: result.exitCode };
  return [{ type: 'settle-step', sagaId: executionSagaId, step: 'ExecuteJob', outcome: { ok: true, output } }];
}

function beginSaga(sagaId: string, definition: SagaDefinition, data: SagaData): Effect {
  return { type: 'begin-saga', sagaId, definition, data };
}

function cancelSaga(sagaId: string): Effect {
  return { type: 'cancel-saga', sagaId };
}

function isEnded({ state }: CommandJob): boolean {
  return commandLifecycle.isTerminal(state as never);
}
