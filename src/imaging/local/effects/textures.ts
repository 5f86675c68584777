import { fromLab, toLab } from '../raster/colour.ts';
import { bilinear, plane, resized, soften, steps, type Plane } from '../raster/filter.ts';
import { labPlanes } from '../raster/lab-planes.ts';
import { toPlane, type Mask } from '../raster/mask.ts';
import { fractal, hashed, lit, mixed, normalised, tiled, tileNoise } from '../raster/noise.ts';
import { shrunk, type Picture } from '../raster/picture.ts';
import { blend } from './tone.ts';

/** Surfaces made here from seeded noise: the same picture and texture always give the same result. */
export const textureNames = ['linen', 'canvas', 'plaster', 'paper', 'concrete', 'studio'] as const;
export type TextureName = (typeof textureNames)[number];
/** `studio` is a backdrop rather than a grain: see studio.ts. */
export type GrainName = Exclude<TextureName, 'studio'>;

interface Grain {
  /** Deviation in lightness (0..100) at middle grey. */
  readonly depth: number;
  /** Cells of the tile across the picture's longer side. */
  readonly scale: number;
  readonly tile: () => Plane;
}

const TILE = 512;

const grains: Readonly<Record<GrainName, Grain>> = {
  linen: { depth: 3.4, scale: 1400, tile: () => woven(128, 11) },
  canvas: { depth: 4.2, scale: 1200, tile: () => woven(64, 23) },
  plaster: {
    depth: 2.6,
    scale: 900,
    tile: () =>
      mixed([normalised(lit(fractal(TILE, 6, 6, 0.62, 31))), 1], [normalised(fractal(TILE, 3, 3, 0.5, 37)), 0.4]),
  },
  paper: {
    depth: 1.7,
    scale: 1200,
    tile: () =>
      mixed([normalised(lit(fractal(TILE, 64, 3, 0.8, 41))), 1], [normalised(tileNoise(TILE, 170, 40, 43)), 0.35]),
  },
  concrete: {
    depth: 3,
    scale: 1000,
    tile: () =>
      mixed(
        [normalised(fractal(TILE, 3, 5, 0.62, 53)), 0.75],
        [normalised(lit(fractal(TILE, 48, 4, 0.7, 59))), 0.6],
        [pores(61), 1.1],
      ),
  },
};

const tiles = new Map<GrainName, Plane>();

function tileOf(name: GrainName): Plane {
  let tile = tiles.get(name);
  if (tile === undefined) {
    tile = normalised(grains[name].tile());
    tiles.set(name, tile);
  }
  return tile;
}

/** Plain weave: each thread is round, goes over and under, and is nowhere quite straight or even. */
function woven(threads: number, seed: number): Plane {
  const out = plane(TILE, TILE);
  const pitch = TILE / threads;
  const wobble = fractal(TILE, 8, 3, 0.6, seed);
  const slubAcross = tileNoise(TILE, 10, threads, seed + 1);
  const slubDown = tileNoise(TILE, threads, 10, seed + 2);
  for (let y = 0; y < TILE; y += 1) {
    for (let x = 0; x < TILE; x += 1) {
      const at = y * TILE + x;
      const bend = wobble.data[at]! * 0.22;
      const across = Math.sin(((y / pitch + bend) % 1) * Math.PI) ** 2;
      const down = Math.sin(((x / pitch + bend) % 1) * Math.PI) ** 2;
      const over = (Math.floor(x / pitch) + Math.floor(y / pitch)) % 2 === 0;
      const top = over ? across * (1 + 0.5 * slubAcross.data[at]!) : down * (1 + 0.5 * slubDown.data[at]!);
      const below = over ? down : across;
      out.data[at] = Math.max(top, below * 0.55) + 0.22 * (slubAcross.data[at]! + slubDown.data[at]!);
    }
  }
  return normalised(out);
}

