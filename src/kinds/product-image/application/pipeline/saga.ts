import type { Saga } from '../../../../application/sagas/sagas.ts';
import type { StepActions } from '../../../../application/sagas/step.ts';
import type { Draft } from '../../../../application/write-path/draft.ts';
import { ok, type Result } from '../../../../domain/errors.ts';
import type { Job } from '../../../../domain/job/job.ts';
import { productImage } from '../../domain/kind.ts';
import { pipelineSaga } from '../../domain/pipeline-saga.ts';
import type { ProductImageJob } from '../../domain/types.ts';
import { learnTimes } from '../usual-times.ts';
import { failureOf, jobFailureOf } from './failures.ts';
import { doOriginal } from './original.ts';
import { doBackgrounds, doComposite, doSegmentation } from './pictures.ts';
import { doPush } from './push.ts';
import { jobOf, type PipelineDependencies, type PipelineStep, type StepOutput } from './steps.ts';

/** Does the steps of a product image. Each end of a step is the same report that an orchestrator would make. */
export function createPipelineSaga(given: Omit<PipelineDependencies, 'onPaused'>): Saga {
  const { stepsAtOnce, times: { leaseMs } } = given.pipeline;
  const deps: PipelineDependencies = { ...given, onPaused: pauseTeller(given.logger) };
  const saga: Saga<(typeof pipelineSaga)['steps'][number]['name']> = {
    definition: pipelineSaga,
    stepsAtOnce,
    leaseMs,
    actions: {
      original: stepOf(deps, doOriginal),
      segmentation: stepOf(deps, doSegmentation),
      backgrounds: stepOf(deps, doBackgrounds),
      composite: stepOf(deps, doComposite),
      shopify: stepOf(deps, doPush),
    },
    ended(draft, job, { sagaId, failure }) {
      const image = job as ProductImageJob;
      // An end that the job knows of: it was done, or ended the saga itself.
      if (failure === null || image.fields.sagaId !== sagaId) return ok(null);
      return draft.changeJob(productImage, image, { type: 'fail', ...jobFailureOf(failure), stack: null });
    },
  };
  return saga as Saga;
}

/** Tells the log once each day, however many jobs wait. */
function pauseTeller(logger: PipelineDependencies['logger']): PipelineDependencies['onPaused'] {
  let told = 0;
  return (until) => {
    if (until === told) return;
    told = until;
    logger.warn('product images wait: what may be spent today is spent (AI_DAILY_SOFT_LIMIT_USD)', {
      until: new Date(until).toISOString(),
    });
  };
}

function stepOf(
  deps: PipelineDependencies,
  act: (deps: PipelineDependencies, step: PipelineStep) => Promise<StepOutput>,
): StepActions {
  return {
    async perform(step) {
      try {
        return { ok: true, output: await act(deps, { ...step, job: await jobOf(deps, step) }) };
      } catch (error) {
        return failureOf(error);
      }
    },
    tell: (draft, job, output) => report(draft, job as ProductImageJob, output as StepOutput),
    retried: (draft, job: Job, { sagaId, ...failure }) =>
      draft.changeJob(productImage, job as ProductImageJob, { type: 'tryAgain', sagaId, ...jobFailureOf(failure) }),
  };
}

function report(draft: Draft, job: ProductImageJob, output: StepOutput): Result<unknown> {
  const after = draft.changeJob(productImage, job, { type: 'report', ...output });
  if (after.ok) learnTimes(draft, job, after.value);
  return after;
}
