import type { Light } from '../../../../domain/scene.ts';
import { smoothstep } from '../../raster/filter.ts';
import { towardsOf } from '../light.ts';
import { between, type Random } from '../random.ts';
import type { Colour, Field } from './painting.ts';

/** What all backdrops have in common: where the floor begins and from where the light comes. */
export interface Stage {
  /** Down the picture, 0 to 1. */
  readonly horizon: number;
  /** Which way the light goes: 1 from the left, -1 from the right, 0 from above. */
  readonly towards: number;
  readonly random: Random;
}

export function stageFor(light: Light, random: Random): Stage {
  return { horizon: between(random, 0.6, 0.65), towards: towardsOf(light), random };
}

/** 1 in the middle of a soft round spot, falling to 0 around it. */
export function glow(u: number, v: number, across: number, down: number): number {
  return Math.exp(-(u * u) / (across * across) - (v * v) / (down * down));
}

/** Darker away from the light and towards the corners. */
export function fallOff(u: number, v: number, { towards }: Stage, depth: number): number {
  const away = towards === 0 ? u * u * 1.2 + v * 0.5 : (u * towards + 0.5) * 0.75 + v * 0.25;
  const corner = u * u + (v - 0.5) * (v - 0.5);
  return 1 - depth * away - depth * 0.35 * corner;
}

export function mix(from: Colour, to: Colour, share: number, out: Float32Array, light = 1): void {
  for (let channel = 0; channel < 3; channel += 1) {
    out[channel] = (from[channel]! * (1 - share) + to[channel]! * share) * light;
  }
}

/** A wall and a floor that meet in a soft line, `softness` high, under the light that `lit` says. */
export function room(
  wall: Colour,
  floor: Colour,
  { horizon }: Stage,
  softness: number,
  lit: (u: number, v: number, ground: number) => number,
): Field {
  return (u, v, out) => {
    const ground = smoothstep(horizon - softness, horizon + softness, v);
    mix(wall, floor, ground, out, lit(u, v, ground));
  };
}
