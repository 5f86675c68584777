import { toLab } from '../raster/colour.ts';
import { boxMean, plane, smoothstep } from '../raster/filter.ts';
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

/** Lab steps of the histogram in which the main surface is looked for; coarse, since light varies over a wall. */
const CELL = [14, 7, 7] as const;
/** Light and shade move L far and a and b little. */
const LIGHTNESS_WEIGHT = 0.3;

/** The part of a box that has its most frequent colour: of a wall, the wall, and not the lamp before it. */
export function mainSurface(picture: Picture, mask: Mask): Mask {
  const sums = new Map<string, number[]>();
  const lab = new Float32Array(3);
  const read = (at: number): void => {
    toLab(picture.data[at * 4]!, picture.data[at * 4 + 1]!, picture.data[at * 4 + 2]!, lab);
  };
  const stride = Math.max(1, Math.floor(mask.data.length / 400_000)) | 1;
  for (let at = 0; at < mask.data.length; at += stride) {
    if (mask.data[at]! < 128) continue;
    read(at);
    const key = CELL.map((step, channel) => Math.round(lab[channel]! / step)).join();
    const sum = sums.get(key) ?? [0, 0, 0, 0];
    sums.set(key, [sum[0]! + 1, sum[1]! + lab[0]!, sum[2]! + lab[1]!, sum[3]! + lab[2]!]);
  }
  const fullest = [...sums.values()].reduce((best, sum) => (sum[0]! > best[0]! ? sum : best), [0, 0, 0, 0]);
  const [count = 0, ...totals] = fullest;
  if (count === 0) return mask;
  const centre = totals.map((total) => total / count);
  const close = plane(mask.width, mask.height);
  for (let at = 0; at < mask.data.length; at += 1) {
    if (mask.data[at] === 0) continue;
    read(at);
    const distance = Math.hypot(
      (lab[0]! - centre[0]!) * LIGHTNESS_WEIGHT,
      lab[1]! - centre[1]!,
      lab[2]! - centre[2]!,
    );
    close.data[at] = 1 - smoothstep(9, 17, distance);
  }
  // Sensor noise alone must not leave specks of the old colour.
  const radius = Math.max(1, Math.round(Math.max(mask.width, mask.height) / 700));
  const smooth = boxMean(close, radius);
  const data = mask.data.map((value, at) => Math.round(value * smoothstep(0.15, 0.75, smooth.data[at]!)));
  return { ...mask, data };
}
