import { smoothstep } from '../raster/filter.ts';
import { noiseBetween } from '../raster/noise.ts';

/** What patterns are made of. Each part is a mean over what a pixel covers, so that nothing flickers far away. */

/** The share of `spread` around `x` that lies within `half` of a multiple of `period`: joints between boards. */
export function jointShare(x: number, period: number, half: number, spread: number): number {
  const reach = Math.max(spread, half * 0.05);
  return (jointsBefore(x + reach / 2, period, half) - jointsBefore(x - reach / 2, period, half)) / reach;
}

function jointsBefore(x: number, period: number, half: number): number {
  const nearest = Math.round(x / period);
  return nearest * 2 * half + Math.min(half, Math.max(-half, x - nearest * period));
}

/** Smooth noise, -1..1, with cells of one unit; it fades where a pixel covers a cell and more. */
export function grainAt(x: number, y: number, seed: number, spreadX: number, spreadY: number): number {
  const covered = Math.max(spreadX, spreadY);
  const left = 1 / (1 + (1.4 * covered) ** 2);
  if (left < 0.04) return 0;
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const [along, down] = [smoothstep(0, 1, x - column), smoothstep(0, 1, y - row)];
  return noiseBetween(column, row, column + 1, row + 1, along, down, seed) * left;
}

/** How much of a difference between shapes of this size is left where a pixel covers so much of them. */
export const contrastLeft = (size: number, spread: number): number => 1 / (1 + (0.8 * spread / size) ** 2);
