import { labOf } from '../raster/colour.ts';
import { plane, resized, type Plane } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { hashed } from '../raster/noise.ts';
import { pixelBox, sampled, type Box, type Picture, type Samples } from '../raster/picture.ts';
import { invalid } from '../rejection.ts';

/**
 * Fills a small box from what surrounds it: colours are carried in from the rim (the solution of Laplace's equation)
 * and the surroundings' own grain is laid over. That suits a spot, a socket or a sticker on a wall, a floor, the sky;
 * it cannot invent a pattern, so a box that is large or lies on one is refused.
 */
const LARGEST_SHARE = 0.06;
/** Mean difference (ΔE) of neighbouring pixels in the ring around the box; a plain wall has 1 to 2. */
const ROUGHEST_RING = 4.5;
/** Spread of colours in the ring (ΔE): where a box spans an edge of the room, carrying colours in would smear it. */
const WIDEST_SPREAD = 14;
/** The fill is smooth, so it is found at a small size. */
const SOLVED_SIDE = 120;

interface Area { readonly left: number; readonly top: number; readonly width: number; readonly height: number }

/** In place; what is under `kept` stays. */
export async function erase(picture: Picture, box: Box, kept: Mask, name: string): Promise<void> {
  const hole = pixelBox(box, picture.width, picture.height);
  const share = (hole.width * hole.height) / (picture.width * picture.height);
  if (share > LARGEST_SHARE) {
    throw invalid(
      `"${name}" is too large to be erased: draw a box of at most ${LARGEST_SHARE * 100} % of the picture, ` +
        'or recolor, tone or texture it.',
    );
  }
  const margin = Math.max(4, Math.round(Math.max(hole.width, hole.height) * 0.12));
  const left = Math.max(0, hole.left - margin);
  const top = Math.max(0, hole.top - margin);
  const patch: Area = {
    left,
    top,
    width: Math.min(picture.width, hole.left + hole.width + margin) - left,
    height: Math.min(picture.height, hole.top + hole.height + margin) - top,
  };
  const { roughness, spread } = ringAround(picture, patch, hole);
  if (roughness > ROUGHEST_RING || spread > WIDEST_SPREAD) {
    throw invalid(
      `What lies around "${name}" is too detailed to be continued over it: ` +
        'draw the box around a small thing on a plain surface.',
    );
  }
  write(picture, hole, kept, await carriedIn(picture, patch, hole), roughness);
}

const within = (area: Area, x: number, y: number): boolean =>
  x >= area.left && x < area.left + area.width && y >= area.top && y < area.top + area.height;

function ringAround(picture: Picture, patch: Area, hole: Area): { roughness: number; spread: number } {
  const labAt = (x: number, y: number): readonly number[] => {
    const pixel = (y * picture.width + x) * 4;
    return labOf([picture.data[pixel]!, picture.data[pixel + 1]!, picture.data[pixel + 2]!]);
  };
  const difference = (one: readonly number[], other: readonly number[]): number =>
    Math.hypot(...one.map((value, channel) => value - other[channel]!));
  const ring: (readonly number[])[] = [];
  let differences = 0;
  const stride = Math.max(1, Math.floor(Math.sqrt((patch.width * patch.height) / 40_000)));
  for (let y = patch.top; y < patch.top + patch.height; y += stride) {
    for (let x = patch.left; x < patch.left + patch.width - 1; x += stride) {
      if (within(hole, x, y) || within(hole, x + 1, y)) continue;
      const lab = labAt(x, y);
      differences += difference(lab, labAt(x + 1, y));
      ring.push(lab);
    }
  }
  if (ring.length === 0) return { roughness: Infinity, spread: Infinity };
  const mean = [0, 1, 2].map((channel) => ring.reduce((sum, lab) => sum + lab[channel]!, 0) / ring.length);
  const distances = ring.map((lab) => difference(lab, mean)).sort((one, other) => one - other);
  return { roughness: differences / ring.length, spread: distances[Math.floor(distances.length * 0.9)]! };
}

