import { toLab } from '../raster/colour.ts';
import { smoothstep } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';

/**
 * A thing's colour is that of its paint: a red motorcycle has more black and chrome than red, and a cup is white
 * inside. When it is given another colour, those parts stay.
 */
const BINS = 72;
/** Below this chroma (Lab) a pixel is grey to the eye. */
const GREY = 14;
/** A hue that covers less of the thing than this is a label or a flower on it, not its colour. */
const LEAST_SHARE = 0.12;
/** Degrees of hue. */
const SAME = 28;
const OTHER = 52;

/** The part of the mask that has the thing's own colour; all of it when the thing is grey or black or white. */
export function ownColour(picture: Picture, mask: Mask): Mask {
  const peak = mainHue(picture, mask);
  if (peak === undefined) return mask;
  const lab = new Float32Array(3);
  const data = mask.data.slice();
  for (let at = 0; at < data.length; at += 1) {
    if (data[at] === 0) continue;
    toLab(picture.data[at * 4]!, picture.data[at * 4 + 1]!, picture.data[at * 4 + 2]!, lab);
    const chroma = Math.hypot(lab[1]!, lab[2]!);
    const turn = Math.abs(((hueOf(lab) - peak + 540) % 360) - 180);
    // In its deepest shade a colour is nearly grey too, so less chroma is asked for there.
    const grey = GREY * Math.min(1, 0.25 + lab[0]! / 50);
    const weight = smoothstep(grey * 0.6, grey * 1.5, chroma) * (1 - smoothstep(SAME, OTHER, turn));
    data[at] = Math.round(data[at]! * weight);
  }
  return { ...mask, data };
}

/** In degrees; undefined when no hue covers enough of the mask. */
function mainHue(picture: Picture, mask: Mask): number | undefined {
  const weights = new Float64Array(BINS);
  const counts = new Float64Array(BINS);
  const lab = new Float32Array(3);
  const stride = Math.max(1, Math.floor(mask.data.length / 200_000)) | 1;
  let area = 0;
  for (let at = 0; at < mask.data.length; at += stride) {
    if (mask.data[at]! < 128) continue;
    area += 1;
    toLab(picture.data[at * 4]!, picture.data[at * 4 + 1]!, picture.data[at * 4 + 2]!, lab);
    const chroma = Math.hypot(lab[1]!, lab[2]!);
    if (chroma < GREY) continue;
    const bin = Math.floor((hueOf(lab) / 360) * BINS) % BINS;
    weights[bin]! += chroma;
    counts[bin]! += 1;
  }
  const around = (values: Float64Array, bin: number): number =>
    [-3, -2, -1, 0, 1, 2, 3].reduce((sum, step) => sum + values[(bin + step + BINS) % BINS]!, 0);
  let best = 0;
  for (let bin = 1; bin < BINS; bin += 1) if (around(weights, bin) > around(weights, best)) best = bin;
  if (area === 0 || around(counts, best) / area < LEAST_SHARE) return undefined;
  return ((best + 0.5) / BINS) * 360;
}

function hueOf(lab: Float32Array): number {
  return ((Math.atan2(lab[2]!, lab[1]!) * 180) / Math.PI + 360) % 360;
}
