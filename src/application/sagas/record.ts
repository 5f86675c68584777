import { ok, refuse, type Refusal, type Result } from '../../domain/errors.ts';
import type { Job } from '../../domain/job/job.ts';
import { jobServed, saga as sagaKind } from '../../domain/saga/kind.ts';
import { sagaLifecycle } from '../../domain/saga/lifecycle.ts';
import type { SagaCommand, SagaJob } from '../../domain/saga/types.ts';
import type { Dependencies } from '../dependencies.ts';
import { onJob } from '../operation.ts';
import type { Draft } from '../write-path/draft.ts';
import { ref } from '../write-path/refs.ts';
import { outputsOf, type Saga } from './sagas.ts';
import { performs, type StepActions } from './step.ts';

type RecordDependencies = Pick<Dependencies, 'writePath' | 'logger' | 'random'>;

/** How an attempt came out. */
export type Outcome =
  | { readonly type: 'done'; readonly output: unknown }
  | {
      readonly type: 'fail';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly counts?: boolean;
      readonly retryInMs?: number;
    }
  /** Only the job had to be told of the saga's end. */
  | { readonly type: 'end' }
  | { readonly type: 'release' };

/**
 * Stores the end of an attempt and its command on the job in one commit, or refuses with `lease_lost` if another runner
 * has the saga. If the job refuses the command of a step, or another attempt, the step has failed; if it refuses that
 * of the saga's end, the saga ends all the same.
 */
export async function recordOutcome(
  deps: RecordDependencies,
  saga: Saga,
  job: SagaJob,
  outcome: Outcome,
): Promise<Result<SagaJob>> {
  const { next } = job.fields;
  const told = await record(deps, saga, job, outcome, true);
  if (told.ok || told.deaf === null) return told;
  if (next.mode !== 'forward') return unheard(deps, saga, job, outcome);
  const failed = afterRefusal(outcome, told.deaf);
  if (failed === null) return unheard(deps, saga, job, outcome);
  const after = await record(deps, saga, job, failed, true);
  return after.ok || after.deaf === null ? after : unheard(deps, saga, job, failed);
}

/** Null when the outcome stays what it was. */
function afterRefusal(outcome: Outcome, { code, message, retryable }: Refusal): Outcome | null {
  if (outcome.type === 'done') return { type: 'fail', code, message, retryable };
  return outcome.type === 'fail' && outcome.retryable ? { ...outcome, retryable: false } : null;
}

/** The saga ends though its job does not want to hear of it: it has ended itself, most likely. */
async function unheard(
  deps: RecordDependencies,
  saga: Saga,
  job: SagaJob,
  outcome: Outcome,
): Promise<Result<SagaJob>> {
  const after = await record(deps, saga, job, outcome, false);
  if (after.ok) deps.logger.warn('a job would not hear of its saga', { jobId: jobServed(job), sagaId: job.id });
  return after;
}

/** `deaf`: what the job answered when it refused to be told; null when it was not the job that refused. */
type Recorded =
  | { readonly ok: true; readonly value: SagaJob }
  | { readonly ok: false; readonly refusal: Refusal; readonly deaf: Refusal | null };

async function record(
  deps: RecordDependencies,
  saga: Saga,
  leased: SagaJob,
  outcome: Outcome,
  tells: boolean,
): Promise<Recorded> {
  const jobId = jobServed(leased);
  const token = leased.lease?.token ?? 0;
  const command: SagaCommand =
    outcome.type === 'fail' ? { ...outcome, token, random: deps.random() } : { ...outcome, token };
  let deaf: Refusal | null = null;
  const by = { origin: { actor: 'saga', correlationId: jobId }, admits: () => true, reads: [ref.job(jobId)] };
  const result = await onJob(deps, sagaKind, leased.id, by, (draft, job) => {
    deaf = null;
    const after = draft.changeJob(sagaKind, job, command);
    if (!after.ok || !tells) return after;
    const told = tell({ draft, saga, before: job, after: after.value }, jobId, outcome);
    if (told.ok) return after;
    deaf = told.refusal;
    return told;
  });
  return result.ok ? result : { ...result, deaf };
}

interface Telling {
  readonly draft: Draft;
  readonly saga: Saga;
  readonly before: SagaJob;
  readonly after: SagaJob;
}

function tell({ draft, saga, before, after }: Telling, jobId: string, outcome: Outcome): Result<unknown> {
  const { mode, step } = before.fields.next;
  // The one who canceled it knows.
  if (after.fields.cancelRequested) return ok(null);
  const actions = step === null || mode !== 'forward' ? undefined : saga.actions[step];
  const tellStep = actions !== undefined && performs(actions) ? stepTeller(actions, outcome, after) : null;
  const hasEnded = sagaLifecycle.isTerminal(after.state as never) && saga.ended !== undefined;
  if (tellStep === null && !hasEnded) return ok(null);
  const job = draft.anyJob(jobId);
  if (job === null) return refuse('not_found', `Job ${jobId} no longer exists.`);
  const told = tellStep?.(draft, job) ?? ok(null);
  if (!told.ok || !hasEnded) return told;
  return ended(draft, saga, after, jobId);
}

/** What tells the job how an attempt at a step came out; null when it is not told. */
function stepTeller(
  { tell: tellDone, retried }: StepActions,
  outcome: Outcome,
  after: SagaJob,
): ((draft: Draft, job: Job) => Result<unknown>) | null {
  if (outcome.type === 'done') {
    return tellDone === undefined ? null : (draft, job) => tellDone(draft, job, outcome.output);
  }
  if (outcome.type !== 'fail' || outcome.counts === false || retried === undefined) return null;
  const isTriedAgain = after.state === 'waiting' && after.fields.next.mode === 'forward';
  if (!isTriedAgain) return null;
  const { code, message } = outcome;
  return (draft, job) => retried(draft, job, { sagaId: after.id, code, message });
}

function ended(draft: Draft, { ended: tellEnd }: Saga, saga: SagaJob, jobId: string): Result<unknown> {
  const job = draft.anyJob(jobId) as Job;
  const { failure } = saga.fields;
  const state = saga.state as 'succeeded' | 'compensated' | 'failed';
  return tellEnd?.(draft, job, { sagaId: saga.id, state, failure, outputs: outputsOf(saga) }) ?? ok(null);
}
