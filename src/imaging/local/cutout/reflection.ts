import type { Plane } from '../raster/filter.ts';
import type { Evidence } from './backdrop-cells.ts';
import { SHADOW, SUBJECT } from './backdrop-kinds.ts';

/**
 * A polished table mirrors what stands on it: below the line on which it stands, each row differs from the backdrop as
 * the row as far above it does, only less, and ever less. A product of two colours does not fade, and one that is the
 * same upside down is as strong below as above.
 */
interface Mirror {
  /** The row of the line. */
  readonly row: number;
  /** 0..1: of the differences below it, what the mirror image explains. */
  readonly explained: number;
}

/** Cells of the longer side at which the line is looked for. */
const SIDE = 240;
/** Of the picture's height, the least that is mirrored; and of the frame, where no line is looked for. */
const LEAST = 0.04;
/** Of what was taken for the subject: less is its shadow, which is told by other signs. */
const LEAST_SHARE = 0.02;
/** Of the differences, what has to be explained; the strongest image; and how much of it is left at its far end. */
const EXPLAINED = 0.8;
const STRONGEST = 0.6;
const FADED = 0.75;
/** ΔE below which a row shows nothing. */
const NOTHING = 1.2;

/** Takes what the table mirrors off the subject and off what the model saw, in place. Whether there was any. */
export function dropReflection(evidence: Evidence, kind: Uint8Array, salience: Plane): boolean {
  const mirror = mirrorIn(evidence, kind);
  if (mirror === undefined) return false;
  const from = (mirror.row + 1) * evidence.width;
  let [all, mirrored] = [0, 0];
  for (let at = 0; at < kind.length; at += 1) {
    if (kind[at] !== SUBJECT) continue;
    all += 1;
    if (at >= from) mirrored += 1;
  }
  if (mirrored < all * LEAST_SHARE) return false;
  for (let at = from; at < kind.length; at += 1) {
    if (kind[at] === SUBJECT) kind[at] = SHADOW;
    salience.data[at] = 0;
  }
  return true;
}

function mirrorIn(evidence: Evidence, kind: Uint8Array): Mirror | undefined {
  const { width, height } = evidence;
  const rows = subjectRows(kind, width, height);
  if (rows === undefined) return undefined;
  const step = Math.max(1, Math.round(Math.max(width, height) / SIDE));
  let best: Mirror | undefined;
  const look = (row: number, along: number): void => {
    const found = mirrorAt(evidence, kind, row, rows, along);
    if (found !== undefined && found.explained > (best?.explained ?? 0)) best = found;
  };
  const least = Math.ceil(height * LEAST);
  for (let row = rows.top + least; row < rows.bottom - least; row += step) look(row, step);
  if (best === undefined || best.explained < EXPLAINED - 0.15) return undefined;
  const middle = best.row;
  for (let row = middle - step; row <= middle + step; row += 1) look(row, step);
  return best.explained >= EXPLAINED ? best : undefined;
}

function subjectRows(kind: Uint8Array, width: number, height: number): { top: number; bottom: number } | undefined {
  const first = kind.indexOf(SUBJECT);
  const last = kind.lastIndexOf(SUBJECT);
  return first < 0 ? undefined : { top: Math.floor(first / width), bottom: Math.min(height, Math.floor(last / width)) };
}

/** How well a mirror on this row explains what is below it. */
function mirrorAt(
  { width, height, gaps, backdrop }: Evidence,
  kind: Uint8Array,
  row: number,
  { top }: { top: number },
  step: number,
): Mirror | undefined {
  const behind = [backdrop.lightness.data, backdrop.a.data, backdrop.b.data];
  const reach = Math.min(row - top, height - 1 - row);
  const strengths: number[] = [];
  let [energy, rest] = [0, 0];
  for (let away = step; away <= reach; away += step) {
    const above = (row - away) * width;
    const below = (row + away) * width;
    let own = 0;
    let shared = 0;
    let seen = 0;
    for (let x = 0; x < width; x += step) {
      // A thing that simply goes on below the line is no image of itself, however dark the backdrop is there.
      const isThing = kind[above + x] === SUBJECT;
      for (let channel = 0; channel < 3; channel += 1) {
        const gap = gaps[channel]!;
        const lower = behind[channel]!;
        const one = gap[above + x]! + (isThing ? lower[above + x]! - lower[below + x]! : 0);
        const other = gap[below + x]!;
        own += one * one;
        shared += one * other;
        seen += other * other;
      }
    }
    const strength = own === 0 ? 0 : Math.min(1, Math.max(0, shared / own));
    energy += seen;
    rest += seen - 2 * strength * shared + strength * strength * own;
    // The far end of an image that the frame cuts off counts as well; what has faded away does not.
    if (own > NOTHING * NOTHING * (width / step)) strengths.push(strength);
  }
  const places = width / step;
  if (strengths.length * step < height * LEAST || energy < NOTHING * places * strengths.length) return undefined;
  const third = Math.max(1, Math.floor(strengths.length / 3));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [near, far] = [mean(strengths.slice(0, third)), mean(strengths.slice(-third))];
  const isImage = near > 0.04 && Math.max(...strengths) < STRONGEST && far < near * FADED;
  return isImage ? { row, explained: 1 - rest / energy } : undefined;
}
