import type { Saga, SagaEnd } from '../../../application/sagas/sagas.ts';
import type { Performed, StepActions, StepAttempt } from '../../../application/sagas/step.ts';
import type { Draft } from '../../../application/write-path/draft.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { Job } from '../../../domain/job/job.ts';
import { saga as sagaKind } from '../../../domain/saga/kind.ts';
import { ProviderFailure, type WorkerStatus } from '../../../ports/provider.ts';
import { isOfWorker, type Failure, type FailureReason } from '../domain/failure.ts';
import { command } from '../domain/kind.ts';
import { executionSaga, provisioningSaga, recoverySaga, type SagaData } from '../domain/sagas.ts';
import type { CommandFields, CommandInput } from '../domain/types.ts';
import { worker } from '../domain/worker/kind.ts';
import type { WorkerJob } from '../domain/worker/types.ts';
import type { CommandDependencies } from './dependencies.ts';
import type { LiveProvider } from './live-providers.ts';
import { changeWorker, findWorker, howEnded, terminateWorker, type StoredSpec } from './workers.ts';

type Step = StepAttempt<unknown>;
type Command = Job<CommandFields>;

export function createSagas(deps: CommandDependencies): readonly Saga[] {
  return [provisioning(deps), execution(deps), recovery(deps)] as readonly Saga[];
}

function provisioning(deps: CommandDependencies): Saga<string> {
  return {
    definition: provisioningSaga,
    actions: {
      ValidateProviderCapacity: { perform: (step) => validateProvider(deps, step) },
      CreateInfrastructure: createInfrastructure(deps),
      RegisterWorker: {},
      PublishProvisionedEvent: { perform: async () => done({}) },
    },
    ended: (draft, job, end) => notProvisioned(deps, draft, job, end),
  };
}

function execution(deps: CommandDependencies): Saga<string> {
  return {
    definition: executionSaga,
    actions: {
      ValidateJob: {
        perform: (step) => validateJob(deps, step),
        // The agent may have been there first: then the worker takes the job now, else when its agent registers.
        tell: (draft, job) => letWorkerTake(draft, job),
      },
      AssignWorker: { undo: async (step) => endWorker(deps, step, 'Its job no longer needs it.') },
      ExecuteJob: {},
      CompleteJob: {
        perform: async (step) => done({ workerId: dataOf(step).workerId }),
        tell: (draft, job, output) => {
          const { workerId } = output as { workerId: string };
          const reusable = leftWorkerWell(job, workerId);
          return changeWorker(draft, workerId, { type: 'free', jobId: job.id, reusable });
        },
      },
    },
    ended: (draft, job, end) => notExecuted(deps, draft, job, end),
  };
}

function recovery(deps: CommandDependencies): Saga<string> {
  return {
    definition: recoverySaga,
    actions: {
      CheckWorkerConnectivity: { perform: (step) => checkWorker(deps, step) },
      TerminateOldWorker: {
        perform: async (step) => {
          const failure = await attempted(() => endWorker(deps, step, 'Its agent was not heard of any more.'));
          return failure ?? done({});
        },
      },
      TransferJob: { perform: async (step) => done(step.outputs['CheckWorkerConnectivity']) },
    },
    ended: (draft, job, { sagaId, outputs, failure }) => {
      const found = (outputs['CheckWorkerConnectivity'] ?? null) as Failure | null;
      const lost = failure === null
        ? (found ?? lostWorker('The worker was lost.'))
        : lostWorker(`The worker was lost, and not ended: ${failure.message}`);
      return draft.changeJob(command, job as Command, {
        type: 'recover', sagaId, failure: lost, random: deps.random(), again: failure === null,
      });
    },
  };
}

async function validateProvider(deps: CommandDependencies, step: Step): Promise<Performed> {
  const found = await findWorker(deps, dataOf(step).workerId);
  if (found === null || found.endedAt !== null) return refused('worker_ended', 'The worker has ended.');
  const live = await deps.providers.of(found.input.providerId);
  if (live === null) return refused('provider_gone', 'Its provider is no longer registered.');
  if (live.stored.status !== 'ACTIVE') {
    return refused('provider_unavailable', `Provider ${live.stored.name} is ${live.stored.status}.`);
  }
  return live.provider === null ? notReached(deps, live) : done({ provider: live.stored.name });
}

