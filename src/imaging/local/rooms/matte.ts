import {
  bilinear, boxMean, maskedMean, plane, resized, smoothstep, soften, steps, type Plane,
} from '../raster/filter.ts';
import { toLab } from '../raster/colour.ts';
import { labPlanes, type LabPlanes } from '../raster/lab-planes.ts';
import type { Mask } from '../raster/mask.ts';
import { shrunk, type Picture } from '../raster/picture.ts';
import { weighted } from './regions.ts';

/** Longest side at which every pixel is looked at; above it only edges are. */
const MIDDLE_SIDE = 1100;
/** In pixels of the rough mask. */
const INSIDE_RADIUS = 9;
const OUTSIDE_RADIUS = 5;
const EDGE_RADIUS = 1.6;

interface Colours {
  readonly inside: LabPlanes;
  readonly outside: LabPlanes;
  /** Weighted Lab by which the surface varies close by. */
  readonly spread: Plane;
}

/**
 * A rough mask (0 or 1, of a shrunk picture) at the picture's own size. At its edge a pixel belongs to the surface by
 * as much as its colour lies between the surface's and that of what is beside it; within, what differs from the
 * surface around it by more than the surface itself varies (a cord, a leaf) is left out.
 */
export async function matted(picture: Picture, small: Picture, rough: Plane): Promise<Mask> {
  const colours = coloursAround(labPlanes(small), rough);
  const middle = await shrunk(picture, MIDDLE_SIDE);
  const soft = soften(rough, EDGE_RADIUS);
  const found = atMiddle(middle, soft, colours);
  if (middle === picture) return { width: middle.width, height: middle.height, data: found };
  return atFull(picture, { width: middle.width, height: middle.height, data: found }, colours);
}

/** What a surface (1 in the mask) and what is beside it look like around each pixel. */
export function coloursAround(lab: LabPlanes, rough: Plane): Colours {
  const rest: Plane = { ...rough, data: rough.data.map((value) => 1 - value) };
  const inside = means(lab, rough, INSIDE_RADIUS);
  const squares = plane(rough.width, rough.height);
  for (let at = 0; at < squares.data.length; at += 1) {
    squares.data[at] = weighted(
      lab.lightness.data[at]! - inside.lightness.data[at]!,
      lab.a.data[at]! - inside.a.data[at]!,
      lab.b.data[at]! - inside.b.data[at]!,
    ) ** 2;
  }
  const spread = maskedMean(squares, rough, INSIDE_RADIUS);
  for (let at = 0; at < spread.data.length; at += 1) spread.data[at] = Math.sqrt(spread.data[at]!);
  return { inside, outside: means(lab, rest, OUTSIDE_RADIUS), spread };
}

const means = (lab: LabPlanes, weights: Plane, radius: number): LabPlanes => ({
  lightness: maskedMean(lab.lightness, weights, radius),
  a: maskedMean(lab.a, weights, radius),
  b: maskedMean(lab.b, weights, radius),
});

function atMiddle(middle: Picture, soft: Plane, colours: Colours): Uint8Array {
  const { width, height } = middle;
  const edge = resized(soft, width, height).data;
  const lookup = lookupIn(colours, width, height);
  const out = plane(width, height);
  const lab = new Float32Array(3);
  for (let at = 0; at < edge.length; at += 1) {
    if (edge[at]! < 0.02) continue;
    toLab(middle.data[at * 4]!, middle.data[at * 4 + 1]!, middle.data[at * 4 + 2]!, lab);
    out.data[at] = lookup(at % width, Math.floor(at / width), lab, edge[at]!);
  }
  // Noise alone must not leave specks of the old colour.
  const smooth = boxMean(out, 1);
  return Uint8Array.from(out.data, (value, at) => Math.round(255 * smoothstep(0.1, 0.9,
    (value + smooth.data[at]!) / 2)));
}

/** How much a pixel of a picture of that size belongs to the surface, given its Lab and the soft rough mask there. */
function lookupIn({ inside, outside, spread }: Colours, width: number, height: number) {
  const columns = steps(spread.width, width);
  const rows = steps(spread.height, height);
  return (x: number, y: number, lab: Float32Array, soft: number): number => {
    const left = columns.low[x]!;
    const right = columns.high[x]!;
    const along = columns.share[x]!;
    const top = rows.low[y]! * spread.width;
    const bottom = rows.high[y]! * spread.width;
    const down = rows.share[y]!;
    const read = ({ data }: Plane): number =>
      bilinear(data[top + left]!, data[top + right]!, data[bottom + left]!, data[bottom + right]!, along, down);
    const from = [lab[0]! - read(inside.lightness), lab[1]! - read(inside.a), lab[2]! - read(inside.b)] as const;
    const own = weighted(...from);
    const allowed = 5 + 2.4 * read(spread);
    const fits = 1 - smoothstep(1, 1.7, own / allowed);
    if (soft > 0.98) return fits;
    const apart = [
      read(outside.lightness) - read(inside.lightness), read(outside.a) - read(inside.a),
        read(outside.b) - read(inside.b),
    ] as const;
    const distance = weighted(...apart) ** 2;
    const towards = from[0] * apart[0] * 0.55 ** 2 + from[1] * apart[1] * 1.4 ** 2 + from[2] * apart[2] * 1.4 ** 2;
    const share = 1 - Math.min(1, Math.max(0, towards / Math.max(1e-3, distance)));
    const trust = smoothstep(3, 9, Math.sqrt(distance));
    const shape = smoothstep(0.3, 0.7, soft);
    // Far from the rough edge colour alone decides nothing: another thing may have the surface's colour.
    const near = smoothstep(0.03, 0.3, soft);
    return (shape + (share * near - shape) * trust) * fits;
  };
}

function atFull(picture: Picture, middle: Mask, colours: Colours): Mask {
  const { width, height } = picture;
  const columns = steps(middle.width, width);
  const rows = steps(middle.height, height);
  const data = new Uint8Array(width * height);
  const lookup = lookupIn(colours, width, height);
  const lab = new Float32Array(3);
  for (let y = 0; y < height; y += 1) {
    const top = rows.low[y]! * middle.width;
    const bottom = rows.high[y]! * middle.width;
    const down = rows.share[y]!;
    for (let x = 0; x < width; x += 1) {
      const left = columns.low[x]!;
      const right = columns.high[x]!;
      const along = columns.share[x]!;
      const a = middle.data[top + left]!;
      const b = middle.data[top + right]!;
      const c = middle.data[bottom + left]!;
      const d = middle.data[bottom + right]!;
      const at = y * width + x;
      if (a === b && b === c && c === d) {
        data[at] = a;
        continue;
      }
      const plain = bilinear(a, b, c, d, along, down);
      toLab(picture.data[at * 4]!, picture.data[at * 4 + 1]!, picture.data[at * 4 + 2]!, lab);
      // Half of each: colour makes the edge sharp, the smaller mask keeps grain out of it.
      data[at] = Math.round((plain + 255 * lookup(x, y, lab, plain / 255)) / 2);
    }
  }
  return { width, height, data };
}
