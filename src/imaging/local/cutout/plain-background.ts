import { flagsOf, resized, type Plane } from '../raster/filter.ts';
import { shrunk, type Views } from '../raster/picture.ts';
import { matteOnBackdrop, type Matte } from './backdrop-alpha.ts';
import { evidenceOf, type Evidence } from './backdrop-cells.ts';
import { backdropModel } from './backdrop-model.ts';
import { SHADOW, SUBJECT, type Parts } from './backdrop-kinds.ts';
import { partsOf } from './backdrop-parts.ts';
import { components, distanceTo, largestNear, partsAtFrame, type Components } from './components.ts';
import { dropDust, GRAINED } from './dust.ts';
import type { PlainSigns } from './confidence.ts';
import { meanGaps } from './holes.ts';
import { dropReflection } from './reflection.ts';
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
/** Of salience, what the model does not see; and of a side, what is near its corners. */
const UNSEEN = 0.15;
const CORNER = 0.05;
/** Cells from something clear that its gaps reach. */
const NEAR = 6;
/** Of a part's rim, what has to be near something clear for it to be a hole. */
const ENCLOSED = 0.97;
/** As a multiple of what noise explains, what is no backdrop for sure. */
const CLEARLY = 1.3;

/** A subject on a plain backdrop, told from the photo's colours: no model knows thin and hollow things. */
export interface PlainBackground {
  readonly matte: Matte;
  readonly signs: PlainSigns;
  /** The shadow on the backdrop as a factor on its light (1 none); undefined where it is too dark to show one. */
  readonly shade: Plane | undefined;
}

/** Why a backdrop is of no use: what is unlike it although the model sees nothing there, as a share of what it sees. */
export interface Unusable {
  readonly ignored: number;
}

/** `Unusable` when the backdrop is not plain, or the subject too much like it. `salience` is 0..1. */
export async function plainBackground(
  { picture, overview }: Views,
  salience: Plane,
): Promise<PlainBackground | Unusable> {
  const model = await backdropModel(overview);
  if (model === undefined) return { ignored: 0 };
  const small = await shrunk(overview, SIDE);
  const evidence = evidenceOf(small, model);
  const { data } = resized(salience, small.width, small.height);
  const seen: Plane = { width: small.width, height: small.height, data: data.slice() };
  const scale = picture.width / small.width;
  const parts = partsOf(evidence, seen, scale);
  dropReflection(evidence, parts.kind, seen);
  const pattern = dropDust(evidence, parts.kind, seen, scale);
  const lost = lostShare(evidence, parts, seen);
  const isLost = lost > MOST_LOST || weakRim(evidence, parts.kind, seen) > MOST_WEAK;
  if (!isSubject(parts) || isLost || isPatterned(evidence, parts, seen)) {
    return { ignored: ignoredShare(evidence, seen) };
  }
  const matte = matteOnBackdrop(picture, small, model, evidence, parts);
  const signs = plainSigns(evidence, parts, seen, matte.mask, { lost, pattern });
  return { matte, signs, shade: shadeOf(small, model, parts) };
}

/**
 * Whether something crosses the picture from one side to the other in which the model sees nothing: the joints of
 * boards, say. Near the corners it may be the dark rim of a scan.
 */
function isPatterned({ limit }: Evidence, { kind, width, height }: Parts, salience: Plane): boolean {
  if (limit < GRAINED) return false;
  const { labels } = components(flagsOf(kind, (value) => value === SUBJECT), width, height, 8);
  const unseenIn = (length: number, cell: (at: number) => number): ReadonlySet<number> => {
    const found = new Set<number>();
    for (let at = Math.round(length * CORNER); at < length * (1 - CORNER); at += 1) {
      if (labels[cell(at)]! >= 0 && salience.data[cell(at)]! < UNSEEN) found.add(labels[cell(at)]!);
    }
    return found;
  };
  const left = unseenIn(height, (y) => y * width);
  const right = unseenIn(height, (y) => y * width + width - 1);
  const top = unseenIn(width, (x) => x);
  const bottom = unseenIn(width, (x) => (height - 1) * width + x);
  return [...left].some((label) => right.has(label)) || [...top].some((label) => bottom.has(label));
}

/** What is clearly neither backdrop nor shadow and the model sees nothing in. */
function ignoredShare({ unlike, shaded }: Evidence, salience: Plane): number {
  let [seen, ignored] = [0, 0];
  for (let at = 0; at < unlike.length; at += 1) {
    if (salience.data[at]! >= 0.5) seen += 1;
    else if (salience.data[at]! < 0.3 && unlike[at]! > CLEARLY && shaded[at] === 0) ignored += 1;
  }
  return seen === 0 ? 0 : Math.min(1, ignored / seen);
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
function lostShare(evidence: Evidence, { kind, width, height }: Parts, salience: Plane): number {
  const { contrast, limit } = evidence;
  const toClear = distanceTo(
    flagsOf(kind, (value, at) => value === SUBJECT && contrast[at]! > limit * CLEAR), width, height, NEAR + 1,
  );
  const rest = components(flagsOf(kind, (value) => value !== SUBJECT), width, height);
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
  const enclosed = enclosedShares(parts, toClear, width);
  parts.areas.forEach((area, label) => {
    // Within a string of pearls it is backdrop, which the model of the backdrop does not know as well there.
    if (gaps[label]! > evidence.meanLimit * 0.9 && enclosed[label]! < ENCLOSED) lost += area;
  });
  return sure === 0 ? 0 : lost / sure;
}

/** For each part, the share of its rim that has something clear right beyond it. */
function enclosedShares({ labels, areas }: Components, toClear: Uint8Array, width: number): Float64Array {
  const [rims, clear] = [new Float64Array(areas.length), new Float64Array(areas.length)];
  for (let at = width; at < labels.length - width; at += 1) {
    const label = labels[at]!;
    if (label < 0) continue;
    for (const to of [at - 1, at + 1, at - width, at + width]) {
      if (labels[to] === label) continue;
      rims[label]! += 1;
      if (toClear[to]! <= NEAR) clear[label]! += 1;
    }
  }
  return rims.map((rim, label) => (rim === 0 ? 0 : clear[label]! / rim));
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
