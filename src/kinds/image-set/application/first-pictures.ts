import type { Dependencies } from '../../../application/dependencies.ts';
import { foundOf } from '../../../application/found-of.ts';
import { seenJob } from '../../../application/operation.ts';
import type { RequestContext } from '../../../application/request.ts';
import { imageSet } from '../domain/kind.ts';
import type { ImageSetJob } from '../domain/types.ts';
import { detailOfImageSet } from './get.ts';
import { inputsOfSet } from './inputs.ts';

/** One picture of a set: as it is delivered, or still to be made. */
export interface FirstPicture {
  readonly idx: number;
  /** Null: it has no result yet. */
  readonly state: string | null;
  readonly previewUrl: string | null;
  readonly outputUrl: string | null;
  readonly inputPreviewUrl: string | null;
  readonly inputUrl: string | null;
}

export interface FirstPictures {
  readonly id: string;
  readonly pictures: readonly FirstPicture[];
}

type Deps = Pick<Dependencies, 'store' | 'objects' | 'settings'>;

/** Of several sets, in the order asked. What the caller does not see, or is no set, is left out. */
export async function firstPictures(
  deps: Deps,
  context: RequestContext,
  ids: readonly string[],
  first: number,
): Promise<readonly FirstPictures[]> {
  return foundOf(ids, (id) => picturesOfSet(deps, context, id, first));
}

async function picturesOfSet(
  deps: Deps,
  context: RequestContext,
  id: string,
  first: number,
): Promise<FirstPictures | null> {
  const seen = seenJob(await deps.store.jobs.get(id), imageSet, id, context);
  if (!seen.ok) return null;
  const job = seen.value as ImageSetJob;
  const [{ items }, inputs] = await Promise.all([detailOfImageSet(deps, job, first), inputsOfSet(deps, job, first)]);
  const ended = new Map(items.map((item) => [item.idx, item]));
  return {
    id: job.id,
    pictures: inputs.map(({ idx, inputUrl }) => {
      const { state = null, previewUrl = null, outputUrl = null, inputPreviewUrl = null } = ended.get(idx) ?? {};
      return { idx, state, previewUrl, outputUrl, inputPreviewUrl, inputUrl };
    }),
  };
}
