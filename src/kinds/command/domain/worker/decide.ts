import { ok, refuse, type Result } from '../../../../domain/errors.ts';
import { refuseDependent } from '../../../../domain/job/dependencies.ts';
import type { Decision, Effect } from '../../../../domain/job/kind.ts';
import { clockToleranceMs } from '../../../../domain/job/start.ts';
import { provisioningSaga, type SagaData } from '../sagas.ts';
import type { WorkerCommand, WorkerEvent, WorkerInput, WorkerJob } from './types.ts';

/*
 * A worker is a process, container or pod that its provider has made, with an agent in it that dials back. It is a job
 * of an internal kind, so that its events, its versions, its deadline and its lease are what those of all jobs are: the
 * deadline is the time by which its agent has to register, then the end of its idle time or of its life. The lease is
 * its agent's, from the registration on: heartbeats renew it, and without them the worker is ended.
 *
 * One that was made for a job takes that when it is validated, and is ended after it. One of a warm pool is reserved in
 * the commit that assigns a job to it, takes the job when it is validated, and is free again after it.
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
  const { ownerId, traceparent, input, workerId, jobId, registerWithinMs } = command;
  return ok({
    events: [
      {
        type: 'WorkerProvisioningRequested', state: 'CREATING', ownerId, traceparent, jobType: input.providerType,
        input, deadlineAt: now + registerWithinMs, ...(jobId !== null && { parentId: jobId }),
      },
    ],
    effects: [
      // For heartbeats: nobody is ever offered it.
      { type: 'offer-work', work: { ...unoffered, dueAt: now } },
      // The job's assignment begins that of a worker that is made for it.
      ...(input.pool === null ? [] : [beginProvisioning(input.provisioningSagaId, workerId)]),
    ],
  });
}

const unoffered = { blocked: true, priority: 0, pauseMs: null, concurrencyKey: null, timeoutMs: null } as const;

function beginProvisioning(sagaId: string, workerId: string): Effect {
  return { type: 'begin-saga', sagaId, definition: provisioningSaga, data: { workerId } satisfies SagaData };
}

export function decide(job: WorkerJob, command: WorkerCommand, now: number): Decided {
  switch (command.type) {
    case 'create':
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
    case 'reserve':
      return reserve(job, command);
    case 'take':
      return take(job, command);
    case 'free':
      return ok(free(job, command, now));
    case 'loseLease':
      // The agent may have sent a heartbeat since the caller saw that the lease had expired.
      return ok(job.lease?.token === command.token ? drain(job, 'Its agent was not heard of any more.') : nothing);
    case 'drain':
      return ok(command.onlyIdle === true && job.state === 'BUSY' ? nothing : drain(job, command.reason));
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

function register(job: WorkerJob, command: Command<'register'>, now: number): Decided {
  const { tokenHash, nonceHash, agentVersion, leaseMs } = command;
  if (job.state === 'DRAINING' || job.endedAt !== null) {
    return refuse('lease_lost', `The worker is ${job.state}: it is about to be ended.`, { state: job.state });
  }
  if (job.state === 'READY' || job.state === 'BUSY') {
    return ok({ events: [{ type: 'WorkerReconnected', tokenHash, nonceHash, agentVersion }], effects: [] });
  }
  return ok({
    events: [
      {
        type: 'WorkerRegistered', state: 'READY', workerId: job.id, tokenHash, nonceHash, agentVersion,
        deadlineAt: idleDeadline(job, now),
      },
    ],
    effects: [{ type: 'lease-work', leaseMs, timeoutMs: null }, settle(inputOf(job).provisioningSagaId, registerStep)],
  });
}

function reserve(job: WorkerJob, { jobId, ownerId }: Command<'reserve'>): Decided {
  const { pool } = inputOf(job);
  const { servedOwnerId } = job.fields;
  if (pool === null) return refuse('invalid_state', 'The worker was made for another job.');
  if (job.state !== 'READY') return notReady(job);
  if (!pool.shared && servedOwnerId !== null && servedOwnerId !== ownerId) {
    return refuse('conflict', 'The worker has had jobs of another owner.');
  }
  return ok({ events: [{ ...busy(job, jobId), reservedBy: ownerId }], effects: [] });
}

function take(job: WorkerJob, { jobId, settles }: Command<'take'>): Decided {
  const settled = settle(settles.sagaId, settles.step);
  if (job.state === 'BUSY' && job.fields.jobId === jobId) {
    if (job.fields.mayStart) return ok(nothing);
    return ok({ events: [{ type: 'WorkerAssigned', jobId }], effects: [settled] });
  }
  if (job.fields.jobId === jobId) return ok(nothing);
  if (job.state !== 'READY') return notReady(job);
  if (inputOf(job).pool !== null) return refuse('invalid_state', 'A job is reserved for a warm worker first.');
  return ok({ events: [busy(job, jobId)], effects: [settled] });
}

function notReady({ state }: WorkerJob): Extract<Decided, { ok: false }> {
  return refuse('invalid_state', `The worker is ${state}, but must be READY.`, { state });
}

function busy(job: WorkerJob, jobId: string) {
  const changed = { type: 'WorkerStatusChanged', from: job.state, state: 'BUSY', keepsLease: true } as const;
  return { ...changed, jobId, deadlineAt: endOfLife(job) };
}

function free(job: WorkerJob, { jobId, reusable }: Command<'free'>, now: number): Decision<WorkerEvent> {
  const { jobId: own, jobsDone } = job.fields;
  if (own !== jobId || job.state !== 'BUSY') return nothing;
  const { pool } = inputOf(job);
  if (pool === null) return drain(job, 'Its job has ended.', true);
  if (!reusable) return drain(job, 'Its last job ended by what may be a fault of the worker.', true);
  if (jobsDone + 1 >= pool.maxJobs) return drain(job, `It has had ${jobsDone + 1} jobs, which is its limit.`, true);
  if (isTooOld(job, now)) return drain(job, 'It was too old.', true);
  return {
    events: [
      {
        type: 'WorkerStatusChanged', from: job.state, state: 'READY', keepsLease: true, jobDone: true,
        deadlineAt: idleDeadline(job, now),
      },
    ],
    effects: [],
  };
}

function drain(job: WorkerJob, reason: string, isJobDone = false): Decision<WorkerEvent> {
  if (job.state === 'DRAINING' || job.endedAt !== null) return nothing;
  const outcome = { ok: false, code: 'worker_ended', message: reason } as const;
  return {
    events: [
      {
        type: 'WorkerStatusChanged', from: job.state, state: 'DRAINING', reason, deadlineAt: null,
        ...(isJobDone && { jobDone: true }),
      },
    ],
    effects: [
      { type: 'withdraw-work' },
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
    case 'BUSY':
      return drain(job, 'It was too old.');
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
function idleDeadline(job: WorkerJob, now: number): number {
  const idle = now + (inputOf(job).pool?.idleMs ?? unassignedMs);
  return Math.min(idle, Math.max(now, endOfLife(job) ?? Infinity));
}

/** How long a worker that was made for one job waits for it. Milliseconds. */
const unassignedMs = 300_000;

/** Null: it has none. */
export function endOfLife(job: Pick<WorkerJob, 'createdAt' | 'input'>): number | null {
  const { lifetimeMs } = job.input;
  return lifetimeMs === null ? null : job.createdAt + lifetimeMs;
}

function isTooOld(job: WorkerJob, now: number): boolean {
  return now >= (endOfLife(job) ?? Infinity);
}

/**
 * Whether it is one of those that its pool is to have: an idle one that jobs of any owner may have, or one that will
 * be. One that is ended counts until nothing of it is left.
 */
export function isSpare({ endedAt, input: { pool }, fields: { jobId, servedOwnerId } }: WorkerJob): boolean {
  return pool !== null && endedAt === null && jobId === null && (pool.shared || servedOwnerId === null);
}

function inputOf({ input }: WorkerJob): WorkerInput {
  return input;
}
