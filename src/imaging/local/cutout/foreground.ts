import { bilinear, steps } from '../raster/filter.ts';
import type { Mask } from '../raster/mask.ts';
import { shrunk, wholePixels, type Picture } from '../raster/picture.ts';
import type { EdgeColours } from './edge-colours.ts';
import { layersOf, meanShares } from './layers.ts';

/**
 * The subject's own colour at its edge, where the picture shows subject and background mixed: without it a cut-out
 * keeps a rim of its old background. The two colours are estimated at a small size and vary slowly; at each pixel what
 * they leave unexplained is shared out between them.
 */
const SIDE = 1200;
/** How far a pixel's own colour is followed. */
const HELD = 0.05;

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
  const layers = await layersOf(small, meanShares(subject, small.width, small.height));
  const columns = steps(small.width, picture.width);
  const rows = steps(small.height, picture.height);
  return {
    colourAt(x, y, share, out) {
      const along = columns.share[x]!;
      const down = rows.share[y]!;
      const one = (rows.low[y]! * small.width + columns.low[x]!) * 3;
      const two = (rows.low[y]! * small.width + columns.high[x]!) * 3;
      const three = (rows.high[y]! * small.width + columns.low[x]!) * 3;
      const four = (rows.high[y]! * small.width + columns.high[x]!) * 3;
      const pixel = (y * picture.width + x) * 4;
      const rest = 1 - share;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (from: Float32Array): number =>
          bilinear(
            from[one + channel]!, from[two + channel]!, from[three + channel]!, from[four + channel]!, along, down,
          );
        const near = value(layers.subject);
        const mixed = share * near + rest * value(layers.background);
        const left = (picture.data[pixel + channel]! - mixed) / (share * share + rest * rest + HELD);
        out[channel] = Math.round(Math.min(255, Math.max(0, near + share * left)));
      }
    },
  };
}

/** Makes everything but the subject transparent, in place. What was transparent before stays so. */
export async function cutOut(picture: Picture, subject: Mask, edges?: EdgeColours): Promise<void> {
  const colours = await foreground(picture, subject, edges);
  const { width, data } = picture;
  const pixels = wholePixels(picture);
  const edge = new Uint8Array(3);
  for (let at = 0; at < subject.data.length; at += 1) {
    const alpha = subject.data[at]!;
    if (alpha === 255) continue;
    if (alpha === 0) {
      pixels[at] = 0;
      continue;
    }
    const pixel = at * 4;
    colours.colourAt(at % width, Math.floor(at / width), alpha / 255, edge);
    for (let channel = 0; channel < 3; channel += 1) data[pixel + channel] = edge[channel]!;
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
    const x = at % width;
    const y = Math.floor(at / width);
    const pixel = at * 4;
    background(x, y, behind);
    if (alpha > 0) colours.colourAt(x, y, alpha, edge);
    for (let channel = 0; channel < 3; channel += 1) {
      data[pixel + channel] = Math.round(edge[channel]! * alpha + behind[channel]! * (1 - alpha));
    }
    data[pixel + 3] = 255;
  }
}

