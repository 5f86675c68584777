import type { Plane } from '../raster/filter.ts';
import { spread } from '../raster/spread.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SHADOW, SUBJECT, type Parts } from './backdrop-kinds.ts';
import { largestNear } from './components.ts';
import { fillHoles } from './holes.ts';
import { deepShadows, endsHard } from './soft-shadow.ts';

/** Of L per cell: a soft shadow's slope is below, an edge's above. At 1,200 cells a side. */
const SOFT = 1.5;
/** A JPEG's blocks: how far ringing reaches, in pixels, and its height as a share of the edge's. */
const BLOCK = 8;
const RINGING = 0.17;

/**
 * Backdrop is what is like it and connected to the border, through soft shadows too; and what is like it within the
 * subject and sharply bounded: a hole. `salience` (0..1) only settles what the colours leave open. `scale` is the
 * picture's pixels per cell.
 */
export function partsOf(evidence: Evidence, salience: Plane, scale: number): Parts {
  const { width, height } = evidence;
  let kind = flooded(evidence, SOFT);
  // Where the subject is grey the flood enters it from its shadow; then the shadow is told by the model.
  const isEntered = endsHard(evidence, kind, salience);
  if (isEntered) kind = flooded(evidence, 0);
  let open = fillHoles(evidence, kind);
  dropRinging(evidence, kind, scale);
  open += deepShadows(evidence, kind, salience, isEntered);
  let subject = 0;
  for (const value of kind) if (value === SUBJECT) subject += 1;
  return { width, height, kind, doubt: subject === 0 ? 1 : open / subject + (isEntered ? 0.1 : 0) };
}

/** From the border through what is like the backdrop, and what is shaded with less slope than given (L per cell). */
function flooded(evidence: Evidence, soft: number): Uint8Array {
  const { width, height, unlike, shaded, slope } = evidence;
  const kind = new Uint8Array(width * height).fill(SUBJECT);
  const enters = (at: number): boolean => {
    if (kind[at] !== SUBJECT) return false;
    if (unlike[at]! < 1) kind[at] = BACKDROP;
    else if (shaded[at] === 1 && slope[at]! < soft) kind[at] = SHADOW;
    else return false;
    return true;
  };
  const border: number[] = [];
  for (let x = 0; x < width; x += 1) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y += 1) border.push(y * width, y * width + width - 1);
  spread(width, height, border.filter((at) => unlike[at]! < 1 && enters(at)), enters);
  return kind;
}

/** Around a strong edge a JPEG's blocks ring. Joined to the backdrop and far below the edge's contrast, that is it. */
function dropRinging({ width, height, contrast }: Evidence, kind: Uint8Array, scale: number): void {
  const strongest = largestNear(contrast, width, height, Math.max(2, Math.round(BLOCK / scale)));
  const known: number[] = [];
  for (let at = 0; at < kind.length; at += 1) if (kind[at] !== SUBJECT) known.push(at);
  spread(width, height, known, (at) => {
    if (kind[at] !== SUBJECT || contrast[at]! >= strongest[at]! * RINGING) return false;
    kind[at] = BACKDROP;
    return true;
  });
}
