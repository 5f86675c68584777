import { labOfLevels, length } from '../raster/colour.ts';
import { plane, soften, type Plane } from '../raster/filter.ts';
import { labPlanes, type LabPlanes } from '../raster/lab-planes.ts';
import { shrunk, type Picture } from '../raster/picture.ts';
import { spread } from '../raster/spread.ts';
import { evaluated, fitted, type Colours } from './surface-fit.ts';

/**
 * What a plain backdrop would look like without the subject. Its light falls off slowly, so a polynomial surface per
 * channel describes it: first fitted to the border, robustly, since a subject may touch it, and then to all of the
 * backdrop that is seen, with more terms and a smooth remainder.
 *
 * The gates: of the border at least 70 % within three times the noise (and 3 of ΔE), and at least three corners. A
 * table before a wall fails by its corners, a pattern by its spread, and coarse grain by what is left when it is
 * smoothed: noise averages away, texture does not.
 */
const SIDE = 320;
const BORDER = 0.03;
const LEAST_SPREAD = 3;
const MOST_SPREAD = 9;
const LEAST_BORDER = 0.7;
const LEAST_CORNERS = 3;
const MOST_CROSSED = 0.15;
/** Of ΔE, what may be left of the border's residual after smoothing, for nine tenths of it. */
const MOST_SMOOTH = 1.3;
/** Of ΔE, how far single cells of an uneven backdrop may be off. */
const UNEVEN_SPREAD = 5;
/** Of L, over 2 % of the longer side; and of chroma, over the whole. */
const STEEPEST = 3;
const MOST_HUES = 10;

export interface BackdropModel {
  /** The backdrop's colour as 8-bit RGB, without shadows, on a grid over the picture. */
  readonly colour: Colours;
  /** The same in Lab. */
  readonly lab: LabPlanes;
  /** Standard deviation of single cells around it, and error of the surface itself; both ΔE. */
  readonly noise: number;
  readonly error: number;
}

/** Undefined when the picture has no plain backdrop. */
export async function backdropModel(picture: Picture): Promise<BackdropModel | undefined> {
  const small = await shrunk(picture, SIDE);
  const lab = labPlanes(small);
  const border = borderCells(small.width, small.height);
  return evenBackdrop(small, lab, border) ?? unevenBackdrop(small, lab, border);
}

function evenBackdrop(small: Picture, lab: LabPlanes, border: Int32Array): BackdropModel | undefined {
  const { width, height } = small;
  const first = labOfPlanes(evaluated(fitted(small, border, 2), width, height));
  const near = differences(lab, first);
  const noise = grain(lab, near, border);
  const limit = Math.min(MOST_SPREAD, Math.max(LEAST_SPREAD, 3.5 * noise));
  if (!isPlain(lab, first, near, border, limit)) return undefined;
  const seen = reached(near, border, limit);
  const base = evaluated(fitted(small, seen, 4), width, height);
  return modelOf(lab, withRemainder(small, base, seen, 0.03), seen, noise);
}

/**
 * A backdrop whose light is uneven, or a board that many things lie on: fitted to the whole picture, most of which it
 * must be, and then to what is like it, closer and closer. It is plain if little is neither backdrop nor clearly
 * something else.
 */
function unevenBackdrop(small: Picture, lab: LabPlanes, border: Int32Array): BackdropModel | undefined {
  const { width, height } = small;
  const all = Int32Array.from({ length: width * height }, (_, at) => at);
  const base = evaluated(fitted(small, all, 4), width, height);
  let colour = base;
  let near = differences(lab, labOfPlanes(colour));
  const noise = grain(lab, near, all);
  const limit = Math.min(MOST_SPREAD, Math.max(UNEVEN_SPREAD, 3.5 * noise));
  let seen = all;
  for (let round = 0; round < 4; round += 1) {
    seen = all.filter((at) => near.data[at]! <= limit * (round === 0 ? 1.6 : 1));
    colour = withRemainder(small, base, seen, 0.08);
    near = differences(lab, labOfPlanes(colour));
  }
  const doubtful = all.filter((at) => near.data[at]! > limit && near.data[at]! < 2.5 * limit).length;
  const held = border.filter((at) => near.data[at]! <= limit).length;
  if (seen.length < all.length * 0.35 || doubtful > seen.length * 0.3) return undefined;
  if (held < border.length * LEAST_BORDER || cornersLike(near, limit) < LEAST_CORNERS) return undefined;
  const model = modelOf(lab, colour, seen, noise);
  return isGentle(model.lab) ? model : undefined;
}

