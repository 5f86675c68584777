import type { Result } from '../../domain/errors.ts';
import { ok } from '../../domain/errors.ts';
import { imageSet } from '../../domain/kinds/image-set/kind.ts';
import type { Dependencies } from '../dependencies.ts';
import { onJob } from '../operation.ts';

/** Ends what nobody will end any more: its time, or its queue's patience, ran out. */
export function expireJob(deps: Pick<Dependencies, 'writePath'>, jobId: string, reason: string): Promise<Result<string>> {
  const by = { origin: { actor: 'system', correlationId: jobId }, admits: () => true };
  return onJob(deps, imageSet, jobId, by, (draft, job) => {
    const after = draft.changeJob(imageSet, job, { type: 'expire', reason });
    return after.ok ? ok(after.value.state) : after;
  });
}
