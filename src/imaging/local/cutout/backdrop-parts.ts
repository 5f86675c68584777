import { flagsOf, type Plane } from '../raster/filter.ts';
import { spread } from '../raster/spread.ts';
import { restoreAlike } from './alike-parts.ts';
import type { Evidence } from './backdrop-cells.ts';
import { BACKDROP, SHADOW, SUBJECT, type Parts } from './backdrop-kinds.ts';
import { largestNear } from './components.ts';
import { fillHoles } from './holes.ts';
import { deepShadows, enteredParts } from './soft-shadow.ts';

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
  const kind = flooded(evidence);
  // Where the subject is grey the flood enters it from its shadow; then the shadow is told by the model.
  const kept = enteredParts(evidence, kind, salience);
  const ringing = ringingOf(evidence, scale);
  const { holes, open } = fillHoles(evidence, kind, kept, salience, ringing);
  dropRinging(evidence, kind, ringing);
  restoreAlike(evidence, kind, salience, holes, kept);
  const dim = deepShadows(evidence, kind, salience, kept);
  let subject = 0;
  for (const value of kind) if (value === SUBJECT) subject += 1;
  return { width, height, kind, doubt: subject === 0 ? 1 : Math.min(1, (open + dim) / subject) };
}

/** From the border through what is like the backdrop, and what is shaded without a sharp edge. */
function flooded({ width, height, unlike, shaded, sharp }: Evidence): Uint8Array {
  const kind = new Uint8Array(width * height).fill(SUBJECT);
  const enters = (at: number): boolean => {
    if (kind[at] !== SUBJECT) return false;
    if (unlike[at]! < 1) kind[at] = BACKDROP;
    else if (shaded[at] === 1 && sharp[at] === 0) kind[at] = SHADOW;
    else return false;
    return true;
  };
  const border: number[] = [];
  for (let x = 0; x < width; x += 1) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y += 1) border.push(y * width, y * width + width - 1);
  spread(width, height, border.filter((at) => unlike[at]! < 1 && enters(at)), enters);
  return kind;
}

/** Around a strong edge a JPEG's blocks ring: 1 where a cell is far below the contrast of what is near. */
function ringingOf({ width, height, contrast }: Evidence, scale: number): Uint8Array {
  const strongest = largestNear(contrast, width, height, Math.max(2, Math.round(BLOCK / scale)));
  return flagsOf(strongest, (value, at) => contrast[at]! < value * RINGING);
}

/** What rings and is joined to the backdrop is backdrop. */
function dropRinging({ width, height }: Evidence, kind: Uint8Array, ringing: Uint8Array): void {
  const known: number[] = [];
  for (let at = 0; at < kind.length; at += 1) if (kind[at] !== SUBJECT) known.push(at);
  spread(width, height, known, (at) => {
    if (kind[at] !== SUBJECT || ringing[at] === 0) return false;
    kind[at] = BACKDROP;
    return true;
  });
}