/** Light changes slowly over one surface, and its hue hardly: two surfaces would have a step between them. */
function isGentle({ lightness, a, b }: LabPlanes): boolean {
  const { width, height } = lightness;
  const [steps, hues]: [number[], number[]] = [[], []];
  const across = Math.max(2, Math.round(Math.max(width, height) * 0.02));
  for (let y = across; y < height; y += 3) {
    for (let x = across; x < width; x += 3) {
      const at = y * width + x;
      const l = lightness.data[at]!;
      const left = Math.abs(l - lightness.data[at - across]!);
      steps.push(Math.max(left, Math.abs(l - lightness.data[at - across * width]!)));
      hues.push(length(a.data[at]!, b.data[at]!, 0));
    }
  }
  return percentile(steps, 0.98) <= STEEPEST && percentile(hues, 0.98) - percentile(hues, 0.02) <= MOST_HUES;
}

function modelOf(lab: LabPlanes, colour: Colours, seen: Int32Array, noise: number): BackdropModel {
  const own = labOfPlanes(colour);
  return { colour, lab: own, noise, error: percentile(smoothDifferences(lab, own, seen), 0.95) };
}

function borderCells(width: number, height: number): Int32Array {
  const depth = Math.max(2, Math.round(Math.min(width, height) * BORDER));
  const cells: number[] = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (Math.min(x, y, width - 1 - x, height - 1 - y) < depth) cells.push(y * width + x);
    }
  }
  return Int32Array.from(cells);
}

function labOfPlanes([red, green, blue]: Colours): LabPlanes {
  const { width, height } = red;
  const out: LabPlanes = { lightness: plane(width, height), a: plane(width, height), b: plane(width, height) };
  const lab = new Float32Array(3);
  for (let at = 0; at < red.data.length; at += 1) {
    labOfLevels(red.data[at]!, green.data[at]!, blue.data[at]!, lab);
    out.lightness.data[at] = lab[0]!;
    out.a.data[at] = lab[1]!;
    out.b.data[at] = lab[2]!;
  }
  return out;
}

function differences(one: LabPlanes, other: LabPlanes): Plane {
  const out = plane(one.lightness.width, one.lightness.height);
  for (let at = 0; at < out.data.length; at += 1) {
    out.data[at] = length(
      one.lightness.data[at]! - other.lightness.data[at]!,
      one.a.data[at]! - other.a.data[at]!,
      one.b.data[at]! - other.b.data[at]!,
    );
  }
  return out;
}

/** The deviation of single cells from their neighbours' mean, over those of the border that look like backdrop. */
function grain(lab: LabPlanes, near: Plane, border: Int32Array): number {
  const { width, height } = near;
  const steps: number[] = [];
  for (const at of border) {
    const x = at % width;
    const y = Math.floor(at / width);
    if (x === 0 || y === 0 || x === width - 1 || y === height - 1 || near.data[at]! > MOST_SPREAD) continue;
    const step = (channel: Plane): number => {
      const { data } = channel;
      return data[at]! - (data[at - 1]! + data[at + 1]! + data[at - width]! + data[at + width]!) / 4;
    };
    steps.push(length(step(lab.lightness), step(lab.a), step(lab.b)));
  }
  // Of a noise vector that is mostly along L the median length is 0.67 deviations; the neighbours' mean adds a quarter.
  return steps.length === 0 ? 0 : percentile(steps, 0.5) * 1.3;
}