function createInfrastructure(deps: CommandDependencies): StepActions {
  return {
    perform: async (step) => {
      const { workerId } = dataOf(step);
      const found = await findWorker(deps, workerId);
      if (found === null || found.state === 'DRAINING' || found.endedAt !== null) {
        // It was made, and has done its job, before the server that made it could store so.
        if (found !== null && found.fields.session !== null) return done({ workerId, resourceId: null });
        return refused('worker_ended', found?.fields.endReason ?? 'The worker has ended.');
      }
      const live = await deps.providers.of(found.input.providerId);
      if (live === null) return refused('provider_gone', 'Its provider is no longer registered.');
      const { provider } = live;
      if (provider === null) return notReached(deps, live);
      const spec = found.input.spec as StoredSpec;
      const agentEnvironment = {
        WAYBILL_AGENT_SERVERS: deps.fleet.agentServers(provider.serverHost(spec.networkMode)),
        WAYBILL_WORKER_ID: workerId,
        WAYBILL_AGENT_TOKEN: await deps.tokens.registration(workerId),
        ...(deps.fleet.agentTlsCa !== null && { WAYBILL_AGENT_TLS_CA: deps.fleet.agentTlsCa }),
      };
      let resourceId = '';
      const failure = await attempted(async () => {
        ({ resourceId } = await provider.provision({ ...spec, workerId, agentEnvironment }, step.signal));
      });
      if (failure?.code === 'unreachable') void deps.providers.recheck(found.input.providerId);
      return failure ?? done({ workerId, resourceId });
    },
    tell: (draft, _, output) => {
      const { workerId, resourceId } = output as { workerId: string; resourceId: string | null };
      return resourceId === null ? ok(null) : changeWorker(draft, workerId, { type: 'provisioned', resourceId });
    },
    undo: (step) => endWorker(deps, step, 'It could not be provisioned.'),
  };
}

/**
 * A server that reaches the provider goes on. This ends with the time that the worker has to register, whether or not
 * there is such a server.
 */
function notReached(
  { providers }: CommandDependencies,
  { isElsewhere, stored: { id, name } }: LiveProvider,
): Extract<Performed, { ok: false }> {
  if (!isElsewhere) void providers.recheck(id);
  const failure = refused('provider_unavailable', `This server cannot reach provider ${name}.`, true);
  return { ...failure, counts: !isElsewhere };
}

/** Ends the worker and its job's assignment when the worker cannot be had. */
function notProvisioned(deps: CommandDependencies, draft: Draft, job: Job, end: SagaEnd): Result<unknown> {
  if (end.failure === null) return ok(null);
  // Of a warm pool: nobody waits for this one.
  if (job.kind === worker.name) return changeWorker(draft, job.id, { type: 'drain', reason: end.failure.message });
  const { assignment } = job.fields as CommandFields;
  if (assignment?.provisioningSagaId !== end.sagaId) return ok(null);
  const { workerId } = assignment;
  const { code, message } = end.failure;
  const ended = changeWorker(draft, workerId, { type: 'drain', reason: message });
  if (!ended.ok) return ended;
  const isWrong = code === 'invalid' || code === 'image_missing';
  const failure: Failure = { reason: isWrong ? 'CONFIGURATION_ERROR' : 'INFRASTRUCTURE_ERROR', message };
  return draft.changeJob(command, job as Command, {
    type: 'unassign', workerId, failure, retryable: !isWrong, random: deps.random(),
  });
}

async function validateJob(deps: CommandDependencies, { jobId }: Step): Promise<Performed> {
  const job = await deps.store.jobs.get(jobId);
  if (job === null || job.endedAt !== null) return refused('UNKNOWN', 'The job has ended.');
  const { secrets, inputs } = job.input as CommandInput;
  const missing = await deps.secrets.missing(Object.values(secrets));
  if (missing.length > 0) {
    const names = missing.map((name) => JSON.stringify(name)).join(', ');
    return refused('SECRET_INJECTION_ERROR', `There is no secret ${names}.`);
  }
  for (const { objectKey } of inputs) {
    if ((await deps.objects.head(objectKey)) === null) {
      return refused('FILE_NOT_FOUND', `There is no object ${JSON.stringify(objectKey)} to use as an input.`);
    }
  }
  return done({});
}

