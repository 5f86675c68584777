import type { Result } from '../../domain/errors.ts';
import { ok } from '../../domain/errors.ts';
import { imageSet } from '../../kinds/image-set/domain/kind.ts';
import type { Dependencies } from '../dependencies.ts';
import { onJob } from '../operation.ts';

/**
 * Ends what nobody will end any more. Unless `early` (its queue's patience ran out), only if its deadline has
 * passed: whoever saw that it had may have looked before a command that moved it.
 */
export function expireJob(
  deps: Pick<Dependencies, 'writePath'>,
  jobId: string,
  reason: string,
  { early = false }: { readonly early?: boolean } = {},
): Promise<Result<string>> {
  const by = { origin: { actor: 'system', correlationId: jobId }, admits: () => true };
  return onJob(deps, imageSet, jobId, by, (draft, job) => {
    const after = draft.changeJob(imageSet, job, { type: 'expire', reason, onlyOverdue: !early });
    return after.ok ? ok(after.value.state) : after;
  });
}
