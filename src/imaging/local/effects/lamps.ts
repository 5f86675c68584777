import { linearOf, luminanceOf } from '../raster/colour.ts';
import { shrunk, type Picture } from '../raster/picture.ts';

/** The light in a room. */
export interface Lamps {
  /** Of good light, 0..1. */
  readonly level: number;
  /** Its colour: factors of linear red, green and blue. */
  readonly cast: readonly number[];
}

/** Never nothing: it is divided by. */
export const luminance = (red: number, green: number, blue: number): number =>
  Math.max(1e-4, luminanceOf(red, green, blue));

/** Of a white wall in good light. */
const WHITE = 0.7;
const LAMPS_SIDE = 200;

/** How bright the room is, and in which light: by the brighter parts of the picture that are not lamps themselves. */
export async function lampsOf(picture: Picture): Promise<Lamps> {
  const { data } = await shrunk(picture, LAMPS_SIDE);
  const pixels: (readonly [light: number, red: number, green: number, blue: number])[] = [];
  for (let at = 0; at < data.length; at += 4) {
    const red = linearOf[data[at]!]!;
    const green = linearOf[data[at + 1]!]!;
    const blue = linearOf[data[at + 2]!]!;
    pixels.push([luminance(red, green, blue), red, green, blue]);
  }
  pixels.sort((one, other) => one[0] - other[0]);
  const bright = pixels.slice(Math.floor(pixels.length * 0.75), Math.ceil(pixels.length * 0.95));
  const mean = (index: 0 | 1 | 2 | 3): number => bright.reduce((sum, one) => sum + one[index], 0) / bright.length;
  const light = mean(0);
  const cast = ([1, 2, 3] as const).map((index) => Math.min(1.25, Math.max(0.75, mean(index) / light)) ** 0.25);
  return { level: Math.min(1, Math.max(0.22, (light / WHITE) ** 0.75)), cast };
}
