import { boxMean, plane, type Plane } from '../raster/filter.ts';

/** A straight edge, in pixels of the picture in which it was found. */
export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly length: number;
}

/** L a pixel; a crease between two white walls has little more than noise, but is long. */
const LEAST_GRADIENT = 0.22;
/** Of the picture's longer side. */
const LEAST_LENGTH = 0.07;
/** Degrees that the gradient may turn along a line. */
const TURN = 22;
/** Pixels that its points may lie off it, as a deviation. */
const MOST_OFF = 0.9;

/**
 * Straight edges, the longest first: pixels at the crest of the gradient that run together and point alike (after
 * LSD, Grompone von Gioi and others, 2010), those that lie on a line.
 */
export function linesOf(lightness: Plane): Line[] {
  const { width, height } = lightness;
  const smooth = boxMean(boxMean(lightness, 1), 1);
  const { angle, crest } = crests(smooth);
  const used = new Uint8Array(width * height);
  const least = Math.max(width, height) * LEAST_LENGTH;
  const limit = (TURN / 180) * Math.PI;
  const lines: Line[] = [];
  for (let first = 0; first < crest.length; first += 1) {
    if (crest[first] === 0 || used[first] === 1) continue;
    const points = [first];
    used[first] = 1;
    let [cos, sin] = [Math.cos(angle[first]!), Math.sin(angle[first]!)];
    for (let next = 0; next < points.length; next += 1) {
      const x = points[next]! % width;
      const y = Math.floor(points[next]! / width);
      const mean = Math.atan2(sin, cos);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const at = row * width + column;
          if (crest[at] === 0 || used[at] === 1 || apart(angle[at]!, mean) > limit) continue;
          used[at] = 1;
          points.push(at);
          cos += Math.cos(angle[at]!);
          sin += Math.sin(angle[at]!);
        }
      }
    }
    const line = points.length < least * 0.7 ? undefined : fitted(points, width);
    if (line !== undefined && line.length >= least && points.length >= line.length * 0.6) lines.push(line);
  }
  return joined(lines.sort((one, other) => other.length - one.length));
}

function apart(one: number, other: number): number {
  const turn = Math.abs(one - other) % (2 * Math.PI);
  return turn > Math.PI ? 2 * Math.PI - turn : turn;
}

function crests({ width, height, data }: Plane): { angle: Float32Array; crest: Uint8Array } {
  const size = plane(width, height).data;
  const angle = new Float32Array(width * height);
  for (let y = 2; y < height - 2; y += 1) {
    for (let x = 2; x < width - 2; x += 1) {
      const at = y * width + x;
      const across = (data[at + 1]! - data[at - 1]!) / 2;
      const down = (data[at + width]! - data[at - width]!) / 2;
      size[at] = Math.hypot(across, down);
      angle[at] = Math.atan2(down, across);
    }
  }
  const crest = new Uint8Array(width * height);
  for (let y = 3; y < height - 3; y += 1) {
    for (let x = 3; x < width - 3; x += 1) {
      const at = y * width + x;
      if (size[at]! < LEAST_GRADIENT) continue;
      const step = Math.round(Math.cos(angle[at]!)) + Math.round(Math.sin(angle[at]!)) * width;
      // Light that falls off has a gradient everywhere and a crest nowhere.
      const beside = Math.max(size[at + 2 * step]!, size[at - 2 * step]!);
      if (size[at]! >= size[at + step]! && size[at]! >= size[at - step]! && size[at]! > beside * 1.15) crest[at] = 1;
    }
  }
  return { angle, crest };
}

