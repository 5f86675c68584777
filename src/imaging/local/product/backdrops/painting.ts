import { levelOf, linearOf, parseColour } from '../../raster/colour.ts';
import { bilinear, steps } from '../../raster/filter.ts';
import { hashed } from '../../raster/noise.ts';

/** Linear light of red, green and blue: 0 none, 1 as much as white. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Writes the colour of a place into three numbers. `v` runs down the picture from 0 to 1 and `u` across it on the same
 * scale, with 0 in the middle.
 */
export type Field = (u: number, v: number, out: Float32Array) => void;

/** A background before it is drawn in pixels. */
export interface Painting {
  /** From the back to the front. */
  readonly layers: readonly Layer[];
  /** A factor on the light, for grain of material; 1 changes nothing. */
  readonly texture?: (u: number, v: number) => number;
}

export interface Layer {
  /** Smooth: it is worked out on a coarse grid. */
  readonly field: Field;
  /** How much of a place the layer covers, 0 to 1; all of it where this is absent. `pixel`: the size of one. */
  readonly cover?: (u: number, v: number, pixel: number) => number;
}

export interface Rgb8 {
  readonly width: number;
  readonly height: number;
  /** Three bytes a pixel, sRGB. */
  readonly data: Uint8Array;
}

/** Cells of the coarse grid on the longer side. */
const GRID = 384;
/** Of grain, in 8-bit levels: more than the half step that would show as bands, less than what is seen as noise. */
const GRAIN = 1.5;

export function colourOf(hex: string): Colour {
  const rgb = parseColour(hex);
  if (rgb === undefined) throw new RangeError(`${JSON.stringify(hex)} is no colour`);
  return [linearOf[rgb[0]]!, linearOf[rgb[1]]!, linearOf[rgb[2]]!];
}

/** Draws it. The same seed gives the same bytes. */
export function drawn({ layers, texture }: Painting, width: number, height: number, seed: number): Rgb8 {
  const grids = layers.map(({ field }) => gridOf(field, width, height));
  const [{ columns, rows, across }] = grids as [Grid];
  const data = new Uint8Array(width * height * 3);
  const rgb = new Float32Array(3);
  const pixel = 1 / height;
  for (let y = 0; y < height; y += 1) {
    const v = (y + 0.5) * pixel;
    const top = rows.low[y]! * across;
    const bottom = rows.high[y]! * across;
    const down = rows.share[y]!;
    for (let x = 0; x < width; x += 1) {
      const u = (x + 0.5 - width / 2) * pixel;
      const left = columns.low[x]!;
      const right = columns.high[x]!;
      const along = columns.share[x]!;
      for (let at = 0; at < layers.length; at += 1) {
        const share = layers[at]!.cover?.(u, v, pixel) ?? 1;
        if (share <= 0) continue;
        const { cells } = grids[at]!;
        for (let channel = 0; channel < 3; channel += 1) {
          const cell = (at: number): number => cells[at * 3 + channel]!;
          const value =
            bilinear(cell(top + left), cell(top + right), cell(bottom + left), cell(bottom + right), along, down);
          rgb[channel] = rgb[channel]! * (1 - share) + value * share;
        }
      }
      const factor = texture?.(u, v) ?? 1;
      const grain = (hashed(x, y, seed) + hashed(x, y, seed + 1) - 1) * GRAIN;
      const place = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        data[place + channel] = Math.min(255, Math.max(0, Math.round(levelOf(rgb[channel]! * factor) + grain)));
      }
    }
  }
  return { width, height, data };
}

interface Grid {
  readonly cells: Float32Array;
  readonly across: number;
  readonly columns: ReturnType<typeof steps>;
  readonly rows: ReturnType<typeof steps>;
}

function gridOf(field: Field, width: number, height: number): Grid {
  const scale = Math.min(1, GRID / Math.max(width, height));
  const [across, down] = [Math.max(2, Math.round(width * scale)), Math.max(2, Math.round(height * scale))];
  const cells = new Float32Array(across * down * 3);
  const out = new Float32Array(3);
  for (let y = 0; y < down; y += 1) {
    for (let x = 0; x < across; x += 1) {
      field((((x + 0.5) / across - 0.5) * width) / height, (y + 0.5) / down, out);
      cells.set(out, (y * across + x) * 3);
    }
  }
  return { cells, across, columns: steps(across, width), rows: steps(down, height) };
}
