import sharp from 'sharp';
import { boxMean, plane, soften } from '../../../src/imaging/local/raster/filter.ts';
import type { Rendered } from './layer.ts';
import type { Random } from './random.ts';

/** A picture whose cut-out is known. */
export interface Composed {
  /** What the camera gives: a JPEG file. */
  readonly photo: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** The right alpha, 0..255. */
  readonly alpha: Uint8Array;
  /** RGB of the subject itself and of what is behind it, at the edge alone (`isEdge`). Undefined where unknown. */
  readonly colours?: { readonly subject: Uint8Array; readonly behind: Uint8Array };
}

export interface Shadow {
  /** 0..1, how much light it takes. */
  readonly strength: number;
  /** In thousandths of the frame's shorter side. */
  readonly blur: number;
  /** Shift of a shadow on a surface seen from above, in the same unit. */
  readonly shift?: readonly [right: number, down: number];
  /** Of a thing that stands: how far to the right and back the shadow of its top lies, in its heights. */
  readonly cast?: readonly [right: number, back: number];
}

export interface Shot {
  readonly width: number;
  readonly height: number;
  /** RGB of the whole frame. */
  readonly background: Uint8Array;
  readonly subject: Rendered;
  /** Where the subject's square begins; parts outside of the frame are cut off. */
  readonly left: number;
  readonly top: number;
  readonly shadows: readonly Shadow[];
  /** How much of the subject the table in front of it mirrors, 0..1. */
  readonly reflection: number;
  /** How much darker the corners are, 0..1. */
  readonly vignette: number;
  /** Deviation of the sensor's noise at mid grey, in levels. */
  readonly noise: number;
  /** JPEG quality. */
  readonly quality: number;
  readonly random: Random;
}

/** Puts a subject before a background and takes the photo. Colours are mixed as they are stored, in sRGB. */
export async function shoot(shot: Shot): Promise<Composed> {
  const { width, height } = shot;
  const cells = width * height;
  const { alpha, colour } = focused(placed(shot), width, height);
  const light = new Float32Array(cells).fill(1);
  for (const shadow of shot.shadows) dim(light, alpha, shadow, width, height);
  const base = shot.reflection > 0 ? lowest(alpha, width, height) : height;
  const edge = isEdge(alpha8(alpha), width, height);
  const subject = new Uint8Array(cells * 3);
  const behind = new Uint8Array(cells * 3);
  const sensor = Buffer.alloc(cells * 3);
  for (let at = 0; at < cells; at += 1) {
    const [x, y] = [(at % width) / width - 0.5, Math.floor(at / width) / height - 0.5];
    const lens = 1 - shot.vignette * 2 * (x * x + y * y);
    const share = alpha[at]!;
    const row = Math.floor(at / width);
    const from = row > base && 2 * base - row >= 0 ? (2 * base - row) * width + (at % width) : -1;
    const mirrored = from < 0 ? 0 : shot.reflection * Math.max(0, 1 - (row - base) / (0.35 * height));
    for (let channel = 0; channel < 3; channel += 1) {
      const to = at * 3 + channel;
      const mixed = colour[to]! * lens;
      const ground = shot.background[to]! * light[at]!;
      const image = from < 0 ? 0 : colour[from * 3 + channel]! - ground * alpha[from]!;
      const back = (ground + image * mirrored) * lens;
      const value = mixed + back * (1 - share);
      const noise = (shot.random() + shot.random() + shot.random() - 1.5) * 2;
      if (edge[at] === 1) {
        if (share > 0) subject[to] = Math.min(255, Math.round(mixed / share));
        behind[to] = Math.round(back);
      }
      sensor[to] = level(value + noise * shot.noise * (0.5 + value / 256));
    }
  }
  const raw = { width, height, channels: 3 as const };
  const photo = await sharp(sensor, { raw }).jpeg({ quality: shot.quality }).toBuffer();
  return { photo, width, height, alpha: alpha8(alpha), colours: { subject, behind } };
}

/** 1 for pixels within two (at a longer side of 1000) of one that is half subject or where subject ends. */
export function isEdge(alpha: Uint8Array, width: number, height: number): Uint8Array {
  const reach = Math.max(1, Math.round((2 * Math.max(width, height)) / 1000));
  const mixed = plane(width, height);
  for (let at = 0; at < alpha.length; at += 1) {
    const inside = alpha[at]! >= 128;
    const right = at % width < width - 1 && alpha[at + 1]! >= 128 !== inside;
    const below = at + width < alpha.length && alpha[at + width]! >= 128 !== inside;
    if (right || below || (alpha[at]! > 5 && alpha[at]! < 250)) mixed.data[at] = 1;
  }
  return Uint8Array.from(boxMean(mixed, reach).data, (value) => (value > 1e-6 ? 1 : 0));
}

const level = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
const alpha8 = (alpha: Float32Array): Uint8Array => Uint8Array.from(alpha, (value) => Math.round(255 * value));

interface Film { readonly alpha: Float32Array; readonly colour: Float32Array }

function placed({ subject, left, top, width, height }: Shot): Film {
  const film = { alpha: new Float32Array(width * height), colour: new Float32Array(width * height * 3) };
  for (let y = Math.max(0, top); y < Math.min(height, top + subject.side); y += 1) {
    for (let x = Math.max(0, left); x < Math.min(width, left + subject.side); x += 1) {
      const from = (y - top) * subject.side + x - left;
      const to = y * width + x;
      film.alpha[to] = subject.alpha[from]!;
      film.colour.set(subject.colour.subarray(from * 3, from * 3 + 3), to * 3);
    }
  }
  return film;
}

/** A lens spreads each point a little over its neighbours. */
function focused(film: Film, width: number, height: number): Film {
  const spread = (source: Float32Array, channels: number, step: number): Float32Array => {
    const out = new Float32Array(source.length);
    const jump = step * channels;
    for (let at = 0; at < source.length; at += 1) {
      const here = source[at]!;
      out[at] = here * 0.7 + ((source[at - jump] ?? here) + (source[at + jump] ?? here)) * 0.15;
    }
    return out;
  };
  const alpha = spread(spread(film.alpha, 1, 1), 1, width).subarray(0, width * height);
  return { alpha, colour: spread(spread(film.colour, 3, 1), 3, width) };
}

/** Takes away the light that the subject keeps from what is behind it. */
function dim(light: Float32Array, alpha: Float32Array, shadow: Shadow, width: number, height: number): void {
  const unit = Math.min(width, height) / 1000;
  const cover = plane(width, height);
  const base = lowest(alpha, width, height);
  const [right, down] = shadow.shift ?? [0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let [fromX, fromY] = [x - Math.round(right * unit), y - Math.round(down * unit)];
      if (shadow.cast !== undefined) {
        const up = (base - y) / Math.max(0.05, shadow.cast[1]);
        fromY = Math.round(base - up);
        fromX = Math.round(x - up * shadow.cast[0]);
      }
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue;
      cover.data[y * width + x] = alpha[fromY * width + fromX]!;
    }
  }
  const soft = soften(cover, Math.max(1, shadow.blur * unit));
  for (let at = 0; at < light.length; at += 1) light[at]! *= 1 - shadow.strength * soft.data[at]!;
}

function lowest(alpha: Float32Array, width: number, height: number): number {
  for (let at = width * height - 1; at >= 0; at -= 1) if (alpha[at]! > 0.5) return Math.floor(at / width);
  return height;
}
