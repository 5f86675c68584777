import { likeness, type Camera } from './camera.ts';
import type { Line } from './lines.ts';
import type { PlaneName } from './names.ts';
import { weighted } from './regions.ts';
import type { LabPlanes } from '../raster/lab-planes.ts';

/**
 * The inside of the box that most rooms are, by where its edges are seen: lines of the ceiling and the floor along the
 * walls, and upright corners. In image terms, as slopes of rays in the room's directions, so that nothing is in metres.
 */
export interface Shell extends Layout {
  readonly camera: Camera;
  /** 0..1: how much of the edges between walls and floor, and walls and ceiling, is seen as lines. */
  readonly seen: Readonly<Record<'floor' | 'ceiling', number>>;
}

type Way = 'along' | 'across' | 'down';
const ways = ['along', 'across', 'down'] as const;
/** A line that runs as a direction of the room does. */
interface Known { readonly line: Line; readonly way: Way; readonly fit: number }

/** Where a wall ends outside of the picture. */
const BEYOND = 6;
const LEAST_FIT = 0.25;
/** Candidates of each sort that are tried, the longest lines first. */
const MOST = 16;
const MOST_CORNERS = 40;
const MOST_LEVELS = 32;
/** Layouts that are looked at closely. */
const MOST_LAYOUTS = 160;
/** What a line that cannot run where it lies costs, over its length, and mixed colours over the picture's width. */
const AGAINST = 0.25;
const MIXED = 6;
/** What an edge that is not seen costs, over what one that is seen earns: furniture and curtains hide some. */
const UNSEEN = 0.22;
/** Pixels between samples of an edge. */
const STEP = 3;

/** Components of the ray through a pixel in the room's directions. */
function rayAt({ width, height, focal, across, down, along }: Camera, x: number, y: number): readonly number[] {
  const [rx, ry] = [x - width / 2, y - height / 2];
  return [across, down, along].map(([dx, dy, dz]) => rx * dx + ry * dy + focal * dz);
}

/** The pixel at which a point of the room is seen, undefined for one behind the camera. */
function pixelOf({ width, height, focal, across, down, along }: Camera, c: number, d: number, a: number): Pixel {
  const [x, y, z] = ([0, 1, 2] as const).map((at) => across[at] * c + down[at] * d + along[at] * a) as Triple;
  if (z < 1e-3) return undefined;
  return [width / 2 + (focal * x) / z, height / 2 + (focal * y) / z];
}
type Triple = [number, number, number];
type Pixel = readonly [x: number, y: number] | undefined;

/** Of the facing wall: across / along at its sides, down / along at its foot and its top (below 0). */
interface Layout { readonly left: number; readonly right: number; readonly foot: number; readonly top: number }

/** Undefined where no line tells anything of it. */
export function shellOf(camera: Camera, lines: readonly Line[], lab: LabPlanes): Shell | undefined {
  const known = lines.flatMap((line): Known[] => {
    const fits = ways.map((way) => ({ way, fit: likeness(line, camera, camera[way]) }));
    const best = fits.reduce((one, other) => (other.fit > one.fit ? other : one));
    return best.fit < LEAST_FIT ? [] : [{ line, ...best }];
  });
  const seen = evidenceOf(known, camera);
  const samples = samplesOf(camera, lab);
  let best: { readonly score: number; readonly layout: Layout } | undefined;
  for (const { score, layout } of byEdges(camera, seen, candidates(known, camera))) {
    const { left, right, foot, top } = layout;
    let whole = score - AGAINST * against(camera, known, layout) - MIXED * camera.width * mixtureOf(samples, layout);
    for (const column of [left, right]) {
      const upright = along(camera, seen.down, [[column, foot, 1], [column, top, 1]]);
      whole += 0.5 * (upright.seen - UNSEEN * (upright.length - upright.seen));
    }
    if (best === undefined || whole > best.score) best = { score: whole, layout };
  }
  if (best === undefined) return undefined;
  const { layout } = best;
  const share = (slope: number): number => {
    let [on, all] = [0, 0];
    for (const column of [layout.left, layout.right]) {
      for (const [way, edge] of edgesOf(column, slope)) {
        const part = along(camera, seen[way], edge);
        on += part.seen;
        all += part.length;
      }
    }
    return all === 0 ? 0 : on / all;
  };
  return { camera, ...layout, seen: { floor: share(layout.foot), ceiling: share(layout.top) } };
}

