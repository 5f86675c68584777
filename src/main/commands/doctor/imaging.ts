import type { RestylerOptions } from '../../../imaging/local/index.ts';
import { loadImaging, missingImagingPackages } from '../../node/imaging.ts';
import { fail, ok, reasonOf, warn, type Finding } from './finding.ts';

/** Whether this machine can restyle photos: opens the model that finds subjects, and says which one it is. */
export async function checkImaging(
  options: { readonly [Name in 'segmentModel' | 'runtime']?: RestylerOptions[Name] | undefined },
): Promise<Finding> {
  const { segmentModel, runtime = 'auto' } = options;
  const startedAt = performance.now();
  try {
    const { createRestyler } = await loadImaging();
    const restyler = await createRestyler({ segmentModel, runtime });
    const { name, family, size, runtime: used } = restyler.model;
    await restyler.close();
    const which = segmentModel === undefined ? `the built-in model ${name}` : `${name} (${segmentModel})`;
    const like = segmentModel === undefined ? '' : `, ${family === null ? 'as described' : `of the family ${family}`}`;
    const took = Math.round(performance.now() - startedAt);
    return ok('imaging', `${which}${like}, ${size}, on the ${used} runtime; ready in ${took} ms`);
  } catch (error) {
    const advice =
      segmentModel === undefined
        ? 'The model comes with the package, the runtime and sharp are installed beside it.'
        : 'See docs/guides/segmentation-models.md; without SEGMENT_MODEL the built-in model is used.';
    return fail('imaging', reasonOf(error), advice);
  }
}

/** Of a server that has others work on photos, and may cut out products itself. */
export function checkImagingPackages(): Finding {
  const missing = missingImagingPackages();
  if (missing === null) return ok('imaging', 'the packages for work on photos are installed');
  return warn('imaging', missing, 'Only product images, and image sets with --workers images, need it.');
}
