import {
  ImageProviderFailure, type ImageCall, type ImageProvider, type ImageResult,
} from '../../../../ports/image-provider.ts';
import { counters } from '../../../../ports/store/counters.ts';
import { type Result } from '../../../../domain/errors.ts';
import { dayOf, nextDay, spendingCounter } from '../../domain/calls.ts';
import { productImage } from '../../domain/kind.ts';
import type { PaidStep, ProductImageJob, ProviderCall } from '../../domain/types.ts';
import { StepFailure, StepPaused } from './failures.ts';
import {
  inCommit, say, unlessGone, type PipelineDependencies, type PipelineStep,
} from './steps.ts';

const cancelMs = 10_000;

export interface MadeByProvider extends ImageResult {
  readonly providerJobId: string;
}

/*
 * A call of a provider is paid once, whenever the server is killed:
 *
 *   planned  its estimate is counted as spent, within both limits; it has a key of its own
 *   begun    the provider's id is stored before anybody waits for it. If the server dies before that, the provider
 *            finds the call by its key
 *   ended    with a result: the report of the step has the real cost, in the commit that ends the call. Without one:
 *            the cost is stored before the failure is; the next attempt plans another call
 *
 * In between, an attempt asks for the result of the call that is stored, and begins none.
 */
export async function callProvider(
  deps: PipelineDependencies,
  step: PipelineStep,
  of: PaidStep,
  provider: ImageProvider,
  call: ImageCall,
): Promise<MadeByProvider> {
  const { known, key } = await plan(deps, step, of, provider, provider.estimateMicroUsd(call));
  let providerJobId = known.providerJobId;
  if (providerJobId === null) {
    ({ providerJobId } = await provider.begin(call, key, step.signal));
    await say(deps, step, { type: 'beginCall', providerJobId });
  }
  try {
    return { ...await provider.result(providerJobId, call, step.signal), providerJobId };
  } catch (error) {
    if (error instanceof ImageProviderFailure && error.callEnded) {
      await say(deps, step, { type: 'endCall', providerJobId, microUsd: error.costMicroUsd });
    } else if (step.signal.aborted) {
      await cancelIfUnwanted(deps, step, provider, providerJobId);
    }
    throw error;
  }
}

async function plan(
  deps: PipelineDependencies,
  step: PipelineStep,
  of: PaidStep,
  provider: ImageProvider,
  estimateMicroUsd: number,
): Promise<{ readonly known: ProviderCall; readonly key: string }> {
  const { jobLimitMicroUsd: limitMicroUsd } = deps.pipeline;
  const { sagaId } = step;
  const planned = await inCommit(deps, step, (draft, job): Result<ProductImageJob> => {
    const { call } = job.fields;
    const isPlanned = call?.step === of && call.provider === provider.name;
    if (!isPlanned && estimateMicroUsd > 0 && isDailyLimitReached(deps, draft)) {
      return draft.changeJob(productImage, job, { type: 'pause', sagaId, until: nextDay(draft.now) });
    }
    return draft.changeJob(productImage, job, {
      type: 'planCall', sagaId, step: of, provider: provider.name, estimateMicroUsd, limitMicroUsd,
    });
  });
  if (!planned.ok && planned.refusal.code === 'limit_reached') {
    throw new StepFailure('COST_LIMIT_EXCEEDED', planned.refusal.message);
  }
  const job = unlessGone(planned);
  const { call: known, callsEnded, pausedUntil } = job.fields;
  if (pausedUntil !== null || known === null) throw paused(deps, pausedUntil ?? 0);
  return { known, key: `${job.id}.${of}.${callsEnded + 1}` };
}

function isDailyLimitReached(
  { pipeline: { dailyLimitMicroUsd } }: PipelineDependencies,
  draft: Parameters<Parameters<typeof inCommit>[2]>[0],
): boolean {
  if (dailyLimitMicroUsd === null) return false;
  const spent = draft.record(counters, [spendingCounter, dayOf(draft.now), ''])?.value ?? 0;
  return spent >= dailyLimitMicroUsd;
}

/** It looks again before the day is over, as the limit may have been raised; not all at once. */
function paused({ clock, pipeline, random, onPaused }: PipelineDependencies, until: number): StepPaused {
  const waitMs = Math.max(1_000, Math.min(until - clock.now(), pipeline.times.pausedMs)) * (1 + random() / 4);
  const message = 'What may be spent on images today is spent (AI_DAILY_SOFT_LIMIT_USD).';
  onPaused(until);
  return new StepPaused(message, Math.round(waitMs));
}

/**
 * A job that ended meanwhile, or is done by others, needs the call no longer. Any other attempt that is broken off
 * leaves it to the next one.
 */
async function cancelIfUnwanted(
  { store, logger }: PipelineDependencies,
  { jobId, sagaId }: PipelineStep,
  provider: ImageProvider,
  providerJobId: string,
): Promise<void> {
  try {
    const job = await store.jobs.get(jobId) as ProductImageJob | null;
    if (job?.fields.sagaId === sagaId) return;
    await provider.cancel(providerJobId, AbortSignal.timeout(cancelMs));
  } catch (error) {
    logger.info('a call of a provider that is not needed any longer could not be canceled', {
      jobId, provider: provider.name, providerJobId, error: String(error),
    });
  }
}