/** Layouts whose level edges are seen best, the best first. */
function byEdges(
  camera: Camera, seen: Evidence, { columns, feet, tops }: Candidates,
): { readonly score: number; readonly layout: Layout }[] {
  const all = [...columns, -BEYOND, BEYOND];
  const edgeScores = (slope: number): number[] => all.map((column) => {
    let score = 0;
    for (const [way, edge] of edgesOf(column, slope)) {
      const part = along(camera, seen[way], edge);
      score += part.seen - UNSEEN * (part.length - part.seen);
    }
    return score;
  });
  const [below, above] = [feet.map(edgeScores), tops.map(edgeScores)];
  const layouts: { score: number; layout: Layout }[] = [];
  for (const [at, foot] of feet.entries()) {
    for (const [over, top] of tops.entries()) {
      const ranked = (side: -1 | 1): (readonly [score: number, column: number])[] => all
        .map((column, index) => [below[at]![index]! + above[over]![index]!, column] as const)
        .filter(([, column]) => Math.sign(column) === side)
        .sort((one, other) => other[0] - one[0]).slice(0, 3);
      for (const [leftScore, left] of ranked(-1)) {
        for (const [rightScore, right] of ranked(1)) {
          layouts.push({ score: leftScore + rightScore, layout: { left, right, foot, top } });
        }
      }
    }
  }
  return layouts.sort((one, other) => other.score - one.score).slice(0, MOST_LAYOUTS);
}

type Sample = readonly [c: number, d: number, a: number, colour: readonly [number, number, number]];

/** The picture in a few hundred places. */
function samplesOf(camera: Camera, lab: LabPlanes): Sample[] {
  const out: Sample[] = [];
  const step = Math.max(4, Math.round(camera.width / 44));
  for (let y = step >> 1; y < camera.height; y += step) {
    for (let x = step >> 1; x < camera.width; x += step) {
      const [c = 0, d = 0, a = 0] = rayAt(camera, x, y);
      const at = y * camera.width + x;
      out.push([c, d, a, [lab.lightness.data[at]!, lab.a.data[at]!, lab.b.data[at]!]]);
    }
  }
  return out;
}

/** How much the colours of each plane differ from its own, 0..1: a wall that takes in some of the floor is mixed. */
function mixtureOf(samples: readonly Sample[], layout: Layout): number {
  const planes = new Map<string, { colours: Sample[3][]; sums: [number, number, number] }>();
  for (const [c, d, a, colour] of samples) {
    let name: string = planeOf(c, d, a, layout);
    if (name === 'side') name = c < 0 ? 'left' : 'right';
    let plane = planes.get(name);
    if (plane === undefined) planes.set(name, (plane = { colours: [], sums: [0, 0, 0] }));
    plane.colours.push(colour);
    for (const at of [0, 1, 2]) plane.sums[at]! += colour[at]!;
  }
  let sum = 0;
  for (const { colours, sums } of planes.values()) {
    const mean = sums.map((value) => value / colours.length);
    for (const [lightness, a, b] of colours) {
      sum += Math.min(1, weighted(lightness - mean[0]!, a - mean[1]!, b - mean[2]!) / 20);
    }
  }
  return sum / samples.length;
}

interface Candidates {
  readonly columns: readonly number[];
  readonly feet: readonly number[];
  readonly tops: readonly number[];
}

/** Slopes at which edges may lie: of lines themselves, and where a line along a side wall meets an upright one. */
function candidates(known: readonly Known[], camera: Camera): Candidates {
  const [columns, feet, tops]: [number[], number[], number[]] = [[], [], []];
  const middle = ({ line }: Known): readonly number[] =>
    rayAt(camera, (line.x1 + line.x2) / 2, (line.y1 + line.y2) / 2);
  const of = (way: Way): Known[] => known.filter((one) => one.way === way).slice(0, MOST);
  for (const one of of('down')) {
    const [c = 0, , a = 0] = middle(one);
    if (a > 0.05 && Math.abs(c / a) > 0.03) columns.push(c / a);
  }
  const levels: number[] = [];
  for (const one of of('across')) {
    const [, d = 0, a = 0] = middle(one);
    if (a > 0.05) levels.push(d / a);
  }
  for (const one of of('along')) {
    const [c = 0, d = 0] = middle(one);
    for (const column of columns) if (Math.sign(column) === Math.sign(c)) levels.push((d / c) * column);
  }
  for (const level of levels) {
    if (level > 0.08 && level < 2.5) feet.push(level);
    if (level < -0.05 && level > -2) tops.push(level);
  }
  // Where a line along a side wall meets one across, there is a corner, however faint.
  for (const one of of('along')) {
    const [c = 0, d = 0] = middle(one);
    for (const level of levels) {
      const column = (c / d) * level;
      if (Math.sign(level) === Math.sign(d) && Math.abs(column) > 0.03 && Math.abs(column) < 3) columns.push(column);
    }
  }
  return {
    columns: distinct(columns).slice(0, MOST_CORNERS),
    feet: distinct(feet).slice(0, MOST_LEVELS),
    tops: distinct(tops).slice(0, MOST_LEVELS),
  };
}

