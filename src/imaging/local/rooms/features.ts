import { boxMean, plane, type Plane } from '../raster/filter.ts';
import { labPlanes, type LabPlanes } from '../raster/lab-planes.ts';
import type { Picture } from '../raster/picture.ts';

/** What a surface is told by, at each pixel of a shrunk picture. */
export interface Features {
  readonly width: number;
  readonly height: number;
  /** Lab without the finest grain. */
  readonly lab: LabPlanes;
  /** How much L varies close by, as a standard deviation: the strength of a surface's grain. */
  readonly grain: Plane;
}

const SMOOTH_PASSES = 2;
const GRAIN_RADIUS = 3;

export function featuresOf(picture: Picture): Features {
  const { width, height } = picture;
  const raw = labPlanes(picture);
  const smooth = (source: Plane): Plane => {
    let out = source;
    for (let pass = 0; pass < SMOOTH_PASSES; pass += 1) out = medianOfFive(out);
    return out;
  };
  const lab = { lightness: smooth(raw.lightness), a: smooth(raw.a), b: smooth(raw.b) };
  const mean = boxMean(raw.lightness, GRAIN_RADIUS);
  const squares = plane(width, height);
  for (let at = 0; at < squares.data.length; at += 1) squares.data[at] = raw.lightness.data[at]! ** 2;
  const grain = boxMean(squares, GRAIN_RADIUS);
  for (let at = 0; at < grain.data.length; at += 1) {
    grain.data[at] = Math.sqrt(Math.max(0, grain.data[at]! - mean.data[at]! ** 2));
  }
  return { width, height, lab, grain };
}

/** The middle one of a pixel and its four neighbours: takes noise away and leaves edges where they are. */
function medianOfFive(source: Plane): Plane {
  const { width, height, data } = source;
  const out = plane(width, height);
  const five = new Float32Array(5);
  for (let y = 0; y < height; y += 1) {
    const [above, row, below] = [Math.max(0, y - 1) * width, y * width, Math.min(height - 1, y + 1) * width];
    for (let x = 0; x < width; x += 1) {
      five[0] = data[row + x]!;
      five[1] = data[above + x]!;
      five[2] = data[below + x]!;
      five[3] = data[row + Math.max(0, x - 1)]!;
      five[4] = data[row + Math.min(width - 1, x + 1)]!;
      five.sort();
      out.data[row + x] = five[2]!;
    }
  }
  return out;
}
