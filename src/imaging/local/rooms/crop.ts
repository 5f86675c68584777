import type { Mask } from '../raster/mask.ts';
import type { pixelBox, Picture } from '../raster/picture.ts';

type Area = ReturnType<typeof pixelBox>;

export function cropped(picture: Picture, area: Area): Picture {
  if (area.width === picture.width && area.height === picture.height) return picture;
  const data = new Uint8Array(area.width * area.height * 4);
  for (let y = 0; y < area.height; y += 1) {
    const from = ((y + area.top) * picture.width + area.left) * 4;
    data.set(picture.data.subarray(from, from + area.width * 4), y * area.width * 4);
  }
  return { width: area.width, height: area.height, data };
}

export function croppedMask(mask: Mask, area: Area): Mask {
  const data = new Uint8Array(area.width * area.height);
  for (let y = 0; y < area.height; y += 1) {
    const from = (y + area.top) * mask.width + area.left;
    data.set(mask.data.subarray(from, from + area.width), y * area.width);
  }
  return { width: area.width, height: area.height, data };
}

/** The mask of a part as one of the whole picture. */
export function placed(mask: Mask, picture: Picture, area: Area): Mask {
  if (area.width === picture.width && area.height === picture.height) return mask;
  const data = new Uint8Array(picture.width * picture.height);
  for (let y = 0; y < area.height; y += 1) {
    const row = mask.data.subarray(y * area.width, (y + 1) * area.width);
    data.set(row, (y + area.top) * picture.width + area.left);
  }
  return { width: picture.width, height: picture.height, data };
}
