import type { Models } from '../models/models.ts';
import type { Plane } from '../raster/filter.ts';
import { WHOLE, type Box, type Picture } from '../raster/picture.ts';

/** How much each cell belongs to what stands out in the picture, or in a part of it (0..1); 320 x 320 or more. */
export async function salience(models: Models, picture: Picture, part: Box = WHOLE): Promise<Plane> {
  return (await models.segmenter()).masked(picture, part);
}

/** The same of a whole picture, by fewer cells where the model can be shown fewer. */
export async function quickSalience(models: Models, picture: Picture): Promise<Plane> {
  return (await models.segmenter()).masked(picture, WHOLE, 'quick');
}
