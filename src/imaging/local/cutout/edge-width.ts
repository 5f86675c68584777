import { boxMean, type Plane } from '../raster/filter.ts';

/**
 * Where a picture is sharp. Blurred once more by a known amount, a narrow edge loses more of its slope than a wide one:
 * the slopes' ratio is sqrt(1 + blur² / width²) (Zhuo and Sim, "Defocus map estimation from a single image", 2011).
 */
const BLUR_RADIUS = 2;
/** Of an edge of the picture's own sharpness the ratio is 1.7 to 2.2, of a shadow's soft edge (2.5 cells) 1.3. */
const SHARP = 1.5;

export interface Slopes {
  /** The difference to the steepest neighbour of the smoothed picture, per cell. */
  readonly slope: Float32Array;
  /** 1 where that is a narrow edge's, whatever its height. */
  readonly narrow: Uint8Array;
}

export function slopesOf(lightness: Plane): Slopes {
  const fine = boxMean(lightness, 1);
  const slope = gradient(fine);
  const blurred = gradient(boxMean(boxMean(fine, BLUR_RADIUS), BLUR_RADIUS));
  const narrow = new Uint8Array(slope.length);
  for (let at = 0; at < slope.length; at += 1) narrow[at] = slope[at]! > SHARP * blurred[at]! ? 1 : 0;
  return { slope, narrow };
}

function gradient({ width, height, data }: Plane): Float32Array {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const across = data[x < width - 1 ? at + 1 : at]! - data[x > 0 ? at - 1 : at]!;
      const down = data[y < height - 1 ? at + width : at]! - data[y > 0 ? at - width : at]!;
      out[at] = Math.sqrt(across * across + down * down) / 2;
    }
  }
  return out;
}
