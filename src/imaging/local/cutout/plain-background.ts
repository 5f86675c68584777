import { resized, type Plane } from '../raster/filter.ts';
import { shrunk, type Picture } from '../raster/picture.ts';
import { matteOnBackdrop, type Matte } from './backdrop-alpha.ts';
import { evidenceOf, type Evidence } from './backdrop-cells.ts';
import { backdropModel } from './backdrop-model.ts';
import { SHADOW, SUBJECT, type Parts } from './backdrop-kinds.ts';
import { partsOf } from './backdrop-parts.ts';
import { components, distanceTo, largestNear, partsAtFrame } from './components.ts';
import { dropDust } from './dust.ts';
import type { PlainSigns } from './confidence.ts';
import { meanGaps } from './holes.ts';
import { plainSigns } from './plain-signs.ts';
import { shadeOf } from './shade.ts';

/** Cells a side: enough to tell a wire, few enough to look at each several times. */
const SIDE = 1200;
/** Less of the picture than this is no subject; more leaves no backdrop. */
const LEAST = 0.0005;
const MOST = 0.95;
/** Of what the model is sure of, the share that may be lost to what only looks like shadow. */
const MOST_LOST = 0.25;
/** As a multiple of noise, a clear edge; and how much of the outline may lack it. */
const CLEAR = 3;
const MOST_WEAK = 0.25;
/** Cells from something clear that its gaps reach. */
const NEAR = 6;

/** A subject on a plain backdrop, told from the photo's colours: no model knows thin and hollow things. */
export interface PlainBackground {
  readonly matte: Matte;
  readonly signs: PlainSigns;
  /** The shadow on the backdrop as a factor on its light (1 none); undefined where it is too dark to show one. */
  readonly shade: Plane | undefined;
}

/** Undefined when the backdrop is not plain, or the subject too much like it. `salience` is 0..1. */
export async function plainBackground(picture: Picture, salience: Plane): Promise<PlainBackground | undefined> {
  const model = await backdropModel(picture);
  if (model === undefined) return undefined;
  const small = await shrunk(picture, SIDE);
  const evidence = evidenceOf(small, model);
  const seen = resized(salience, small.width, small.height);
  const scale = picture.width / small.width;
  const parts = partsOf(evidence, seen, scale);
  dropDust(evidence, parts.kind, scale);
  if (!isSubject(parts) || leaks(evidence, parts, seen)) return undefined;
  const matte = matteOnBackdrop(picture, small, model, evidence, parts);
  return { matte, signs: plainSigns(evidence, parts, seen, matte.mask), shade: shadeOf(small, model, parts) };
}

function isSubject({ kind }: Parts): boolean {
  let area = 0;
  for (const value of kind) if (value === SUBJECT) area += 1;
  return area >= kind.length * LEAST && area <= kind.length * MOST;
}

/**
 * White on white: where the subject's colour is nearly the backdrop's, its shading passes for a shadow and its middle
 * for backdrop. Gaps between leaves and the glass of spectacles are no such loss: clear parts are near, or all round.
 */
function leaks(evidence: Evidence, { kind, width, height }: Parts, salience: Plane): boolean {
  const { contrast, limit } = evidence;
  const toClear = distanceTo(
    kind.map((value, at) => (value === SUBJECT && contrast[at]! > limit * CLEAR ? 1 : 0)), width, height, NEAR + 1,
  );
  const rest = components(kind.map((value) => (value === SUBJECT ? 0 : 1)), width, height);
  const isOuter = partsAtFrame(rest, width, height);
  const taken = new Uint8Array(kind.length);
  let [sure, lost] = [0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (salience.data[at]! < 0.7) continue;
    sure += 1;
    if (kind[at] === SUBJECT || toClear[at]! <= NEAR || isOuter[rest.labels[at]!] === 0) continue;
    if (kind[at] === SHADOW) lost += 1;
    else taken[at] = 1;
  }
  const parts = components(taken, width, height);
  const gaps = meanGaps(evidence, parts);
  parts.areas.forEach((area, label) => {
    if (gaps[label]! > evidence.meanLimit * 0.9) lost += area;
  });
  return lost > sure * MOST_LOST || weakRim(evidence, kind, salience) > MOST_WEAK;
}

/** The share of the subject's outline, where the model sees subject, behind which there is nothing clear. */
function weakRim({ contrast, limit, width, height }: Evidence, kind: Uint8Array, salience: Plane): number {
  const strongest = largestNear(contrast, width, height, 4);
  let [rim, weak] = [0, 0];
  for (let at = width; at < kind.length - width; at += 1) {
    if (kind[at] !== SUBJECT || salience.data[at]! < 0.7) continue;
    const isRim = [at - 1, at + 1, at - width, at + width].some((to) => kind[to] !== SUBJECT);
    if (!isRim) continue;
    rim += 1;
    if (strongest[at]! < limit * CLEAR) weak += 1;
  }
  return rim === 0 ? 0 : weak / rim;
}
