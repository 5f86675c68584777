import type { Mask } from '../raster/mask.ts';
import { isOpaque, type Picture } from '../raster/picture.ts';
import type { EdgeColours } from './edge-colours.ts';

/** Less of a picture than this is opaque, and nobody cut anything out. */
const LEAST_OPAQUE = 0.001;
/** Less than this is transparent, and it is a rounded corner or a rim. */
const LEAST_CLEAR = 0.02;

/** Where nothing of the old background is mixed in: each pixel has the subject's own colour. */
export const unmixed: EdgeColours = { at: new Int32Array(0), rgb: new Uint8Array(0) };

/** What an upload's alpha says is its subject; undefined where it says nothing: none is cut out, or all of it is. */
export function ownAlpha(picture: Picture): Mask | undefined {
  if (isOpaque(picture)) return undefined;
  const { width, height, data } = picture;
  const pixels = width * height;
  let [opaque, clear] = [0, 0];
  for (let at = 3; at < data.length; at += 4) {
    if (data[at]! >= 250) opaque += 1;
    else if (data[at]! <= 5) clear += 1;
  }
  if (opaque < pixels * LEAST_OPAQUE || clear < pixels * LEAST_CLEAR) return undefined;
  const alpha = new Uint8Array(pixels);
  for (let at = 0; at < pixels; at += 1) alpha[at] = data[at * 4 + 3]!;
  return { width, height, data: alpha };
}
