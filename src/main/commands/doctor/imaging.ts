import type { RestylerOptions } from '../../../imaging/local/index.ts';
import { fail, ok, reasonOf, type Finding } from './finding.ts';

/** Whether this machine can restyle photos: opens the model that finds subjects, and says which one it is. */
export async function checkImaging(
  options: { readonly [Name in 'segmentModel' | 'runtime']?: RestylerOptions[Name] | undefined },
): Promise<Finding> {
  const { segmentModel, runtime = 'auto' } = options;
  const startedAt = performance.now();
  try {
    const { createRestyler } = await import('../../../imaging/local/index.ts');
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
        ? 'Install again (npm ci): the model and sharp come with the package.'
        : 'See docs/guides/segmentation-models.md; without SEGMENT_MODEL the built-in model is used.';
    return fail('imaging', reasonOf(error), advice);
  }
}
