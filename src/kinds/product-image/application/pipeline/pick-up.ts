import type { Dependencies } from '../../../../application/dependencies.ts';
import { placeOf } from '../../../../domain/job/id.ts';
import { isUploaded } from '../../domain/keys.ts';
import { productImage } from '../../domain/kind.ts';
import type { ProductImageFields } from '../../domain/types.ts';
import { inCommit } from './steps.ts';

const scopes = [{ kind: productImage.name, ownerId: null }];
const pageSize = 500;

/**
 * Has the pipeline do the jobs in these states that nobody does: announced or started before there was a pipeline, or
 * at a server without. Photos that somebody is about to upload are left alone: the upload ends with a start. Answers
 * how many there were.
 */
export async function pickUp(
  deps: Pick<Dependencies, 'store' | 'writePath' | 'ids'>,
  states: readonly ('NEW' | 'QUEUED')[],
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const state of states) {
    for (let before: string | undefined; !signal.aborted; ) {
      const page = await deps.store.jobs.list({
        scopes, state, limit: pageSize, ...(before !== undefined && { before }),
      });
      for (const job of page) {
        const fields = job.fields as ProductImageFields;
        if (fields.sagaId !== null || (state === 'NEW' && isUploaded(fields))) continue;
        const begun = await inCommit(deps, { jobId: job.id }, (draft, image) =>
          draft.changeJob(productImage, image, { type: 'start', sagaId: deps.ids.uuid() }));
        if (begun.ok) count += 1;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) break;
      before = placeOf(last);
    }
  }
  return count;
}