function distinct(values: readonly number[]): number[] {
  const out: number[] = [];
  for (const value of values) {
    if (!out.some((one) => Math.abs(one - value) < 0.012)) out.push(value);
  }
  return out;
}

type Place = readonly [c: number, d: number, a: number];
type Edge = readonly [from: Place, to: Place];

/** Where the facing wall and the side wall meet a level plane, from straight ahead to the corner and towards one. */
function edgesOf(column: number, slope: number): readonly (readonly [Way, Edge])[] {
  return [
    ['across', [[0, slope, 1], [column, slope, 1]]],
    ['along', [[column, slope, 1], [column, slope, -1]]],
  ];
}

/** Length of lines that run as they cannot where they lie: away from the camera on the facing wall, and so on. */
function against(camera: Camera, known: readonly Known[], layout: Layout): number {
  let sum = 0;
  for (const { line, way } of known) {
    for (const share of [0.25, 0.5, 0.75]) {
      const [c = 0, d = 0, a = 0] =
        rayAt(camera, line.x1 + (line.x2 - line.x1) * share, line.y1 + (line.y2 - line.y1) * share);
      const plane = planeOf(c, d, a, layout);
      const isWrong = plane === 'facing' ? way === 'along' : plane === 'side' ? way === 'across' : way === 'down';
      if (isWrong) sum += line.length / 3;
    }
  }
  return sum;
}

function planeOf(
  c: number, d: number, a: number, { left, right, foot, top }: Layout,
): 'facing' | 'side' | 'floor' | 'ceiling' {
  // Distances along the ray, in those of the facing wall.
  const facing = a > 1e-6 ? 1 / a : Infinity;
  const side = c > 0 ? right / c : c < 0 ? left / c : Infinity;
  const level = d > 0 ? foot / d : d < 0 ? top / d : Infinity;
  if (level < facing && level < side) return d > 0 ? 'floor' : 'ceiling';
  return facing <= side ? 'facing' : 'side';
}

/** Which plane of the room's shell lies at a place, by fractions of the picture. */
export function planeAt(shell: Shell, x: number, y: number): PlaneName {
  const { camera } = shell;
  const [c = 0, d = 0, a = 0] = rayAt(camera, x * camera.width, y * camera.height);
  const plane = planeOf(c, d, a, shell);
  return plane === 'facing' || plane === 'side' ? 'wall' : plane;
}

type Evidence = Readonly<Record<Way, Uint8Array>>;

/** 1 at pixels on or beside lines of each direction. */
function evidenceOf(known: readonly Known[], { width, height }: Camera): Evidence {
  const out = {
    along: new Uint8Array(width * height), across: new Uint8Array(width * height), down: new Uint8Array(width * height),
  };
  for (const { line, way } of known) {
    const count = Math.ceil(line.length * 1.5);
    for (let step = 0; step <= count; step += 1) {
      const x = Math.round(line.x1 + ((line.x2 - line.x1) * step) / count);
      const y = Math.round(line.y1 + ((line.y2 - line.y1) * step) / count);
      for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row += 1) {
        for (let column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column += 1) {
          out[way][row * width + column] = 1;
        }
      }
    }
  }
  return out;
}

/** How much of an edge is in the picture, and how much of that lies on lines, in pixels. */
function along(camera: Camera, on: Uint8Array, [from, to]: Edge): { seen: number; length: number } {
  // What lies behind the camera is cut off just before it.
  const near = 0.02;
  const [start, end] = [pixelOf(camera, ...from), pixelOf(camera, ...clipped(camera, from, to, near))];
  if (start === undefined || end === undefined) return { seen: 0, length: 0 };
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const length = Math.hypot(dx, dy);
  const { width, height } = camera;
  let [seen, all] = [0, 0];
  const most = Math.min(length, 2 * (width + height));
  for (let place = STEP / 2; place < most; place += STEP) {
    const x = Math.round(start[0] + (dx * place) / length);
    const y = Math.round(start[1] + (dy * place) / length);
    if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) continue;
    all += STEP;
    seen += STEP * on[y * width + x]!;
  }
  return { seen, length: all };
}

/** The end of an edge, or where it passes the lens. */
function clipped({ across, down, along: ahead }: Camera, from: Place, to: Place, near: number): Place {
  const depth = ([c, d, a]: Place): number => across[2] * c + down[2] * d + ahead[2] * a;
  const [start, end] = [depth(from), depth(to)];
  if (end >= near) return to;
  const share = (start - near) / (start - end);
  return [0, 1, 2].map((at) => from[at]! + (to[at]! - from[at]!) * share) as unknown as Place;
}