/** Small dark holes with a lit lower rim, as air bubbles leave in cast concrete. */
function pores(seed: number): Plane {
  const out = plane(TILE, TILE);
  for (let pore = 0; pore < 90; pore += 1) {
    const centreX = Math.floor(hashed(pore, 1, seed) * TILE);
    const centreY = Math.floor(hashed(pore, 2, seed) * TILE);
    const radius = 0.8 + 2.6 * hashed(pore, 3, seed) ** 3;
    const reach = Math.ceil(radius + 2);
    for (let y = -reach; y <= reach; y += 1) {
      for (let x = -reach; x <= reach; x += 1) {
        const at = ((centreY + y + TILE) % TILE) * TILE + ((centreX + x + TILE) % TILE);
        const hole = Math.max(0, 1 - Math.hypot(x, y) / radius);
        const rim = Math.max(0, 1 - Math.hypot(x - 1, y - 1) / (radius + 1)) - hole;
        out.data[at] = Math.min(out.data[at]!, -2.4 * hole) + 0.5 * Math.max(0, rim);
      }
    }
  }
  return out;
}

/**
 * Lays a grain on what is under the mask, in place. The light that falls there is kept; of what was drawn on it, a
 * surface (a wall, a background) keeps little, as if it were covered, and a thing keeps most.
 */
export async function applyTexture(
  picture: Picture,
  mask: Mask,
  name: GrainName,
  strength: number,
  covered: boolean,
): Promise<void> {
  const { depth, scale } = grains[name];
  const tile = tileOf(name);
  const base = await lightUnder(picture, mask);
  const flatten = (covered ? 0.88 : 0.2) * Math.min(1, strength * 1.2);
  const columns = steps(base.lightness.width, picture.width);
  const rows = steps(base.lightness.height, picture.height);
  const zoom = scale / Math.max(picture.width, picture.height);
  const [lab, out] = [new Float32Array(3), new Uint8Array(3)];
  const { data, width } = picture;
  for (let at = 0; at < mask.data.length; at += 1) {
    const weight = mask.data[at]!;
    if (weight === 0) continue;
    const x = at % width;
    const y = Math.floor(at / width);
    const pixel = at * 4;
    const left = columns.low[x]!;
    const right = columns.high[x]!;
    const along = columns.share[x]!;
    const row = base.lightness.width;
    const top = rows.low[y]! * row;
    const bottom = rows.high[y]! * row;
    const down = rows.share[y]!;
    const under = ({ data: from }: Plane): number =>
      bilinear(from[top + left]!, from[top + right]!, from[bottom + left]!, from[bottom + right]!, along, down);
    toLab(data[pixel]!, data[pixel + 1]!, data[pixel + 2]!, lab);
    const lightness = lab[0]! + (under(base.lightness) - lab[0]!) * flatten;
    const grain = tiled(tile, x * zoom, y * zoom) * depth * strength * (0.3 + (0.7 * lightness) / 60);
    const a = lab[1]! + (under(base.a) - lab[1]!) * flatten;
    const b = lab[2]! + (under(base.b) - lab[2]!) * flatten;
    fromLab(lightness + grain * roomFor(lightness), a, b, out, 0);
    blend(data, pixel, out, weight);
  }
}

/** Near white a grain of full depth would be cut off on one side and darken the surface. */
const roomFor = (lightness: number): number => Math.min(1, Math.max(0.35, (104 - lightness) / 14));

const BASE_SIDE = 320;
const BASE_BLUR = 0.045;

/** The masked part's own light and colour, blurred, without what lies outside the mask bleeding in. */
async function lightUnder(picture: Picture, mask: Mask): Promise<{ lightness: Plane; a: Plane; b: Plane }> {
  const small = await shrunk(picture, BASE_SIDE);
  const weights = resized(toPlane(mask), small.width, small.height);
  for (let at = 0; at < weights.data.length; at += 1) weights.data[at] = weights.data[at]! ** 2 + 1e-4;
  const radius = Math.max(2, Math.max(small.width, small.height) * BASE_BLUR);
  const total = soften(weights, radius);
  const lab = labPlanes(small);
  const blurred = (channel: Plane): Plane => {
    const weighted = plane(small.width, small.height);
    for (let at = 0; at < weighted.data.length; at += 1) weighted.data[at] = channel.data[at]! * weights.data[at]!;
    const sum = soften(weighted, radius);
    for (let at = 0; at < sum.data.length; at += 1) sum.data[at]! /= total.data[at]!;
    return sum;
  };
  return { lightness: blurred(lab.lightness), a: blurred(lab.a), b: blurred(lab.b) };
}
