import type { ImageSetFields } from '../../kinds/image-set/domain/types.ts';
import type { Bindings } from './bindings.ts';
import { accountOf, jobOf } from './others.ts';
import { mustHear } from './said.ts';

/** Whether a set of the owner's that has not ended is made of the photos of this one. Its slots bound how many. */
export async function isReferredToBy(env: Bindings, ownerId: string, jobId: string): Promise<boolean> {
  for (const id of await mustHear(accountOf(env, ownerId).openJobIds())) {
    const job = id === jobId ? null : await mustHear(jobOf(env, id).listed(id));
    if ((job?.fields as ImageSetFields | undefined)?.inputs?.jobId === jobId) return true;
  }
  return false;
}
