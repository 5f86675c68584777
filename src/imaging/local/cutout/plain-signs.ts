import type { Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import type { Evidence } from './backdrop-cells.ts';
import { SUBJECT, type Parts } from './backdrop-kinds.ts';
import type { PlainSigns } from './confidence.ts';

/** Of salience: the model sees nothing. */
const UNSEEN = 0.3;

/** What confidence in a cut-out on a plain backdrop goes by. */
export function plainSigns(
  { shaded }: Evidence,
  { kind, doubt }: Parts,
  salience: Plane,
  mask: Mask,
  { lost, pattern }: { readonly lost: number; readonly pattern: number },
): PlainSigns {
  let [subject, grey, shade] = [0, 0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (kind[at] !== SUBJECT) continue;
    subject += 1;
    if (shaded[at] === 0) continue;
    grey += 1;
    if (salience.data[at]! < UNSEEN) shade += 1;
  }
  const left = Math.min(1, doubt + pattern / subject);
  return { doubt: left, lost, grey: grey / subject, shade: shade / subject, mixed: mixedShare(mask) };
}

/** Of the visible pixels, those that are neither all subject nor all background. */
function mixedShare({ data }: Mask): number {
  let [visible, mixed] = [0, 0];
  for (const value of data) {
    if (value <= 25) continue;
    visible += 1;
    if (value < 230) mixed += 1;
  }
  return visible === 0 ? 1 : mixed / visible;
}
