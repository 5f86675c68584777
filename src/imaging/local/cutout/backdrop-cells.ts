import { length } from '../raster/colour.ts';
import { boxMean, resized, type Plane } from '../raster/filter.ts';
import { labPlanes, type LabPlanes } from '../raster/lab-planes.ts';
import type { Picture } from '../raster/picture.ts';
import type { BackdropModel } from './backdrop-model.ts';
import { slopesOf } from './edge-width.ts';

/** Each cell of a picture on a plain backdrop, compared with what the backdrop would be there. */
export interface Evidence {
  readonly width: number;
  readonly height: number;
  /** How unlike the backdrop a cell is, itself or the mean around it, as a multiple of what noise explains. */
  readonly unlike: Float32Array;
  /** ΔE of a cell from the backdrop. */
  readonly contrast: Float32Array;
  /** Of the mean around a cell, its difference in L, a and b; and ΔE below which that is the model's error. */
  readonly gaps: readonly [Float32Array, Float32Array, Float32Array];
  readonly meanLimit: number;
  /** ΔE below which the difference of a single cell is noise. */
  readonly limit: number;
  /** Of the mean around a cell, how far its colour is from the backdrop's with more or less light; ΔE. */
  readonly tint: Float32Array;
  /** Of the mean around a cell, its light (L + 16) as a share of the backdrop's. */
  readonly light: Float32Array;
  /** What the backdrop would be at each cell. */
  readonly backdrop: LabPlanes;
  /** Of the backdrop, its mean distance from grey in Lab. */
  readonly chroma: number;
  /** Whether a cell is the backdrop's colour with less light. */
  readonly shaded: Uint8Array;
  /** The difference in L to the steepest neighbour of the smoothed picture. */
  readonly slope: Float32Array;
  /** Whether an edge is too narrow for a soft shadow's, and more than noise. */
  readonly sharp: Uint8Array;
}

const MOST_LIMIT = 9;
/** A backdrop darker than this L shows no shadow that could be told from the subject. */
const DARK = 14;
/** The darkest a shadow is, as a share of the backdrop's L. */
const DARKEST = 0.3;
/** Of L per cell on a white backdrop: less is no edge. */
const LEAST_STEP = 1.2;

export function evidenceOf(small: Picture, model: BackdropModel): Evidence {
  const { width, height } = small;
  const lab = labPlanes(small);
  const backdrop: LabPlanes = {
    lightness: resized(model.lab.lightness, width, height),
    a: resized(model.lab.a, width, height),
    b: resized(model.lab.b, width, height),
  };
  // A larger picture has more noise in a single pixel than the model's cells, which are means.
  const noise = Math.max(model.noise, Math.min(2.5 * model.noise + 0.3, grainOf(lab, backdrop)));
  const limit = Math.min(MOST_LIMIT, Math.max(2.3, 4 * noise, 2.3 * model.error));
  const meanLimit = Math.max(1.1, 1.6 * model.error + noise * 0.5);
  const cells = width * height;
  const slopes = slopesOf(lab.lightness);
  const out: Evidence = {
    width,
    height,
    limit,
    meanLimit,
    gaps: [new Float32Array(cells), new Float32Array(cells), new Float32Array(cells)],
    unlike: new Float32Array(cells),
    contrast: new Float32Array(cells),
    tint: new Float32Array(cells),
    light: new Float32Array(cells),
    backdrop,
    chroma: meanChroma(model.lab),
    shaded: new Uint8Array(cells),
    slope: slopes.slope,
    sharp: new Uint8Array(cells),
  };
  const [near, smooth] = [1, 2].map((radius) =>
    [lab.lightness, lab.a, lab.b].map((channel) => boxMean(channel, radius)) as [Plane, Plane, Plane],
  ) as [[Plane, Plane, Plane], [Plane, Plane, Plane]];
  for (let at = 0; at < cells; at += 1) {
    const l = backdrop.lightness.data[at]!;
    const a = backdrop.a.data[at]!;
    const b = backdrop.b.data[at]!;
    const own = length(lab.lightness.data[at]! - l, lab.a.data[at]! - a, lab.b.data[at]! - b);
    const mean = length(smooth[0].data[at]! - l, smooth[1].data[at]! - a, smooth[2].data[at]! - b);
    out.contrast[at] = own;
    out.unlike[at] = Math.max(own / limit, Math.min(mean, own + noise) / meanLimit);
    // Less light scales linear RGB, of which a, b and L + 16 are cube roots.
    const share = (near[0].data[at]! + 16) / (l + 16);
    const level = lab.lightness.data[at]! / Math.max(1, l);
    const tint = length(near[1].data[at]! - a * share, near[2].data[at]! - b * share, 0);
    out.tint[at] = tint;
    out.light[at] = share;
    out.gaps[0][at] = smooth[0].data[at]! - l;
    out.gaps[1][at] = smooth[1].data[at]! - a;
    out.gaps[2][at] = smooth[2].data[at]! - b;
    const isShaded = l > DARK && level >= DARKEST && level <= 1.03 && tint < Math.max(3, limit);
    out.shaded[at] = isShaded ? 1 : 0;
    // In the dark the same loss of light is a smaller step.
    const least = Math.max((LEAST_STEP * (l + 16)) / 116, limit * 0.25);
    out.sharp[at] = slopes.narrow[at] === 1 && slopes.slope[at]! > least ? 1 : 0;
  }
  return out;
}

function meanChroma({ a, b }: LabPlanes): number {
  let sum = 0;
  for (let at = 0; at < a.data.length; at += 1) sum += length(a.data[at]!, b.data[at]!, 0);
  return sum / a.data.length;
}

/** The deviation of single cells near the backdrop's colour from their neighbours; ΔE. */
function grainOf(lab: LabPlanes, backdrop: LabPlanes): number {
  const { width, data } = lab.lightness;
  const steps: number[] = [];
  const stride = Math.max(1, Math.floor(data.length / 40_000)) | 1;
  for (let at = width + 1; at < data.length - width - 1; at += stride) {
    if (Math.abs(data[at]! - backdrop.lightness.data[at]!) > MOST_LIMIT) continue;
    const step = (channel: Float32Array): number =>
      channel[at]! - (channel[at - 1]! + channel[at + 1]! + channel[at - width]! + channel[at + width]!) / 4;
    steps.push(length(step(data), step(lab.a.data), step(lab.b.data)));
  }
  if (steps.length === 0) return 0;
  return Float32Array.from(steps).sort()[steps.length >> 1]! * 1.3;
}
