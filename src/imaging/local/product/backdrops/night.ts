import { plane, smoothstep, soften, type Plane } from '../../raster/filter.ts';
import { fractal, normalised, tiled } from '../../raster/noise.ts';
import { between } from '../random.ts';
import type { Colour, Field, Painting } from './painting.ts';
import { fallOff, glow, mix, type Stage } from './stage.ts';

/** Backdrops with lights of their own. */

/** Cells down the picture, and across it as wide as the widest picture that is drawn. */
const CELLS = 384;
const WIDEST = 2;

/** Lights far out of focus before a dark wall, mirrored by a polished table. */
export function bokeh(wall: Colour, floor: Colour, accents: readonly Colour[], stage: Stage): Painting {
  const { horizon } = stage;
  const lights = discs(accents, stage);
  const mirrored = lights.map((channel) => soften(channel, CELLS * 0.03)) as unknown as Lights;
  const light = new Float32Array(3);
  const field: Field = (u, v, out) => {
    const ground = smoothstep(horizon - 0.012, horizon + 0.012, v);
    const pool = glow(u, v - 0.4, 0.7, 0.5);
    const onFloor = 0.7 + 0.5 * glow(u, v - 0.85, 0.5, 0.2);
    mix(wall, floor, ground, out, ((0.6 + 0.55 * pool) * (1 - ground) + onFloor * ground) * fallOff(u, v, stage, 0.25));
    at(lights, u, v, light);
    for (let channel = 0; channel < 3; channel += 1) out[channel]! += light[channel]! * (1 - ground);
    if (ground === 0) return;
    // Things mirrored by a table that is not quite smooth fade with their distance from it.
    const depth = v - horizon;
    at(mirrored, u, horizon - depth * 1.1, light);
    const strength = ground * 0.32 * Math.exp(-depth / 0.16);
    for (let channel = 0; channel < 3; channel += 1) out[channel]! += light[channel]! * strength;
  };
  return { layers: [{ field }] };
}

type Lights = readonly [red: Plane, green: Plane, blue: Plane];

function at([red, green, blue]: Lights, u: number, v: number, out: Float32Array): void {
  const x = Math.min(CELLS * WIDEST - 1, Math.max(0, Math.round((u + WIDEST / 2) * CELLS)));
  const y = Math.min(CELLS - 1, Math.max(0, Math.round(v * CELLS)));
  const cell = y * CELLS * WIDEST + x;
  out[0] = red.data[cell]!;
  out[1] = green.data[cell]!;
  out[2] = blue.data[cell]!;
}

/** A lens shows each light as a disc, a little brighter at its rim. Small ones are nearer to the focus and brighter. */
function discs(accents: readonly Colour[], { random, horizon }: Stage): Lights {
  const lights = [0, 1, 2].map(() => plane(CELLS * WIDEST, CELLS)) as unknown as Lights;
  const count = Math.round(between(random, 70, 90));
  for (let disc = 0; disc < count; disc += 1) {
    const radius = between(random, 0.012, 0.05) * (random() < 0.2 ? 1.5 : 1);
    const [u, v] = [between(random, -1, 1), between(random, -0.05, horizon - 0.03)];
    const colour = accents[Math.floor(random() * accents.length)]!;
    const strength = between(random, 0.08, 0.4) * Math.min(1.4, 0.03 / radius);
    const soft = between(random, 0.1, 0.25);
    const reach = Math.ceil(radius * CELLS) + 1;
    const [x0, y0] = [Math.round((u + WIDEST / 2) * CELLS), Math.round(v * CELLS)];
    for (let y = Math.max(0, y0 - reach); y <= Math.min(CELLS - 1, y0 + reach); y += 1) {
      for (let x = Math.max(0, x0 - reach); x <= Math.min(CELLS * WIDEST - 1, x0 + reach); x += 1) {
        const away = Math.hypot(x - x0, y - y0) / (radius * CELLS);
        const cover = (1 - smoothstep(1 - soft, 1, away)) * (0.75 + 0.25 * away * away);
        if (cover <= 0) continue;
        lights.forEach((channel, at) => {
          channel.data[y * CELLS * WIDEST + x]! += colour[at]! * strength * cover;
        });
      }
    }
  }
  return lights;
}

let madeFog: Plane | undefined;

/** Fog over the floor, lit from behind. */
export function mist(wall: Colour, floor: Colour, accent: Colour, stage: Stage): Painting {
  const { horizon, random } = stage;
  const fog = (madeFog ??= normalised(fractal(CELLS, 3, 5, 0.55, 71)));
  const [moveU, moveV, left] = [random(), random(), between(random, -0.12, 0.12)];
  const field: Field = (u, v, out) => {
    const ground = smoothstep(horizon - 0.1, horizon + 0.1, v);
    const light = (0.55 + 0.9 * glow(u - left, v - 0.42, 0.5, 0.4)) * fallOff(u, v, stage, 0.25);
    mix(wall, floor, ground, out, light);
    const behind = 0.5 * glow(u - left, v - horizon + 0.04, 0.55, 0.2) + 0.14 * glow(u, v - 0.85, 0.6, 0.25);
    const cloud = 0.5 + 0.28 * tiled(fog, (u * 0.55 + moveU) * CELLS, (v * 1.5 + moveV) * CELLS);
    const low = smoothstep(horizon - 0.3, horizon + 0.02, v) * (1 - 0.6 * smoothstep(horizon + 0.05, 1, v));
    const dense = Math.min(1, Math.max(0, cloud)) * low;
    for (let channel = 0; channel < 3; channel += 1) {
      const glowing = accent[channel]! * behind * (0.35 + 0.65 * dense);
      out[channel] = out[channel]! * (1 - 0.35 * dense) + wall[channel]! * 0.9 * dense + glowing;
    }
  };
  return { layers: [{ field }] };
}
