import type { RequestContext } from '../../../application/request.ts';
import type { Result } from '../../../domain/errors.ts';
import type { Preset } from '../domain/concepts.ts';
import { presets } from '../domain/concepts.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import {
  confirmUpload, execute, recordItemResult, type JobStatus, type ExecuteImageSet, type ItemResultInput,
  type JobProgress,
} from './commands.ts';
import { findInputs } from './inputs.ts';
import { getPreset } from './presets.ts';
import { beginHere, submitImageSet, type SubmitImageSet, type SubmittedImageSet } from './submit.ts';

export interface ImageSets {
  submit(context: RequestContext, input: SubmitImageSet): Promise<Result<SubmittedImageSet>>;
  confirmUpload(
    context: RequestContext,
    jobId: string,
    /** `totalItems`: as many as were reserved, unless given. */
    input: { readonly totalItems?: number; readonly verify?: boolean },
  ): Promise<Result<JobStatus>>;
  execute(context: RequestContext, jobId: string, input: ExecuteImageSet): Promise<Result<JobStatus>>;
  /** From a worker, whose secret the transport has checked. */
  recordItemResult(jobId: string, input: ItemResultInput, correlationId: string): Promise<Result<JobProgress>>;
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
    presets: () => presets,
    preset: getPreset,
  };
}