/** Whether the execution is no reason against another one by the same worker. */
function leftWorkerWell(job: Job, workerId: string): boolean {
  const { executions } = job.fields as CommandFields;
  const failure = executions.findLast((execution) => execution.workerId === workerId)?.failure ?? null;
  return failure === null || !isOfWorker(failure);
}

function letWorkerTake(draft: Draft, job: Job): Result<unknown> {
  const { assignment } = job.fields as CommandFields;
  if (assignment === null) return ok(null);
  const { workerId, executionSagaId } = assignment;
  const found = draft.anyJob(workerId);
  if (found?.state !== 'READY' && found?.state !== 'BUSY') return ok(null);
  return changeWorker(draft, workerId, {
    type: 'take', jobId: job.id, settles: { sagaId: executionSagaId, step: 'AssignWorker' },
  });
}

/** Whether the job's saga has made sure that the job can run. */
export function isValidated(draft: Draft, executionSagaId: string): boolean {
  const { steps } = draft.job(sagaKind, executionSagaId)?.fields ?? { steps: [] };
  return steps[0]?.state === 'completed';
}

function notExecuted(deps: CommandDependencies, draft: Draft, job: Job, end: SagaEnd): Result<unknown> {
  if (end.failure === null) return ok(null);
  const { assignment } = job.fields as CommandFields;
  if (assignment?.executionSagaId !== end.sagaId) return ok(null);
  const { workerId } = assignment;
  const ended = changeWorker(draft, workerId, { type: 'drain', reason: 'Its job cannot run.' });
  if (!ended.ok) return ended;
  const failure: Failure = { reason: end.failure.code as FailureReason, message: end.failure.message };
  return draft.changeJob(command, job as Command, {
    type: 'unassign', workerId, failure, retryable: false, random: deps.random(),
  });
}

const attemptsToCheck = 10;

/** Answers what became of the worker: a `Failure`. */
async function checkWorker(deps: CommandDependencies, step: Step): Promise<Performed> {
  const found = await findWorker(deps, dataOf(step).workerId);
  const live = found === null ? null : await deps.providers.of(found.input.providerId);
  // The last attempt takes it as lost: whatever has happened to it, it must be ended, and that is tried for longer.
  if (live?.isElsewhere && step.attempt < attemptsToCheck) {
    return refused('provider_unavailable', `This server cannot reach provider ${live.stored.name}.`, true);
  }
  const provider = live?.provider;
  if (found === null || !provider) return done(lostWorker('Its agent was not heard of any more.'));
  let status: WorkerStatus = { state: 'gone' };
  const failure = await attempted(async () => {
    status = await provider.inspect(found.id, step.signal);
  });
  // Whatever has happened to it, it must be ended, so this is tried for longer.
  if (failure !== null) return step.attempt < 3 ? failure : done(lostWorker(failure.message));
  return done(failureOf(status, found));
}

function failureOf(status: WorkerStatus, { fields: { endReason } }: WorkerJob): Failure {
  switch (status.state) {
    case 'starting':
    case 'running':
      return lostWorker('Its agent was not heard of any more, though its worker was there.');
    case 'gone':
      return lostWorker(endReason ?? 'Its worker was gone.');
    case 'exited': {
      const { outOfMemory, reason } = status;
      if (outOfMemory) {
        return { reason: 'OUT_OF_MEMORY', message: reason ?? 'Its worker ran out of memory.' };
      }
      return lostWorker(howEnded(status));
    }
  }
}

function lostWorker(message: string): Failure {
  return { reason: 'INFRASTRUCTURE_ERROR', message };
}

function endWorker(deps: CommandDependencies, step: Step, reason: string): Promise<void> {
  return terminateWorker(deps, dataOf(step).workerId, reason, step.signal);
}

/** Null when it went well. */
async function attempted(act: () => Promise<void>): Promise<Extract<Performed, { ok: false }> | null> {
  try {
    await act();
    return null;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    return { ok: false, code: error.code, message: error.message, retryable: error.retryable };
  }
}

function dataOf({ data }: Step): SagaData {
  return data as SagaData;
}

function done(output: unknown): Performed {
  return { ok: true, output };
}

function refused(code: string, message: string, retryable = false): Extract<Performed, { ok: false }> {
  return { ok: false, code, message, retryable };
}
