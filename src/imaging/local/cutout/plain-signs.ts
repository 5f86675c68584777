import type { Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import type { Evidence } from './backdrop-cells.ts';
import { SUBJECT, type Parts } from './backdrop-kinds.ts';
import { components, distanceTo, largestNear, partsAtFrame } from './components.ts';
import type { PlainSigns } from './confidence.ts';

/** Of salience: the model sees nothing, or nothing at all; and is sure. */
const UNSEEN = 0.3;
const NOTHING = 0.15;
const SURE = 0.9;
/** Cells between which colour is compared: the width of a link of a chain. */
const LINK = 4;
/** Of saturation: what is coloured, and the share of it that grey between it has, with a JPEG's bleeding. */
const COLOURED = 0.25;
const GREY = 0.4;
/** Steps from the backdrop from which on cells are not mixed with it, and from which on they are well within. */
const [PURE, DEEP] = [2, 5];
/** The least light in a shadow, as a share. */
const DARKEST = 0.3;
/** ΔE that noise explains on smooth paper, and what more there is on rough stone. */
const [SMOOTH, ROUGH] = [2.3, 3.7];
/** Cells by which the model's edges may be off. */
const OFF = 3;

/** What confidence in a cut-out on a plain backdrop goes by. */
export function plainSigns(
  evidence: Evidence,
  parts: Parts,
  salience: Plane,
  mask: Mask,
  { lost, pattern }: { readonly lost: number; readonly pattern: number },
): PlainSigns {
  const { kind, doubt, width, height } = parts;
  const inwards = distanceTo(kind.map((value) => (value === SUBJECT ? 0 : 1)), width, height, DEEP);
  let [subject, grey, deep, shade, unseen] = [0, 0, 0, 0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (kind[at] !== SUBJECT) continue;
    subject += 1;
    if (salience.data[at]! < NOTHING) unseen += 1;
    if (evidence.shaded[at] === 0) continue;
    grey += 1;
    if (inwards[at] === DEEP) deep += 1;
    if (salience.data[at]! < UNSEEN) shade += 1;
  }
  return {
    doubt: Math.min(1, doubt + pattern / subject),
    lost,
    grey: grey / subject,
    deep: deep / subject,
    shade: shade / subject,
    dull: dullCells(evidence, inwards) / subject,
    unseen: unseen / subject,
    vague: vagueShare(evidence, parts, salience),
    mixed: mixedShare(mask),
  };
}

/**
 * Of the subject, grey and darker than the backdrop, close to what is coloured: within the links of a chain that is
 * their shadow. The share of colour is compared, which shading leaves as it is.
 */
function dullCells({ tint, light, backdrop, width, height }: Evidence, inwards: Uint8Array): number {
  const saturation = new Float32Array(inwards.length);
  for (let at = 0; at < inwards.length; at += 1) {
    if (inwards[at] === 0) continue;
    saturation[at] = tint[at]! / Math.max(1, light[at]! * (backdrop.lightness.data[at]! + 16));
  }
  const most = largestNear(saturation, width, height, LINK);
  let dull = 0;
  for (let at = 0; at < inwards.length; at += 1) {
    const isShade = inwards[at]! >= PURE && light[at]! > DARKEST && light[at]! < 1;
    if (isShade && most[at]! > COLOURED && saturation[at]! < most[at]! * GREY) dull += 1;
  }
  return dull;
}

/** On a rough backdrop, of what the model is sure of, what was left to the backdrop around the subject. */
function vagueShare({ limit }: Evidence, { kind, width, height }: Parts, salience: Plane): number {
  const roughness = Math.min(1, Math.max(0, (limit - SMOOTH) / ROUGH));
  if (roughness === 0) return 0;
  const rest = components(kind.map((value) => (value === SUBJECT ? 0 : 1)), width, height);
  const isOuter = partsAtFrame(rest, width, height);
  const away = distanceTo(kind.map((value) => (value === SUBJECT ? 1 : 0)), width, height, OFF);
  let [sure, left] = [0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (salience.data[at]! < SURE) continue;
    sure += 1;
    if (away[at] === OFF && isOuter[rest.labels[at]!] === 1) left += 1;
  }
  return sure === 0 ? 0 : (roughness * left) / sure;
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
