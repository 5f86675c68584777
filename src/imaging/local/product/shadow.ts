import type { Light } from '../../../domain/scene.ts';
import { plane, type Plane } from '../raster/filter.ts';
import { blurred } from './blur.ts';
import { towardsOf } from './light.ts';
import type { Bounds } from '../raster/picture.ts';
import { footingOf, isLeg, type Footing, type Stance } from './stance.ts';

/**
 * The shadow that a product throws, as a factor on the light of what is behind it: 1 for none. Standing, it is darkest
 * in a line where the product touches the ground, and falls away from the light, softer with its distance. Lying, it
 * is that of something flat a little above the ground.
 */
export interface ShadowOf {
  /** The whole picture, small; 0..1. */
  readonly alpha: Plane;
  /** Where in it the product is. */
  readonly box: Bounds;
  readonly stance: Stance;
  readonly light: Light;
  /** 0..1. */
  readonly strength: number;
}

export function shadeOf({ alpha, box, stance, light, strength }: ShadowOf): Plane {
  const towards = towardsOf(light);
  const size = Math.max(box.bottom - box.top, (box.right - box.left) * 0.6);
  const parts = stance === 'standing'
    ? standing(alpha, box, size, towards)
    : dropped(alpha, size, towards);
  const out = plane(alpha.width, alpha.height);
  out.data.fill(1);
  for (const { shade, depth } of parts) {
    for (let at = 0; at < out.data.length; at += 1) {
      out.data[at]! *= 1 - strength * depth * Math.min(1, shade.data[at]!);
    }
  }
  return out;
}

/** Darkness 0..1, and how much of the light it takes at a strength of 1. */
interface Part {
  readonly shade: Plane;
  readonly depth: number;
}

/** How far above its lowest row (of its size) a product still touches the ground: the sides of a round base. */
const BASE_DEPTH = 0.12;

function standing(alpha: Plane, box: Bounds, size: number, towards: number): readonly Part[] {
  const footing = footingOf(alpha);
  const ground = meanBottom(footing, box, size);
  return [...onGround(contact(alpha, footing, box, size), size), cast(alpha, ground, box, size, towards)];
}

/** A dark line where it touches, and a softer one around. */
function onGround(touching: Plane, size: number): readonly Part[] {
  const spread = (across: number, down: number): Plane => toOne(blurred(touching, size * across, size * down));
  return [
    { shade: spread(0.012, 0.007), depth: 0.75 },
    { shade: spread(0.05, 0.022), depth: 0.5 },
    { shade: spread(0.16, 0.05), depth: 0.38 },
  ];
}

function contact({ width, height }: Plane, footing: Footing, { left, right }: Bounds, size: number): Plane {
  const { bottoms, lowest } = footing;
  const out = plane(width, height);
  const [depth, thick] = [size * BASE_DEPTH, Math.max(1, Math.round(size * 0.008))];
  for (let x = left; x < right; x += 1) {
    const above = lowest - bottoms[x]!;
    if (bottoms[x]! < 0) continue;
    const weight = isLeg(footing, x, size) ? 0.8 : 1 - 0.7 * (above / depth);
    if (weight < 0.3) continue;
    for (let y = Math.max(0, bottoms[x]! - 2 * thick); y <= Math.min(height - 1, bottoms[x]! + thick); y += 1) {
      out.data[y * width + x] = weight;
    }
  }
  return out;
}

function toOne(source: Plane): Plane {
  const most = source.data.reduce((highest, value) => Math.max(highest, value), 1e-6);
  return { ...source, data: source.data.map((value) => value / most) };
}

/** How far the shadow reaches: to the side, and into the picture, for each length of height. */
const REACH = { aside: 0.62, back: 0.2 };

/** The outline, laid on the ground away from the light; higher parts are softer and fainter. */
function cast(alpha: Plane, ground: number, box: Bounds, size: number, towards: number): Part {
  const { width, height } = alpha;
  const soft = [0.012, 0.04, 0.09].map((radius) => blurred(alpha, size * radius, size * radius));
  const shade = plane(width, height);
  const tall = Math.max(1, ground - box.top);
  const first = Math.max(0, Math.floor(ground - tall * REACH.back - size * 0.1));
  for (let y = first; y < Math.min(height, ground + size * 0.05); y += 1) {
    const up = Math.max(0, (ground - y) / REACH.back);
    const share = up / tall;
    if (share > 1) continue;
    const [near, far] = share < 0.35 ? [soft[0]!, soft[1]!] : [soft[1]!, soft[2]!];
    const blend = share < 0.35 ? share / 0.35 : Math.min(1, (share - 0.35) / 0.65);
    const from = Math.min(height - 1, Math.max(0, Math.round(ground - up))) * width;
    const fade = (1 - share) * Math.min(1, 1 - (y - ground) / (size * 0.05));
    for (let x = 0; x < width; x += 1) {
      const source = Math.round(x - towards * REACH.aside * up);
      if (source < 0 || source >= width) continue;
      const value = near.data[from + source]! * (1 - blend) + far.data[from + source]! * blend;
      shade.data[y * width + x] = value * Math.min(1, fade);
    }
  }
  // What the steps between rows and columns leave.
  return { shade: blurred(shade, size * 0.012, size * 0.008), depth: 0.55 };
}

function meanBottom({ bottoms, lowest }: Footing, { left, right }: Bounds, size: number): number {
  let [sum, count] = [0, 0];
  for (let x = left; x < right; x += 1) {
    if (bottoms[x]! < 0 || lowest - bottoms[x]! > size * BASE_DEPTH) continue;
    sum += bottoms[x]!;
    count += 1;
  }
  return count === 0 ? lowest : sum / count;
}

/** Of what lies: its own outline, a little away from the light. */
function dropped(alpha: Plane, size: number, towards: number): readonly Part[] {
  const part = (aside: number, down: number, radius: number, depth: number): Part => {
    const outline = moved(alpha, Math.round(towards * aside * size), Math.round(down * size));
    return { shade: blurred(outline, size * radius, size * radius), depth };
  };
  return [part(0.008, 0.012, 0.008, 0.45), part(0.025, 0.035, 0.035, 0.4)];
}

function moved({ width, height, data }: Plane, aside: number, down: number): Plane {
  const out = plane(width, height);
  for (let y = Math.max(0, down); y < height; y += 1) {
    for (let x = Math.max(0, aside); x < Math.min(width, width + aside); x += 1) {
      out.data[y * width + x] = data[(y - down) * width + x - aside]!;
    }
  }
  return out;
}
