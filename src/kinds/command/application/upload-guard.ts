import type { Dependencies } from '../../../application/dependencies.ts';
import type { ObjectQuota } from '../../../application/quotas/object-quota.ts';
import { refusal, type Refusal } from '../../../domain/errors.ts';
import type { UploadGuard } from '../../../ports/upload-guard.ts';
import { readKey, type CommandKey } from '../domain/keys.ts';
import { command } from '../domain/kind.ts';

/**
 * Files for jobs are accepted while their URLs are valid; outputs of an attempt while it is the job's current one.
 * `closed` says why neither is accepted now, or null; `quota` limits the files, and counts the outputs as well.
 */
export function createCommandUploadGuard({ store, closed, quota }: Pick<Dependencies, 'store'> & {
  readonly closed: (use: 'new' | 'results') => Refusal | null;
  readonly quota: Pick<ObjectQuota, 'problem' | 'count'>;
}): UploadGuard {
  const isFull = ({ type }: CommandKey): Refusal | null => closed(type === 'upload' ? 'new' : 'results');
  const problemOf = async (upload: CommandKey, bytes: number): Promise<Refusal | null> => {
    const full = isFull(upload);
    if (full !== null) return full;
    if (upload.type === 'upload') return quota.problem(upload.ownerId, bytes);
    const job = await store.jobs.get(upload.jobId);
    if (job?.kind !== command.name || job.ownerId !== upload.ownerId) return unknown;
    return job.lease?.token === upload.token ? null : over;
  };
  return {
    async problem(key, { bytes, replaced }) {
      const upload = readKey(key);
      return upload === null ? unknown : problemOf(upload, bytes === null ? 1 : bytes - replaced);
    },
    halfway(key) {
      const upload = readKey(key);
      return upload === null ? unknown : isFull(upload);
    },
    async place(key, { bytes, replaced }) {
      const upload = readKey(key);
      if (upload === null) return unknown;
      const problem = await problemOf(upload, bytes - replaced);
      if (problem === null) quota.count(upload.ownerId, bytes - replaced);
      return problem;
    },
  };
}

const unknown = refusal('not_found', 'The upload is refused: there is no job that its URL belongs to.');
const over = refusal('conflict', 'The upload is refused: the execution that its URL was made for is over.');
