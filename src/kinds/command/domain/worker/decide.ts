import { ok, refuse, type Result } from '../../../../domain/errors.ts';
import { refuseDependent } from '../../../../domain/job/dependencies.ts';
import type { Decision, Effect } from '../../../../domain/job/kind.ts';
import { clockToleranceMs } from '../../../../domain/job/start.ts';
import type { WorkerCommand, WorkerEvent, WorkerInput, WorkerJob } from './types.ts';

/*
 * A worker is a process, container or pod that its provider has made, with an agent in it that dials back. It is a job
 * of an internal kind, so that its events, its versions and its deadline are what those of all jobs are: the deadline
 * is the time by which its agent has to register, then the end of its idle time.
 *
 * Whoever speaks for the worker names its session: a second connection of the same agent takes the place of the first,
 * and what still comes over that is refused. What a worker says of a job is fenced by the job's own lease.
 *
 * DRAINING posts `terminateTopic` to the outbox, which is delivered until its provider has ended it: nothing is left
 * over, whatever dies in between.
 */

type Decided = Result<Decision<WorkerEvent>>;
type Command<T extends WorkerCommand['type']> = WorkerCommand & { readonly type: T };

/** Outbox topic: the worker is to be ended at its provider. */
export const terminateTopic = 'terminate-worker';
/** The step of the provisioning saga that waits for the agent. */
const registerStep = 'RegisterWorker';

const nothing: Decision<WorkerEvent> = { events: [], effects: [] };

export function create(command: Command<'create'>, now: number): Decided {
  const { ownerId, traceparent, input, jobId, registerWithinMs } = command;
  return ok({
    events: [
      {
        type: 'WorkerProvisioningRequested', state: 'CREATING', ownerId, traceparent, jobType: input.providerType,
        input, deadlineAt: now + registerWithinMs, ...(jobId !== null && { parentId: jobId }),
      },
    ],
    effects: [],
  });
}

export function decide(job: WorkerJob, command: WorkerCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
    case 'loseLease':
    case 'dependencyEnded':
      return ok(nothing);
    case 'addDependent':
      return refuseDependent(job);
    case 'correctDeadline':
      if (job.deadlineAt !== command.from || now < command.at - clockToleranceMs) return ok(nothing);
      return ok({ events: [{ type: 'DeadlineCorrected', deadlineAt: command.to }], effects: [] });
    case 'retry':
      return refuse('invalid_state', 'A worker cannot be retried: a new one is started for its job.');
    case 'provisioned':
      return ok(provisioned(job, command));
    case 'register':
      return register(job, command, now);
    case 'take':
      return take(job, command);
    case 'free':
      return ok(free(job, command, now));
    case 'drain':
      return ok(drain(job, command.reason));
    case 'cancel':
      return ok(drain(job, command.reason ?? 'It was ended by an operator.'));
    case 'expire':
      return ok(expire(job, command, now));
    case 'terminated':
      return terminated(job);
  }
}

/** Its agent may have been faster: then only what the provider calls it is new. */
function provisioned(job: WorkerJob, { resourceId }: Command<'provisioned'>): Decision<WorkerEvent> {
  if (job.endedAt !== null || job.fields.resourceId !== null) return nothing;
  const state = job.state === 'CREATING' ? ({ state: 'CONNECTING' } as const) : {};
  return { events: [{ type: 'WorkerProvisioned', resourceId, ...state }], effects: [] };
}

function register(job: WorkerJob, { tokenHash, agentVersion }: Command<'register'>, now: number): Decided {
  if (job.state === 'DRAINING' || job.endedAt !== null) {
    return refuse('lease_lost', `The worker is ${job.state}: it is about to be ended.`, { state: job.state });
  }
  if (job.state === 'READY' || job.state === 'BUSY') {
    return ok({ events: [{ type: 'WorkerReconnected', tokenHash, agentVersion }], effects: [] });
  }
  return ok({
    events: [{ type: 'WorkerRegistered', state: 'READY', tokenHash, agentVersion, ...idleDeadline(job, now) }],
    effects: [settle(inputOf(job).provisioningSagaId, registerStep)],
  });
}

function take(job: WorkerJob, { jobId, settles }: Command<'take'>): Decided {
  if (job.fields.jobId === jobId) return ok(nothing);
  if (job.state !== 'READY') {
    return refuse('invalid_state', `The worker is ${job.state}, but must be READY.`, { state: job.state });
  }
  return ok({
    events: [{ type: 'WorkerStatusChanged', from: job.state, state: 'BUSY', jobId, deadlineAt: null }],
    effects: [settle(settles.sagaId, settles.step)],
  });
}

function free(job: WorkerJob, { jobId }: Command<'free'>, now: number): Decision<WorkerEvent> {
  if (job.fields.jobId !== jobId || job.state !== 'BUSY') return nothing;
  if (inputOf(job).idleMs === null || isTooOld(job, now)) return drain(job, 'Its job has ended.');
  const freed = { type: 'WorkerStatusChanged', from: job.state, state: 'READY', ...idleDeadline(job, now) } as const;
  return { events: [freed], effects: [] };
}

function drain(job: WorkerJob, reason: string): Decision<WorkerEvent> {
  if (job.state === 'DRAINING' || job.endedAt !== null) return nothing;
  const outcome = { ok: false, code: 'worker_ended', message: reason } as const;
  return {
    events: [{ type: 'WorkerStatusChanged', from: job.state, state: 'DRAINING', reason, deadlineAt: null }],
    effects: [
      { type: 'post', topic: terminateTopic, payload: {} },
      // Heeded only while the saga still waits for the agent.
      { type: 'settle-step', sagaId: inputOf(job).provisioningSagaId, step: registerStep, outcome },
    ],
  };
}

function expire(job: WorkerJob, { onlyOverdue }: Command<'expire'>, now: number): Decision<WorkerEvent> {
  const { deadlineAt } = job;
  if (onlyOverdue && (deadlineAt === null || deadlineAt > now)) return nothing;
  switch (job.state) {
    case 'CREATING':
    case 'CONNECTING':
      return drain(job, 'Its agent did not register in time.');
    case 'READY':
      return drain(job, isTooOld(job, now) ? 'It was too old.' : 'It was idle for too long.');
    default:
      return nothing;
  }
}

function terminated(job: WorkerJob): Decided {
  if (job.endedAt !== null) return ok(nothing);
  if (job.state !== 'DRAINING') {
    return refuse('invalid_state', `The worker is ${job.state}, but must be DRAINING.`, { state: job.state });
  }
  return ok({ events: [{ type: 'WorkerTerminated', state: 'TERMINATED' }], effects: [] });
}

function settle(sagaId: string, step: string): Effect {
  return { type: 'settle-step', sagaId, step, outcome: { ok: true, output: null } };
}

/** A deadline that it had for registering no longer counts. */
function idleDeadline(job: WorkerJob, now: number): { readonly deadlineAt: number } {
  const { idleMs, lifetimeMs } = inputOf(job);
  const idle = now + (idleMs ?? unassignedMs);
  return { deadlineAt: lifetimeMs === null ? idle : Math.min(idle, Math.max(now, job.createdAt + lifetimeMs)) };
}

/** How long a worker that was made for one job waits for it. Milliseconds. */
const unassignedMs = 300_000;

function isTooOld(job: WorkerJob, now: number): boolean {
  const { lifetimeMs } = inputOf(job);
  return lifetimeMs !== null && now >= job.createdAt + lifetimeMs;
}

function inputOf({ input }: WorkerJob): WorkerInput {
  return input;
}
