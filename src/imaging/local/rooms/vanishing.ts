import type { Line } from './lines.ts';

/** How the camera stood, as far as the picture tells. In fractions of the picture's width and height. */
export interface Perspective {
  /** Height of the horizon: eye level. Of an upright camera, so it runs level. */
  readonly horizon: number;
  /** Where lines that run away from the camera meet on it; undefined where too few such lines are seen. */
  readonly depth: number | undefined;
}

/** Interiors are taken from a little below the middle of a room's height, level or slightly down. */
const USUAL: Perspective = { horizon: 0.44, depth: undefined };
const MOST_LINES = 48;
/** Degrees from upright or level below which a line says nothing of depth. */
const UPRIGHT = 12;
const LEVEL = 3;
/** Degrees by which a line may miss the point. */
const MISS = 2.5;
/** What must point there: this many lines, of this length together, over the picture's width. */
const LEAST_SUPPORTERS = 4;
const LEAST_SUPPORT = 0.7;

/** By the point at which most lines (by length) meet; every pair of lines is tried. */
export function perspectiveOf(all: readonly Line[], width: number, height: number): Perspective {
  const lines = all.filter((line) => isSlanted(line)).slice(0, MOST_LINES);
  let best = { x: 0, y: 0, support: 0, count: 0 };
  lines.forEach((one, index) => {
    for (const other of lines.slice(index + 1)) {
      const point = meeting(one, other);
      if (point === undefined || !isPlausible(point, width, height)) continue;
      const found = supportOf(point, lines);
      if (found.support > best.support) best = { ...point, ...found };
    }
  });
  if (best.count < LEAST_SUPPORTERS || best.support < LEAST_SUPPORT * width) return USUAL;
  return { horizon: best.y / height, depth: best.x / width };
}

const degrees = (line: Line): number =>
  Math.abs((Math.atan2(line.y2 - line.y1, line.x2 - line.x1) * 180) / Math.PI) % 180;

function isSlanted(line: Line): boolean {
  const turn = degrees(line);
  return Math.abs(turn - 90) > UPRIGHT && Math.min(turn, 180 - turn) > LEVEL;
}

function meeting(one: Line, other: Line): { x: number; y: number } | undefined {
  const [ax, ay] = [one.x2 - one.x1, one.y2 - one.y1];
  const [bx, by] = [other.x2 - other.x1, other.y2 - other.y1];
  const cross = ax * by - ay * bx;
  if (Math.abs(cross) < 0.05 * one.length * other.length) return undefined;
  const share = ((other.x1 - one.x1) * by - (other.y1 - one.y1) * bx) / cross;
  return { x: one.x1 + share * ax, y: one.y1 + share * ay };
}

const isPlausible = ({ x, y }: { x: number; y: number }, width: number, height: number): boolean =>
  x > -width && x < 2 * width && y > height * 0.08 && y < height * 0.75;

/** Lines that point at a place without crossing it: what runs through it has no depth there. */
function supportOf({ x, y }: { x: number; y: number }, lines: readonly Line[]): { support: number; count: number } {
  let [support, count] = [0, 0];
  for (const line of lines) {
    const [along, down] = [(line.x2 - line.x1) / line.length, (line.y2 - line.y1) / line.length];
    const [dx, dy] = [x - (line.x1 + line.x2) / 2, y - (line.y1 + line.y2) / 2];
    const away = Math.hypot(dx, dy);
    if (away < line.length / 2) continue;
    const miss = (Math.asin(Math.min(1, Math.abs(dy * along - dx * down) / away)) * 180) / Math.PI;
    if (miss > MISS) continue;
    support += line.length * (1 - miss / MISS);
    count += 1;
  }
  return { support, count };
}
