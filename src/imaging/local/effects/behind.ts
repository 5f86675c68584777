import { unmixed } from '../cutout/own-alpha.ts';
import { placeBefore } from '../cutout/foreground.ts';
import type { Rgb } from '../raster/colour.ts';
import { fullMask, inverted, type Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';
import { applyTexture, type GrainName } from './textures.ts';

/** Of a wall that a texture is put on where there is none. */
const PLASTER: Rgb = [214, 211, 206];

/** Puts a colour behind a subject that was cut out already, in place: there is no light or shade to keep. */
export function colourBehind(picture: Picture, background: Mask, [red, green, blue]: Rgb): Promise<void> {
  return placeBefore(picture, inverted(background), (_x, _y, out) => {
    out[0] = red;
    out[1] = green;
    out[2] = blue;
  }, unmixed);
}

/** Puts a textured wall behind a subject that was cut out already, in place. `strength` 0.05..1. */
export async function textureBehind(
  picture: Picture,
  background: Mask,
  name: GrainName,
  strength: number,
): Promise<void> {
  const { width, height } = picture;
  const wall: Picture = { width, height, data: new Uint8Array(width * height * 4) };
  const plaster = Uint8Array.of(...PLASTER, 255);
  for (let at = 0; at < wall.data.length; at += 4) wall.data.set(plaster, at);
  await applyTexture(wall, fullMask(width, height), name, strength, true);
  await placeBefore(picture, inverted(background), (x, y, out) => {
    const from = (y * width + x) * 4;
    for (let channel = 0; channel < 3; channel += 1) out[channel] = wall.data[from + channel]!;
  }, unmixed);
}
