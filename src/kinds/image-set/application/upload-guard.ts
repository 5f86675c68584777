import { refusal, type Refusal } from '../../../domain/errors.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import { readUploadKey, uploadProblem, type UploadKey } from '../domain/uploads.ts';
import type { UploadGuard } from '../../../ports/upload-guard.ts';
import type { Dependencies } from '../../../application/dependencies.ts';
import type { ObjectQuota } from '../../../application/quotas/object-quota.ts';

const maxRemembered = 10_000;

/**
 * Uploads are taken for as long as their job, and their item, may still receive them. `closed` says why neither new
 * photos nor results are taken now, or null; `quota` limits photos, and counts results too, which were paid for.
 */
export function createUploadGuard({ store, closed, quota }: Pick<Dependencies, 'store'> & {
  readonly closed?: (use: 'new' | 'results') => Refusal | null;
  readonly quota?: Pick<ObjectQuota, 'problem' | 'count'>;
}): UploadGuard {
  /** What is said of jobs that have ended: they stay so, so that URLs of theirs cost the store nothing. */
  const ended = new Map<string, Refusal>();

  const jobProblem = async (upload: UploadKey): Promise<Refusal | null> => {
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
  };
  const isFull = ({ part }: UploadKey): Refusal | null => closed?.(part === 'inputs' ? 'new' : 'results') ?? null;
  const problemOf = async (upload: UploadKey, bytes: number): Promise<Refusal | null> => {
    const problem = isFull(upload) ?? (await jobProblem(upload));
    if (problem !== null || upload.part !== 'inputs') return problem;
    return (await quota?.problem(upload.ownerId, bytes)) ?? null;
  };

  return {
    async problem(key, { bytes, replaced }) {
      const upload = readUploadKey(key);
      return upload === null ? unknown : problemOf(upload, bytes === null ? 1 : bytes - replaced);
    },
    halfway(key) {
      const upload = readUploadKey(key);
      return upload === null ? unknown : isFull(upload);
    },
    async place(key, { bytes, replaced }) {
      const upload = readUploadKey(key);
      if (upload === null) return unknown;
      const problem = await problemOf(upload, bytes - replaced);
      if (problem === null) quota?.count(upload.ownerId, bytes - replaced);
      return problem;
    },
  };
}

const unknown = refusal('not_found', 'The upload is refused: there is no job (any longer) that its URL belongs to.');
