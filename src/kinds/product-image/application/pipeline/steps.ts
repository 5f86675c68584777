import type { Dependencies } from '../../../../application/dependencies.ts';
import { readObject } from '../../../../application/objects/read-object.ts';
import { onJob } from '../../../../application/operation.ts';
import type { StepAttempt } from '../../../../application/sagas/step.ts';
import type { Draft } from '../../../../application/write-path/draft.ts';
import type { Result } from '../../../../domain/errors.ts';
import { productImage } from '../../domain/kind.ts';
import type { PipelineCommand, ProductImageJob, StepResult } from '../../domain/types.ts';
import { StepFailure } from './failures.ts';
import type { CurrentThemes } from '../current-themes.ts';
import type { Making, ProductImageSettings } from '../settings.ts';
import type { PipelineSettings } from './settings.ts';

export type PipelineDependencies = Pick<
  Dependencies, 'store' | 'writePath' | 'objects' | 'clock' | 'logger' | 'random'
> & Pick<ProductImageSettings, 'files'> & Pick<Making, 'studio'> & {
  readonly themes: CurrentThemes;
  readonly pipeline: PipelineSettings;
  /** A call has to wait until then. Milliseconds since 1970. */
  readonly onPaused: (until: number) => void;
};

/** One attempt at a step of a job that the saga does. */
export interface PipelineStep extends StepAttempt {
  /** As it was when the attempt began. */
  readonly job: ProductImageJob;
}

/** What came of a step. */
export interface StepOutput {
  readonly sagaId: string;
  readonly result: StepResult;
  readonly microUsd: number;
  /** It was there already, from before a retry of the job. */
  readonly isReused?: true;
}

type Deps = PipelineDependencies;
type Saying = PipelineCommand extends infer C ? (C extends unknown ? Omit<C, 'sagaId'> : never) : never;

/** The job, if the saga still does it. */
export async function jobOf({ store }: Pick<Deps, 'store'>, { jobId, sagaId }: StepAttempt): Promise<ProductImageJob> {
  const job = await store.jobs.get(jobId) as ProductImageJob | null;
  if (job?.fields.sagaId === sagaId) return job;
  throw gone();
}

/** @throws StepFailure if the job is not the saga's any longer */
export async function say(deps: Deps, step: StepAttempt, command: Saying): Promise<ProductImageJob> {
  return unlessGone(await inCommit(deps, step, (draft, job) => {
    return draft.changeJob(productImage, job, { ...command, sagaId: step.sagaId } as PipelineCommand);
  }));
}

export function inCommit<T>(
  deps: Pick<Deps, 'writePath'>,
  { jobId }: Pick<StepAttempt, 'jobId'>,
  decide: (draft: Draft, job: ProductImageJob) => Result<T>,
): Promise<Result<T>> {
  const by = { origin: { actor: 'pipeline', correlationId: jobId }, admits: () => true };
  return onJob(deps, productImage, jobId, by, decide);
}

export function unlessGone<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  if (result.refusal.code === 'conflict' || result.refusal.code === 'not_found') throw gone();
  throw new StepFailure('STORAGE_FAILED', result.refusal.message);
}

function gone(): StepFailure {
  return new StepFailure('UNKNOWN', 'The pipeline no longer does the job.', false);
}

/** @throws StepFailure when it is not there */
export async function bytesOf({ objects }: Pick<Deps, 'objects'>, key: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readObject(objects, key);
  if (bytes === null) throw new StepFailure('STORAGE_FAILED', `The object ${key} is gone from the store.`, false);
  return bytes as Uint8Array<ArrayBuffer>;
}

/** Whether a step was done before a retry: whether all that it made is there. */
export async function areThere(
  { objects }: Pick<Deps, 'objects'>,
  keys: readonly string[] | null,
): Promise<boolean> {
  if (keys === null || keys.length === 0) return false;
  const found = await Promise.all(keys.map((key) => objects.head(key)));
  return found.every((info) => info !== null);
}
