import sharp, { type Sharp } from 'sharp';

/** An upright sRGB picture, 8 bits a channel, rows from the top, no padding. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, not premultiplied; `width * height * 4` bytes. */
  readonly data: Uint8Array;
}

/** A picture, and a smaller copy of it; itself where it is small already. */
export interface Views {
  readonly picture: Picture;
  readonly overview: Picture;
}

/** A rectangle in fractions (0..1) of the upright picture. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in whole pixels or cells; `right` and `bottom` are the first column and row beyond it. */
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What a model reads: RGB, 8 bits a channel. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const WHITE = { r: 255, g: 255, b: 255 };

/** The picture, or a part of it, resized to exactly `width` x `height`. Transparent parts become white. */
export async function sampled(picture: Picture, width: number, height: number, part?: Box): Promise<Samples> {
  let pipeline = fromRaw(picture);
  if (part !== undefined) pipeline = pipeline.extract(pixelBox(part, picture.width, picture.height));
  const data = await pipeline
    .flatten({ background: WHITE })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { width, height, data };
}

/** The picture, or a part of it, within a square of the given size, the rest grey, and where in it the picture is. */
export async function letterboxed(
  picture: Picture,
  size: number,
  part: Box,
): Promise<{ samples: Samples; inner: Box }> {
  const pixels = pixelBox(part, picture.width, picture.height);
  const scale = size / Math.max(pixels.width, pixels.height);
  const width = Math.max(1, Math.round(pixels.width * scale));
  const height = Math.max(1, Math.round(pixels.height * scale));
  const left = Math.floor((size - width) / 2);
  const top = Math.floor((size - height) / 2);
  const inside = await sampled(picture, width, height, part);
  const data = new Uint8Array(size * size * 3).fill(127);
  for (let y = 0; y < height; y += 1) {
    data.set(inside.data.subarray(y * width * 3, (y + 1) * width * 3), ((y + top) * size + left) * 3);
  }
  return {
    samples: { width: size, height: size, data },
    inner: { x: left / size, y: top / size, width: width / size, height: height / size },
  };
}

/** The picture made smaller so that its longer side is at most `longest`; itself when it is that small already. */
export async function shrunk(picture: Picture, longest: number): Promise<Picture> {
  const scale = longest / Math.max(picture.width, picture.height);
  if (scale >= 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const data = await fromRaw(picture).resize(width, height, { fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  return { width, height, data };
}

export function fromRaw(picture: Picture): Sharp {
  return sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } });
}

/** Each pixel as one number, alpha in its highest byte. */
export function wholePixels({ data }: Picture): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length / 4);
}

export function isOpaque(picture: Picture): boolean {
  const pixels = wholePixels(picture);
  for (let at = 0; at < pixels.length; at += 1) if (pixels[at]! >>> 24 !== 255) return false;
  return true;
}

/** A box in whole pixels, within the picture and at least one pixel each way. */
export function pixelBox(
  box: Box,
  width: number,
  height: number,
): { left: number; top: number; width: number; height: number } {
  const left = Math.min(width - 1, Math.max(0, Math.round(box.x * width)));
  const top = Math.min(height - 1, Math.max(0, Math.round(box.y * height)));
  const right = Math.min(width, Math.max(left + 1, Math.round((box.x + box.width) * width)));
  const bottom = Math.min(height, Math.max(top + 1, Math.round((box.y + box.height) * height)));
  return { left, top, width: right - left, height: bottom - top };
}

/** The box grown by a share of its own size on each side, cut at the picture's edges. */
export function grownBox(box: Box, share: number): Box {
  const x = Math.max(0, box.x - box.width * share);
  const y = Math.max(0, box.y - box.height * share);
  const right = Math.min(1, box.x + box.width * (1 + share));
  const bottom = Math.min(1, box.y + box.height * (1 + share));
  return { x, y, width: right - x, height: bottom - y };
}

export const WHOLE: Box = { x: 0, y: 0, width: 1, height: 1 };
