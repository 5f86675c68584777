import { boxMean, plane, resized, smoothstep, steps, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { pixelBox, shrunk, WHOLE, type Box, type Picture } from '../raster/picture.ts';

/**
 * A model's mask has 256 or 320 pixels a side; the picture has thousands. The guided filter (He, Sun and Tang, 2013;
 * its fast variant, 2015) fits, in each small window, the mask as a linear function of the picture's colour, at a
 * small size, and applies the functions at full size: the mask's edge then follows the picture's.
 *
 * Where subject and background look alike (white on white) the fit explains nothing and would smear the mask. The
 * share of the mask's variance that the fit explains says so, and the model's own soft edge is kept there.
 */
const GUIDE_SIDE = 900;
/** Window radius in cells of the model's mask: its edges are off by about two. */
const RADIUS_CELLS = 2.2;
/** Added to the colours' variance (0..1 squared): below about 1 % of contrast an edge is noise. */
const NOISE = 2e-4;
/** Of the rough mask: as good as nothing, or as all of it. */
const NONE = 0.004;

interface Fit {
  readonly slopes: readonly [Plane, Plane, Plane];
  readonly offset: Plane;
  /** 0..1, how much to trust the fit rather than the rough mask. */
  readonly trust: Plane;
  readonly rough: Plane;
  /** Of a window, in cells of the rough mask. */
  readonly radius: number;
}

/** The rough mask (0..1) covers `part` of the picture; what lies outside is 0. */
export async function refined(picture: Picture, rough: Plane, part: Box = WHOLE): Promise<Mask> {
  const area = pixelBox(part, picture.width, picture.height);
  const inside = cropped(picture, area);
  const guide = await shrunk(inside, GUIDE_SIDE);
  const cell = Math.max(guide.width / rough.width, guide.height / rough.height, 1);
  const fit = fitted(guide, resized(rough, guide.width, guide.height), Math.max(2, Math.round(cell * RADIUS_CELLS)));
  const data = new Uint8Array(picture.width * picture.height);
  apply(fit, inside, data, area.top * picture.width + area.left, picture.width);
  return { width: picture.width, height: picture.height, data };
}

function cropped(picture: Picture, area: ReturnType<typeof pixelBox>): Picture {
  if (area.width === picture.width && area.height === picture.height) return picture;
  const data = new Uint8Array(area.width * area.height * 4);
  for (let y = 0; y < area.height; y += 1) {
    const from = ((y + area.top) * picture.width + area.left) * 4;
    data.set(picture.data.subarray(from, from + area.width * 4), y * area.width * 4);
  }
  return { width: area.width, height: area.height, data };
}

function fitted(guide: Picture, rough: Plane, radius: number): Fit {
  const { width, height } = guide;
  const channels = [0, 1, 2].map((channel) => {
    const out = plane(width, height);
    for (let at = 0; at < out.data.length; at += 1) out.data[at] = guide.data[at * 4 + channel]! / 255;
    return out;
  }) as [Plane, Plane, Plane];
  const mean = (value: (at: number) => number): Float32Array => {
    const out = plane(width, height);
    for (let at = 0; at < out.data.length; at += 1) out.data[at] = value(at);
    return boxMean(out, radius).data;
  };
  const [red, green, blue] = channels.map((channel) => channel.data) as [Float32Array, Float32Array, Float32Array];
  const [meanR, meanG, meanB] = channels.map((channel) => boxMean(channel, radius).data) as typeof red[];
  const p = rough.data;
  const meanP = mean((at) => p[at]!);
  const meanPp = mean((at) => p[at]! * p[at]!);
  const products = {
    rr: mean((at) => red[at]! * red[at]!), rg: mean((at) => red[at]! * green[at]!),
    rb: mean((at) => red[at]! * blue[at]!), gg: mean((at) => green[at]! * green[at]!),
    gb: mean((at) => green[at]! * blue[at]!), bb: mean((at) => blue[at]! * blue[at]!),
    rp: mean((at) => red[at]! * p[at]!), gp: mean((at) => green[at]! * p[at]!), bp: mean((at) => blue[at]! * p[at]!),
  };
  const slopes = [plane(width, height), plane(width, height), plane(width, height)] as const;
  const offset = plane(width, height);
  const trust = plane(width, height);
  for (let at = 0; at < p.length; at += 1) {
    const r = meanR![at]!;
    const g = meanG![at]!;
    const b = meanB![at]!;
    const q = meanP[at]!;
    const solved = solve(
      products.rr[at]! - r * r + NOISE, products.rg[at]! - r * g, products.rb[at]! - r * b,
      products.gg[at]! - g * g + NOISE, products.gb[at]! - g * b, products.bb[at]! - b * b + NOISE,
      products.rp[at]! - r * q, products.gp[at]! - g * q, products.bp[at]! - b * q,
    );
    slopes[0].data[at] = solved.x;
    slopes[1].data[at] = solved.y;
    slopes[2].data[at] = solved.z;
    offset.data[at] = q - solved.x * r - solved.y * g - solved.z * b;
    const variance = meanPp[at]! - q * q;
    trust.data[at] = variance < 1e-5 ? 1 : solved.dot / variance;
  }
  return {
    slopes: [boxMean(slopes[0], radius), boxMean(slopes[1], radius), boxMean(slopes[2], radius)],
    offset: boxMean(offset, radius),
    trust: boxMean(trust, radius),
    rough,
    radius,
  };
}

/** The symmetric 3 x 3 system by cofactors; `dot` is the solution times the right side. */
function solve(
  rr: number, rg: number, rb: number, gg: number, gb: number, bb: number, rp: number, gp: number, bp: number,
): { x: number; y: number; z: number; dot: number } {
  const c0 = gg * bb - gb * gb;
  const c1 = gb * rb - rg * bb;
  const c2 = rg * gb - gg * rb;
  const determinant = rr * c0 + rg * c1 + rb * c2;
  if (determinant < 1e-14) return { x: 0, y: 0, z: 0, dot: 0 };
  const x = (c0 * rp + c1 * gp + c2 * bp) / determinant;
  const y = (c1 * rp + (rr * bb - rb * rb) * gp + (rb * rg - rr * gb) * bp) / determinant;
  const z = (c2 * rp + (rb * rg - rr * gb) * gp + (rr * gg - rg * rg) * bp) / determinant;
  return { x, y, z, dot: x * rp + y * gp + z * bp };
}

/**
 * Sets the mask's values. In squares of cells whose windows are all one or all the other the fit is that too: only the
 * band between is worked out.
 */
function apply(fit: Fit, { width, height, data }: Picture, out: Uint8Array, start: number, stride: number): void {
  const { rough } = fit;
  const columns = steps(rough.width, width);
  const rows = steps(rough.height, height);
  const settled = settledCells(fit);
  const { low, high, share } = columns;
  for (let y = 0; y < height; y += 1) {
    const top = rows.low[y]! * rough.width;
    const bottom = rows.high[y]! * rough.width;
    const line = start + y * stride;
    for (let x = 0; x < width; x += 1) {
      const left = low[x]!;
      const right = high[x]!;
      const known = settled[top + left]!;
      const isSettled = known !== OPEN && known === settled[top + right] && known === settled[bottom + left] &&
        known === settled[bottom + right];
      const pixel = (y * width + x) * 4;
      out[line + x] = isSettled
        ? known
        : fittedValue(fit, data, pixel, top + left, right - left, bottom - top, share[x]!, rows.share[y]!);
    }
  }
}

/** Of one pixel, by the fits of the four cells around it: the first, and how many steps on the others are. */
function fittedValue(
  { slopes, offset, trust, rough }: Fit,
  data: Uint8Array,
  pixel: number,
  cell: number,
  right: number,
  below: number,
  along: number,
  down: number,
): number {
  const one = (1 - along) * (1 - down);
  const two = along * (1 - down);
  const three = (1 - along) * down;
  const four = along * down;
  const at = (from: Float32Array): number =>
    from[cell]! * one + from[cell + right]! * two + from[cell + below]! * three + from[cell + right + below]! * four;
  const plain = at(rough.data);
  const colours =
    at(slopes[0].data) * data[pixel]! + at(slopes[1].data) * data[pixel + 1]! + at(slopes[2].data) * data[pixel + 2]!;
  const guided = colours / 255 + at(offset.data);
  const value = plain + (guided - plain) * smoothstep(0.25, 0.65, at(trust.data));
  return Math.round(255 * smoothstep(0.12, 0.88, value));
}

/** Of a cell: the value that its pixels have whatever their colours are, or `OPEN`. */
const OPEN = 1;

function settledCells({ rough, radius }: Fit): Uint8Array {
  const { width, height, data } = rough;
  const mixed = plane(width, height);
  for (let at = 0; at < data.length; at += 1) mixed.data[at] = data[at]! > NONE && data[at]! < 1 - NONE ? 1 : 0;
  // The fit is a mean of fits: it reaches twice as far as a window.
  const near = boxMean(boxMean(mixed, radius), radius).data;
  const sides = boxMean(boxMean(rough, radius), radius).data;
  const out = new Uint8Array(data.length).fill(OPEN);
  for (let at = 0; at < out.length; at += 1) {
    if (near[at]! > 1e-7) continue;
    if (sides[at]! < NONE) out[at] = 0;
    else if (sides[at]! > 1 - NONE) out[at] = 255;
  }
  return out;
}
