import { plane, soften, type Plane } from './filter.ts';
import { pixelBox, type Box } from './picture.ts';

/** How much of each pixel belongs to a thing: 0 not at all, 255 wholly. As large as its picture. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export function emptyMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

export function fullMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height).fill(255) };
}

export function inverted(mask: Mask): Mask {
  const data = new Uint8Array(mask.data.length);
  for (let at = 0; at < data.length; at += 1) data[at] = 255 - mask.data[at]!;
  return { ...mask, data };
}

/** Either: the larger value at each pixel. */
export function united(one: Mask, other: Mask): Mask {
  const data = one.data.slice();
  for (let at = 0; at < data.length; at += 1) if (other.data[at]! > data[at]!) data[at] = other.data[at]!;
  return { ...one, data };
}

/** The first without the second. Where the second is 255 the result is exactly 0. */
export function without(one: Mask, other: Mask): Mask {
  const data = one.data.slice();
  for (let at = 0; at < data.length; at += 1) {
    const taken = other.data[at]!;
    if (taken > 0) data[at] = Math.round((data[at]! * (255 - taken)) / 255);
  }
  return { ...one, data };
}

/** Whether the mask holds nothing that could be seen. */
export function isBlank({ data }: Mask): boolean {
  for (let at = 0; at < data.length; at += 1) if (data[at]! >= 8) return false;
  return true;
}

/** The share (0..1) of the picture that the mask covers. */
export function coverage(mask: Mask): number {
  const { data } = mask;
  let sum = 0;
  for (let at = 0; at < data.length; at += 1) sum += data[at]!;
  return sum / 255 / data.length;
}

export function toPlane(mask: Mask): Plane {
  const out = plane(mask.width, mask.height);
  for (let at = 0; at < mask.data.length; at += 1) out.data[at] = mask.data[at]! / 255;
  return out;
}

/** A box with soft edges, about 1 % of the picture wide; edges on the picture's own border stay hard. */
export function boxMask(box: Box, width: number, height: number): Mask {
  const { left, top, width: across, height: down } = pixelBox(box, width, height);
  const feather = Math.max(1, Math.round(Math.max(width, height) * 0.01));
  const ramp = (at: number, start: number, length: number, whole: number): number => {
    const near = start === 0 ? feather : at - start + 1;
    const far = start + length === whole ? feather : start + length - at;
    return Math.min(1, Math.max(0, Math.min(near, far) / feather));
  };
  const out = emptyMask(width, height);
  for (let y = top; y < top + down; y += 1) {
    const vertical = ramp(y, top, down, height);
    for (let x = left; x < left + across; x += 1) {
      out.data[y * width + x] = Math.round(255 * vertical * ramp(x, left, across, width));
    }
  }
  return out;
}

/** An ellipse within a box (which may reach over the picture's edge), full inside and soft over its outer `rim`. */
export function ellipseMask(box: Box, width: number, height: number, rim: number): Mask {
  const out = emptyMask(width, height);
  const centreX = (box.x + box.width / 2) * width;
  const centreY = (box.y + box.height / 2) * height;
  const radiusX = Math.max(1, (box.width * width) / 2);
  const radiusY = Math.max(1, (box.height * height) / 2);
  const { left, top, width: across, height: down } = pixelBox(box, width, height);
  for (let y = top; y < top + down; y += 1) {
    for (let x = left; x < left + across; x += 1) {
      const distance = Math.hypot((x + 0.5 - centreX) / radiusX, (y + 0.5 - centreY) / radiusY);
      out.data[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, (1 - distance) / rim)));
    }
  }
  return out;
}

/** Grown by about `radius` pixels, the grown edge soft. For what is protected: a pixel too many harms nobody. */
export function grown(mask: Mask, radius: number): Mask {
  const soft = soften(toPlane(mask), radius);
  const data = mask.data.slice();
  for (let at = 0; at < data.length; at += 1) {
    data[at] = Math.max(data[at]!, Math.round(255 * Math.min(1, soft.data[at]! * 4)));
  }
  return { ...mask, data };
}

/** Only what the mask is sure of: its soft edge is left out, so that it can fill a hole without drawing a rim. */
export function core(mask: Mask): Mask {
  return { ...mask, data: mask.data.map((value) => Math.round(255 * Math.min(1, Math.max(0, (value - 170) / 75)))) };
}
