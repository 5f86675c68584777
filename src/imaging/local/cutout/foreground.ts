import { plane, resized, soften, steps, type Plane } from '../raster/filter.ts';
import { toPlane, type Mask } from '../raster/mask.ts';
import { shrunk, type Picture } from '../raster/picture.ts';
import type { EdgeColours } from './edge-colours.ts';

/**
 * The subject's own colour at its edge, where the picture shows subject and background mixed: without it a cut-out
 * keeps a rim of its old background. After Forté, "Approximate fast foreground colour estimation" (2021): means of
 * subject and background near each pixel, weighted by alpha, and then the subject's colour that explains the mixture.
 * The means vary slowly, so they are taken at a small size.
 */
const SIDE = 800;
const NEAR = 0.012;

interface Foreground {
  /** Writes the subject's colour at a pixel into three bytes. */
  colourAt(x: number, y: number, alpha: number, out: Uint8Array): void;
}

/** Those that were estimated with the mask, or else estimated from it. */
function foreground(picture: Picture, subject: Mask, edges: EdgeColours | undefined): Promise<Foreground> {
  return edges === undefined ? estimated(picture, subject) : Promise.resolve(remembered(picture, edges));
}

function remembered({ width, data }: Picture, edges: EdgeColours): Foreground {
  let next = 0;
  return {
    colourAt(x, y, _alpha, out) {
      const at = y * width + x;
      // Pixels are asked for in their order; a part of them may not be asked for at all.
      while (next < edges.at.length && edges.at[next]! < at) next += 1;
      const [from, start] = edges.at[next] === at ? [edges.rgb, next * 3] : [data, at * 4];
      for (let channel = 0; channel < 3; channel += 1) out[channel] = from[start + channel]!;
    },
  };
}

async function estimated(picture: Picture, subject: Mask): Promise<Foreground> {
  const small = await shrunk(picture, SIDE);
  const alpha = resized(toPlane(subject), small.width, small.height);
  const radius = Math.max(2, Math.round(Math.max(small.width, small.height) * NEAR));
  const inside = means(small, alpha, radius, (value) => value);
  const outside = means(small, alpha, radius, (value) => 1 - value);
  const columns = steps(small.width, picture.width);
  const rows = steps(small.height, picture.height);
  return {
    colourAt(x, y, share, out) {
      const [left, right, along] = [columns.low[x]!, columns.high[x]!, columns.share[x]!];
      const [top, bottom, down] = [rows.low[y]! * small.width, rows.high[y]! * small.width, rows.share[y]!];
      const value = (from: Plane): number =>
        (from.data[top + left]! * (1 - along) + from.data[top + right]! * along) * (1 - down) +
        (from.data[bottom + left]! * (1 - along) + from.data[bottom + right]! * along) * down;
      const pixel = (y * picture.width + x) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const near = value(inside[channel]!);
        const mixed = share * near + (1 - share) * value(outside[channel]!);
        const colour = near + share * (picture.data[pixel + channel]! - mixed);
        out[channel] = Math.round(Math.min(255, Math.max(0, colour)));
      }
    },
  };
}

function means(picture: Picture, alpha: Plane, radius: number, weigh: (alpha: number) => number): Plane[] {
  const { width, height } = picture;
  const weights = plane(width, height);
  // The square leaves the mixed pixels out nearly: they are what is to be explained.
  for (let at = 0; at < weights.data.length; at += 1) weights.data[at] = weigh(alpha.data[at]!) ** 2 + 1e-4;
  const total = soften(weights, radius);
  return [0, 1, 2].map((channel) => {
    const weighted = plane(width, height);
    for (let at = 0; at < weighted.data.length; at += 1) {
      weighted.data[at] = weights.data[at]! * picture.data[at * 4 + channel]!;
    }
    const sum = soften(weighted, radius);
    for (let at = 0; at < sum.data.length; at += 1) sum.data[at]! /= total.data[at]!;
    return sum;
  });
}

/** Makes everything but the subject transparent, in place. What was transparent before stays so. */
export async function cutOut(picture: Picture, subject: Mask, edges?: EdgeColours): Promise<void> {
  const colours = await foreground(picture, subject, edges);
  const { width, data } = picture;
  const edge = new Uint8Array(3);
  for (let at = 0; at < subject.data.length; at += 1) {
    const alpha = subject.data[at]!;
    if (alpha === 255) continue;
    const pixel = at * 4;
    if (alpha === 0) {
      data.fill(0, pixel, pixel + 4);
      continue;
    }
    colours.colourAt(at % width, Math.floor(at / width), alpha / 255, edge);
    data.set(edge, pixel);
    // The lesser, not the product: the mask may be the picture's own alpha.
    data[pixel + 3] = Math.min(data[pixel + 3]!, alpha);
  }
}

/** Puts the subject before another background, in place: where the subject is whole not a byte changes. */
export async function placeBefore(
  picture: Picture,
  subject: Mask,
  background: (x: number, y: number, out: Uint8Array) => void,
  edges?: EdgeColours,
): Promise<void> {
  const colours = await foreground(picture, subject, edges);
  const { width, data } = picture;
  const [edge, behind] = [new Uint8Array(3), new Uint8Array(3)];
  for (let at = 0; at < subject.data.length; at += 1) {
    const alpha = subject.data[at]! / 255;
    if (alpha === 1) continue;
    const [x, y, pixel] = [at % width, Math.floor(at / width), at * 4];
    background(x, y, behind);
    if (alpha > 0) colours.colourAt(x, y, alpha, edge);
    for (let channel = 0; channel < 3; channel += 1) {
      data[pixel + channel] = Math.round(edge[channel]! * alpha + behind[channel]! * (1 - alpha));
    }
    data[pixel + 3] = 255;
  }
}

