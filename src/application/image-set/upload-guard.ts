import { refusal, type Refusal } from '../../domain/errors.ts';
import { imageSet } from '../../domain/kinds/image-set/kind.ts';
import type { ImageSetJob } from '../../domain/kinds/image-set/types.ts';
import { readUploadKey, uploadProblem } from '../../domain/kinds/image-set/uploads.ts';
import type { UploadGuard } from '../../ports/upload-guard.ts';
import type { Dependencies } from '../dependencies.ts';

const maxRemembered = 10_000;

/**
 * Uploads are taken for as long as their job, and their item, may still receive them. `closed` says why neither new
 * photos nor results are taken now, or null.
 */
export function createUploadGuard({ store, closed }: Pick<Dependencies, 'store'> & {
  readonly closed?: (use: 'new' | 'results') => Refusal | null;
}): UploadGuard {
  /** What is said of jobs that have ended: they stay so, so that URLs of theirs cost the store nothing. */
  const ended = new Map<string, Refusal>();

  return {
    async problem(key) {
      const upload = readUploadKey(key);
      if (upload === null) return unknown;
      const full = closed?.(upload.part === 'inputs' ? 'new' : 'results') ?? null;
      if (full !== null) return full;
      const known = ended.get(upload.jobId);
      if (known !== undefined) return known;
      const job = await store.jobs.get(upload.jobId);
      if (job?.kind !== imageSet.name) return unknown;
      const problem = uploadProblem(job as ImageSetJob, upload);
      if (problem !== null && job.endedAt !== null) {
        if (ended.size >= maxRemembered) ended.delete(ended.keys().next().value!);
        ended.set(job.id, problem);
      }
      return problem;
    },
  };
}

const unknown = refusal('not_found', 'The upload is refused: there is no job (any longer) that its URL belongs to.');