function isPlain(lab: LabPlanes, fit: LabPlanes, near: Plane, border: Int32Array, limit: number): boolean {
  const inside = border.filter((at) => near.data[at]! <= limit);
  if (inside.length < border.length * LEAST_BORDER || cornersLike(near, limit) < LEAST_CORNERS) return false;
  if (isCrossed(near, limit)) return false;
  return percentile(smoothDifferences(lab, fit, inside), 0.9) <= MOST_SMOOTH;
}

/** Whether something else runs across the picture: it shows on two opposite sides. */
function isCrossed({ width, height, data }: Plane, limit: number): boolean {
  const otherShare = (length: number, cell: (at: number) => number): number => {
    let count = 0;
    for (let at = 0; at < length; at += 1) if (data[cell(at)]! > limit) count += 1;
    return count / length;
  };
  const left = otherShare(height, (y) => y * width + 1);
  const right = otherShare(height, (y) => y * width + width - 2);
  const top = otherShare(width, (x) => width + x);
  const bottom = otherShare(width, (x) => (height - 2) * width + x);
  return Math.max(Math.min(left, right), Math.min(top, bottom)) > MOST_CROSSED;
}

/** How many corners of the picture are backdrop: a table before a wall has two of each. */
function cornersLike(near: Plane, limit: number): number {
  const { width, height } = near;
  const patch = Math.max(4, Math.round(Math.min(width, height) * 0.05));
  let corners = 0;
  for (const [left, top] of [[0, 0], [width - patch, 0], [0, height - patch], [width - patch, height - patch]]) {
    let held = 0;
    for (let y = 0; y < patch; y += 1) {
      for (let x = 0; x < patch; x += 1) if (near.data[(top! + y) * width + left! + x]! <= limit) held += 1;
    }
    if (held > patch * patch * 0.6) corners += 1;
  }
  return corners;
}

/** The lengths of the residual's means over small windows that hold only the given cells. */
function smoothDifferences(lab: LabPlanes, fit: LabPlanes, cells: Int32Array): number[] {
  const { width, height } = fit.lightness;
  const weight = plane(width, height);
  for (const at of cells) weight.data[at] = 1;
  const total = soften(weight, 2);
  const channels = [
    [lab.lightness, fit.lightness],
    [lab.a, fit.a],
    [lab.b, fit.b],
  ].map(([own, other]) => {
    const residual = plane(width, height);
    for (const at of cells) residual.data[at] = own!.data[at]! - other!.data[at]!;
    return soften(residual, 2);
  });
  return Array.from(cells, (at) => {
    const share = Math.max(1e-3, total.data[at]!);
    const [l, a, b] = channels;
    return length(l!.data[at]!, a!.data[at]!, b!.data[at]!) / share;
  });
}

/** The cells like the backdrop that are connected to the border through such cells. */
function reached(near: Plane, border: Int32Array, limit: number): Int32Array {
  const { width, height } = near;
  const taken = new Uint8Array(near.data.length);
  const enters = (at: number): boolean => {
    if (taken[at] === 1 || near.data[at]! > limit) return false;
    taken[at] = 1;
    return true;
  };
  spread(width, height, border.filter(enters), enters);
  const out: number[] = [];
  taken.forEach((value, at) => {
    if (value === 1) out.push(at);
  });
  return Int32Array.from(out);
}

/** The surface plus what the seen cells deviate from it nearby; far from any of them the surface alone. */
function withRemainder(small: Picture, base: Colours, seen: Int32Array, reach: number): Colours {
  const { width, height } = small;
  const radius = Math.max(width, height) * reach;
  const weight = plane(width, height);
  for (const at of seen) weight.data[at] = 1;
  const total = soften(weight, radius);
  const added = (channel: 0 | 1 | 2): Plane => {
    const out = plane(width, height);
    for (const at of seen) out.data[at] = small.data[at * 4 + channel]! - base[channel].data[at]!;
    const smooth = soften(out, radius);
    for (let at = 0; at < out.data.length; at += 1) {
      out.data[at] = base[channel].data[at]! + smooth.data[at]! / Math.max(0.1, total.data[at]!);
    }
    return out;
  };
  return [added(0), added(1), added(2)];
}

function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) * share)]!;
}
