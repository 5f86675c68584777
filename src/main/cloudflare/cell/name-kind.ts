import type { Jobs } from '../../../application/jobs/jobs.ts';
import { otherKind } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';

/** That the job is of another kind than was asked for, to a caller who may see it; null to others. */
export async function nameKind(
  jobs: Pick<Jobs, 'get'>,
  context: RequestContext,
  id: string,
  wanted: string,
): Promise<ReturnType<typeof otherKind> | null> {
  const found = await jobs.get(context, id);
  return found.ok ? otherKind({ id, kind: (found.value as { readonly kind: string }).kind }, wanted) : null;
}
