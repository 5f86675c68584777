import type { Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import type { EdgeColours } from './edge-colours.ts';

/** Less of a picture than this is opaque, and nobody cut anything out. */
const LEAST_OPAQUE = 0.001;
/** Less than this is transparent, and it is a rounded corner or a rim. */
const LEAST_CLEAR = 0.02;

/** Where nothing of the old background is mixed in: each pixel has the subject's own colour. */
export const unmixed: EdgeColours = { at: new Int32Array(0), rgb: new Uint8Array(0) };

/** What an upload's alpha says is its subject; undefined where it says nothing: none is cut out, or all of it is. */
export function ownAlpha({ width, height, data }: Picture): Mask | undefined {
  const pixels = width * height;
  const mask = new Uint8Array(pixels);
  let [opaque, clear] = [0, 0];
  for (let at = 0; at < pixels; at += 1) {
    const alpha = data[at * 4 + 3]!;
    mask[at] = alpha;
    if (alpha >= 250) opaque += 1;
    else if (alpha <= 5) clear += 1;
  }
  if (opaque < pixels * LEAST_OPAQUE || clear < pixels * LEAST_CLEAR) return undefined;
  return { width, height, data: mask };
}
