import { ok, refuse, type Result } from '../../../domain/errors.ts';
import type { Decision } from '../../../domain/job/kind.ts';
import { usdOf } from './costs.ts';
import { charge, dayOf, leave, spent } from './calls.ts';
import { canPass } from './error-codes.ts';
import type { PipelineCommand, ProductImageEvent, ProductImageJob } from './types.ts';

type Decided = Result<Decision<ProductImageEvent>>;
type Command<T extends PipelineCommand['type']> = PipelineCommand & { readonly type: T };

const nothing: Decided = ok({ events: [], effects: [] });

/** What the saga that does the job says of its step. Of another saga, everything is refused. */
export function decidePipeline(job: ProductImageJob, command: PipelineCommand, now: number): Decided {
  if (job.fields.sagaId !== command.sagaId) return refuseSaga(job);
  switch (command.type) {
    case 'take':
      if (job.deadlineAt !== null) return nothing;
      return decided({ type: 'PipelineTook', deadlineAt: now + job.fields.timeLimitMs });
    case 'planCall':
      return planCall(job, command, now);
    case 'beginCall': {
      const { call } = job.fields;
      if (call === null || call.providerJobId !== null) return nothing;
      return decided({ type: 'CallBegun', call: { ...call, providerJobId: command.providerJobId } });
    }
    case 'endCall':
      return endCall(job, command, now);
    case 'pause':
      return pause(job, command, now);
    case 'createFile': {
      const { filename, fileId } = command;
      if (job.fields.shopFileIds[filename] === fileId) return nothing;
      return decided({ type: 'FileCreated', filename, fileId });
    }
    case 'tryAgain':
      return tryAgain(job, command);
  }
}

export function refuseSaga({ state }: ProductImageJob): ReturnType<typeof refuse> {
  return refuse('conflict', `The pipeline no longer does the job, which is ${state}.`, { state });
}

function planCall(
  job: ProductImageJob,
  { step, provider, estimateMicroUsd, limitMicroUsd }: Command<'planCall'>,
  now: number,
): Decided {
  const { call: before, pausedUntil } = job.fields;
  if (before !== null && before.step === step && before.provider === provider) return nothing;
  // One of another provider: the setting was changed meanwhile.
  const { cost, effects } = leave(job);
  const costMicroUsd = cost.costMicroUsd ?? job.costMicroUsd;
  if (limitMicroUsd !== null && costMicroUsd + estimateMicroUsd > limitMicroUsd) {
    const message = `The job has cost ${usdOf(costMicroUsd)} USD. With ${step} by ${provider}, about ` +
      `${usdOf(estimateMicroUsd)} USD, it would pass its limit of ${usdOf(limitMicroUsd)} USD.`;
    return refuse('limit_reached', message, { state: job.state });
  }
  const day = dayOf(now);
  const call = { step, provider, providerJobId: null, estimateMicroUsd, day, isCharged: false };
  return ok({
    events: [{ type: 'CallPlanned', call, ...cost, ...resumed(job.deadlineAt, pausedUntil, now) }],
    effects: [...effects, ...spent(day, estimateMicroUsd)],
  });
}

/** The time limit goes on where it stopped. */
function resumed(deadlineAt: number | null, pausedUntil: number | null, now: number): { deadlineAt?: number } {
  if (deadlineAt === null || pausedUntil === null || now >= pausedUntil) return {};
  return { deadlineAt: now + Math.max(0, deadlineAt - pausedUntil) };
}

function endCall(job: ProductImageJob, { providerJobId, microUsd }: Command<'endCall'>, now: number): Decided {
  const { call } = job.fields;
  if (call === null || call.providerJobId !== providerJobId) return nothing;
  const { cost, effects } = charge(job, call, microUsd, now);
  return ok({ events: [{ type: 'CallEnded', microUsd, call: null, ...cost }], effects });
}

/** The time limit stands still while the job is kept waiting. */
function pause(job: ProductImageJob, { until }: Command<'pause'>, now: number): Decided {
  const { pausedUntil } = job.fields;
  if (pausedUntil !== null && pausedUntil > now) return nothing;
  const left = job.deadlineAt === null ? job.fields.timeLimitMs : Math.max(0, job.deadlineAt - now);
  return decided({ type: 'CallsPaused', until, deadlineAt: until + left });
}

function tryAgain(job: ProductImageJob, { code, message }: Command<'tryAgain'>): Decided {
  const { state, fields: { tries, maxAttempts } } = job;
  if (!canPass(code)) return refuse('conflict', `${code} does not pass by itself.`, { state });
  if (tries >= maxAttempts) return refuse('conflict', 'It was tried as often as it may be.', { state, maxAttempts });
  return decided({ type: 'AttemptFailed', tries: tries + 1, code, message });
}

function decided(event: ProductImageEvent): Decided {
  return ok({ events: [event], effects: [] });
}
