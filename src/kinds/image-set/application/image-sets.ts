import type { RequestContext } from '../../../application/request.ts';
import { ok, type Result } from '../../../domain/errors.ts';
import type { Preset } from '../domain/concepts.ts';
import { presets } from '../domain/concepts.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import {
  confirmUpload, execute, recordItemResult, recordItemResults, type ConfirmUpload, type ExecuteImageSet,
  type ItemResultInput, type JobProgress, type JobStatus, type RecordedItems,
} from './commands.ts';
import { firstPictures, type FirstPictures } from './first-pictures.ts';
import { findInputs, listInputs, type InputPhoto } from './inputs.ts';
import { resultFiles, resultKeys, type ResultFiles } from './results.ts';
import { getPreset } from './presets.ts';
import { beginHere, submitImageSet, type SubmitImageSet, type SubmittedImageSet } from './submit.ts';

export interface ImageSets {
  submit(context: RequestContext, input: SubmitImageSet): Promise<Result<SubmittedImageSet>>;
  confirmUpload(context: RequestContext, jobId: string, input: ConfirmUpload): Promise<Result<JobStatus>>;
  execute(context: RequestContext, jobId: string, input: ExecuteImageSet): Promise<Result<JobStatus>>;
  /** From a worker, whose secret the transport has checked. */
  recordItemResult(jobId: string, input: ItemResultInput, correlationId: string): Promise<Result<JobProgress>>;
  /** Several of one set in one step: one that is refused spoils no other. */
  recordItemResults(
    jobId: string,
    inputs: readonly ItemResultInput[],
    correlationId: string,
  ): Promise<Result<RecordedItems>>;
  /** The photos that a set is made of. */
  inputs(context: RequestContext, jobId: string): Promise<Result<readonly InputPhoto[]>>;
  /** Of several sets at once: the first pictures of each, 1 to 12. */
  firstPictures(
    context: RequestContext,
    ids: readonly string[],
    first: number,
  ): Promise<Result<readonly FirstPictures[]>>;
  /** What was delivered of a set so far, and what failed of it. */
  results(context: RequestContext, jobId: string): Promise<Result<ResultFiles>>;
  presets(): readonly Preset[];
  preset(name: string): Result<Preset>;
}

/** The use cases over one store that holds jobs and accounts. */
export function createImageSets(deps: Dependencies): ImageSets {
  const begin = beginHere(deps);
  const find = findInputs(deps);
  return {
    submit: (context, input) => submitImageSet(deps, begin, find, context, input),
    confirmUpload: (context, jobId, input) => confirmUpload(deps, context, jobId, input),
    execute: (context, jobId, input) => execute(deps, context, jobId, input),
    recordItemResult: (jobId, input, correlationId) => recordItemResult(deps, jobId, input, correlationId),
    recordItemResults: (jobId, inputs, correlationId) => recordItemResults(deps, jobId, inputs, correlationId),
    inputs: (context, jobId) => listInputs(deps, context, jobId),
    firstPictures: async (context, ids, first) => ok(await firstPictures(deps, context, ids, first)),
    results: async (context, jobId) => {
      const found = await resultKeys(deps, context, jobId);
      return found.ok ? resultFiles(deps.objects, found.value) : found;
    },
    presets: () => presets,
    preset: getPreset,
  };
}
