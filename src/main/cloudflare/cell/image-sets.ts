import type { RequestContext } from '../../../application/request.ts';
import type { Result } from '../../../domain/errors.ts';
import type { ImageSets } from '../../../kinds/image-set/application/image-sets.ts';
import { imageSet } from '../../../kinds/image-set/domain/kind.ts';
import type { Cells } from './cells.ts';
import { nameKind } from './name-kind.ts';
import { cellOfId } from './place.ts';

/** Image sets have objects of their own; of what is in a cell its kind is named to those who may see it. */
export function imageSetsBeside(cells: Cells, sets: ImageSets): ImageSets {
  const on = async <T>(context: RequestContext, id: string, use: () => Promise<Result<T>>): Promise<Result<T>> => {
    if (cellOfId(id) === 0) return use();
    return (await nameKind(cells.part(cells.ofId(id), 'jobs'), context, id, imageSet.name)) ?? use();
  };
  return {
    ...sets,
    confirmUpload: (context, id, input) => on(context, id, () => sets.confirmUpload(context, id, input)),
    execute: (context, id, input) => on(context, id, () => sets.execute(context, id, input)),
    inputs: (context, id) => on(context, id, () => sets.inputs(context, id)),
    results: (context, id) => on(context, id, () => sets.results(context, id)),
  };
}