/** The line through points by least squares; undefined when they do not lie on one. */
function fitted(points: readonly number[], width: number): Line | undefined {
  let [sumX, sumY, xx, xy, yy] = [0, 0, 0, 0, 0];
  for (const at of points) {
    const x = at % width;
    const y = Math.floor(at / width);
    sumX += x;
    sumY += y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const count = points.length;
  const [meanX, meanY] = [sumX / count, sumY / count];
  const [varX, cov, varY] = [xx / count - meanX ** 2, xy / count - meanX * meanY, yy / count - meanY ** 2];
  const turn = Math.atan2(2 * cov, varX - varY) / 2;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const off = varX * sin * sin - 2 * cov * sin * cos + varY * cos * cos;
  if (off > MOST_OFF ** 2) return undefined;
  let [least, most] = [Infinity, -Infinity];
  for (const at of points) {
    const along = ((at % width) - meanX) * cos + (Math.floor(at / width) - meanY) * sin;
    least = Math.min(least, along);
    most = Math.max(most, along);
  }
  return {
    x1: meanX + least * cos, y1: meanY + least * sin, x2: meanX + most * cos, y2: meanY + most * sin,
    length: most - least,
  };
}

/** Degrees and pixels within which two lines are parts of one that something hides, or that fades for a while. */
const SAME_TURN = 2.5;
const SAME_OFF = 2;

/** Lines that go on in each other become one when the gap is no longer than the longer of them. */
function joined(lines: readonly Line[]): Line[] {
  const out: Line[] = [];
  for (const line of lines) {
    const at = out.findIndex((other) => isContinuation(other, line));
    if (at < 0) out.push(line);
    else out[at] = spanning(out[at]!, line);
  }
  return out.sort((one, other) => other.length - one.length);
}

/** How far along a line a place is, and how far off it. */
function placeOn(line: Line, x: number, y: number): readonly [along: number, off: number] {
  const [cos, sin] = [(line.x2 - line.x1) / line.length, (line.y2 - line.y1) / line.length];
  return [(x - line.x1) * cos + (y - line.y1) * sin, Math.abs((y - line.y1) * cos - (x - line.x1) * sin)];
}

function isContinuation(line: Line, other: Line): boolean {
  const cross = (line.x2 - line.x1) * (other.y2 - other.y1) - (line.y2 - line.y1) * (other.x2 - other.x1);
  if (Math.abs(cross) > Math.sin((SAME_TURN / 180) * Math.PI) * line.length * other.length) return false;
  const [one, two] = [placeOn(line, other.x1, other.y1), placeOn(line, other.x2, other.y2)];
  if (Math.max(one[1], two[1]) > SAME_OFF) return false;
  const gap = Math.max(Math.min(one[0], two[0]) - line.length, -Math.max(one[0], two[0]));
  return gap > -line.length * 0.1 && gap < line.length;
}

function spanning(line: Line, other: Line): Line {
  const ends = [[line.x1, line.y1], [line.x2, line.y2], [other.x1, other.y1], [other.x2, other.y2]] as const;
  const ordered = [...ends].sort((one, two) => placeOn(line, ...one)[0] - placeOn(line, ...two)[0]);
  const [[x1, y1], [x2, y2]] = [ordered[0]!, ordered[3]!];
  return { x1, y1, x2, y2, length: Math.hypot(x2 - x1, y2 - y1) };
}

/** At the pixels of lines, and at those of lines that are upright in the room. */
const ON_LINE = 1;
export const ON_UPRIGHT = 2;
/** Tangent of how far an upright line may lean, and degrees by which a line misses what it does not point at. */
const LEAN = 0.14;
const POINTS_ELSEWHERE = 7;

/**
 * Where the lines lie. `meeting` is where lines that lead away from the camera meet: one on the floor below it is as
 * upright in the picture as a cupboard's edge.
 */
export function drawn(
  lines: readonly Line[], width: number, height: number, meeting: { readonly x: number; readonly y: number },
): Uint8Array {
  const out = new Uint8Array(width * height);
  for (const line of lines) {
    const mark = isUpright(line, meeting) ? ON_UPRIGHT : ON_LINE;
    const count = Math.ceil(line.length * 2);
    for (let step = 0; step <= count; step += 1) {
      const x = Math.round(line.x1 + ((line.x2 - line.x1) * step) / count);
      const y = Math.round(line.y1 + ((line.y2 - line.y1) * step) / count);
      if (x >= 0 && y >= 0 && x < width && y < height) out[y * width + x] = mark;
    }
  }
  return out;
}

function isUpright(line: Line, meeting: { readonly x: number; readonly y: number }): boolean {
  const [along, down] = [(line.x2 - line.x1) / line.length, (line.y2 - line.y1) / line.length];
  if (Math.abs(along) > LEAN * Math.abs(down)) return false;
  const [dx, dy] = [meeting.x - (line.x1 + line.x2) / 2, meeting.y - (line.y1 + line.y2) / 2];
  const miss = Math.abs(dy * along - dx * down) / Math.max(1, Math.hypot(dx, dy));
  return (line.y1 + line.y2) / 2 < meeting.y || miss > Math.sin((POINTS_ELSEWHERE / 180) * Math.PI);
}