/** The colours of the hole (0..255 a channel), as large as it. */
async function carriedIn(picture: Picture, patch: Area, hole: Area): Promise<Plane[]> {
  const scale = Math.min(1, SOLVED_SIDE / Math.max(patch.width, patch.height));
  const width = Math.max(3, Math.round(patch.width * scale));
  const height = Math.max(3, Math.round(patch.height * scale));
  const samples = await sampled(picture, width, height, {
    x: patch.left / picture.width,
    y: patch.top / picture.height,
    width: patch.width / picture.width,
    height: patch.height / picture.height,
  });
  const small: Area = {
    left: Math.floor((hole.left - patch.left) * scale),
    top: Math.floor((hole.top - patch.top) * scale),
    width: Math.ceil(hole.width * scale),
    height: Math.ceil(hole.height * scale),
  };
  return [0, 1, 2].map((channel) => {
    const solved = resized(relaxed(samples, channel, small), patch.width, patch.height);
    const out = plane(hole.width, hole.height);
    for (let y = 0; y < hole.height; y += 1) {
      const from = (y + hole.top - patch.top) * patch.width + hole.left - patch.left;
      out.data.set(solved.data.subarray(from, from + hole.width), y * hole.width);
    }
    return out;
  });
}

/** Gauss-Seidel with over-relaxation: 300 rounds settle a hole of 100 cells a side. The picture's edge repeats. */
function relaxed(samples: Samples, channel: number, hole: Area): Plane {
  const { width, height } = samples;
  const out = plane(width, height);
  for (let at = 0; at < out.data.length; at += 1) out.data[at] = samples.data[at * 3 + channel]!;
  const { data } = out;
  let [sum, count] = [0, 0];
  for (let at = 0; at < data.length; at += 1) {
    if (within(hole, at % width, Math.floor(at / width))) continue;
    sum += data[at]!;
    count += 1;
  }
  for (let round = 0; round < 300; round += 1) {
    for (let y = hole.top; y < Math.min(height, hole.top + hole.height); y += 1) {
      for (let x = hole.left; x < Math.min(width, hole.left + hole.width); x += 1) {
        const at = y * width + x;
        if (round === 0) {
          data[at] = sum / Math.max(1, count);
          continue;
        }
        const up = data[y > 0 ? at - width : at]!;
        const down = data[y < height - 1 ? at + width : at]!;
        const before = data[x > 0 ? at - 1 : at]!;
        const after = data[x < width - 1 ? at + 1 : at]!;
        data[at]! += 1.85 * ((up + down + before + after) / 4 - data[at]!);
      }
    }
  }
  return out;
}

function write(picture: Picture, hole: Area, kept: Mask, colours: readonly Plane[], grain: number): void {
  const feather = Math.max(1, Math.min(6, Math.round(Math.min(hole.width, hole.height) * 0.06)));
  for (let y = 0; y < hole.height; y += 1) {
    for (let x = 0; x < hole.width; x += 1) {
      const at = (y + hole.top) * picture.width + x + hole.left;
      const inner = Math.min(x, y, hole.width - 1 - x, hole.height - 1 - y) + 1;
      const weight = Math.min(1, inner / feather) * (1 - kept.data[at]! / 255);
      // One value for the three channels: sensor grain on a plain surface is mostly lightness; 1 ΔE is 2.2 of sRGB.
      const noise = (hashed(x, y, 7) + hashed(x, y, 8) - 1) * grain * 2.2;
      for (let channel = 0; channel < 3; channel += 1) {
        const before = picture.data[at * 4 + channel]!;
        const after = Math.min(255, Math.max(0, colours[channel]!.data[y * hole.width + x]! + noise));
        picture.data[at * 4 + channel] = Math.round(before + (after - before) * weight);
      }
    }
  }
}
