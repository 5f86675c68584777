import type { Dependencies } from '../../../application/dependencies.ts';
import type { ObjectQuota } from '../../../application/quotas/object-quota.ts';
import { refusal, type Refusal } from '../../../domain/errors.ts';
import type { UploadGuard } from '../../../ports/upload-guard.ts';
import { command } from '../domain/kind.ts';

/** What all objects of command jobs begin with. */
export const commandObjects = 'command/';

/** Files of an owner that jobs may bring in (no job), or what an attempt of a job left behind. */
interface UploadKey {
  readonly ownerId: string;
  readonly attempt: { readonly jobId: string; readonly number: number } | null;
}

/**
 * Files for jobs are accepted while their URLs are valid; outputs of an attempt while it is the job's current one.
 * `closed` says why neither is accepted now, or null; `quota` limits the files, and counts the outputs as well.
 */
export function createCommandUploadGuard({ store, closed, quota }: Pick<Dependencies, 'store'> & {
  readonly closed: (use: 'new' | 'results') => Refusal | null;
  readonly quota: Pick<ObjectQuota, 'problem' | 'count'>;
}): UploadGuard {
  const isFull = ({ attempt }: UploadKey): Refusal | null => closed(attempt === null ? 'new' : 'results');
  const problemOf = async (upload: UploadKey, bytes: number): Promise<Refusal | null> => {
    const full = isFull(upload);
    if (full !== null) return full;
    if (upload.attempt === null) return quota.problem(upload.ownerId, bytes);
    const { jobId, number } = upload.attempt;
    const job = await store.jobs.get(jobId);
    if (job?.kind !== command.name || job.ownerId !== upload.ownerId) return unknown;
    return job.endedAt === null && job.lease !== null && job.attempt === number ? null : over;
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
const over = refusal('conflict', 'The upload is refused: the attempt that its URL was made for is over.');

/** Null: no URL is ever made for such a key. */
function readKey(key: string): UploadKey | null {
  const [, ownerId, part, id, number, ...rest] = key.split('/');
  if (ownerId === undefined || id === undefined || number === undefined) return null;
  if (part === 'uploads') return { ownerId, attempt: null };
  if (part !== 'jobs' || rest.length === 0) return null;
  return { ownerId, attempt: { jobId: id, number: Number(number) } };
}
