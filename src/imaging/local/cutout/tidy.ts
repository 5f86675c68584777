import { components } from './components.ts';
import { boxMean, flagsOf, plane, smoothstep, type Plane } from '../raster/filter.ts';

/** Cells of a mask: fewer are less than the model tells apart. Never a share of the largest part. */
const SPECK = 3;
/** Soft edges reach this many cells from a blob; haze farther away is doubt, not subject. */
const REACH = 7;

/** The rough mask without specks and haze; all zero when nothing in it is certain. */
export function tidied(rough: Plane): Plane {
  const { width, height } = rough;
  const { labels, areas } = components(flagsOf(rough.data, (value) => !(value < 0.5)), width, height);
  const kept = plane(width, height);
  for (let at = 0; at < kept.data.length; at += 1) {
    const label = labels[at]!;
    kept.data[at] = label >= 0 && areas[label]! > SPECK ? 1 : 0;
  }
  const near = boxMean(kept, REACH);
  const out = plane(width, height);
  for (let at = 0; at < out.data.length; at += 1) {
    const isSpeck = labels[at]! >= 0 && kept.data[at] === 0;
    out.data[at] = isSpeck ? 0 : rough.data[at]! * (kept.data[at] === 1 ? 1 : smoothstep(0, 0.05, near.data[at]!));
  }
  return out;
}
