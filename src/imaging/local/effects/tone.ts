import { fromLab, labOf, toLab, type Rgb } from '../raster/colour.ts';
import { statistics } from '../raster/lab-planes.ts';
import type { Mask } from '../raster/mask.ts';
import type { Picture } from '../raster/picture.ts';

export const toneNames = ['warm', 'cool', 'bright', 'dark', 'vivid', 'muted', 'mono'] as const;
export type ToneName = (typeof toneNames)[number];

/** Changes one Lab colour in place. */
type Grade = (lab: Float32Array, strength: number) => void;

/** Least at black and white, so that deep shadows and lamps stay neutral. */
const midtones = (lightness: number): number => Math.min(1, lightness / 25, Math.max(0, (103 - lightness) / 28));

const grades: Readonly<Record<ToneName, Grade>> = {
  warm: (lab, strength) => {
    const weight = strength * midtones(lab[0]!);
    lab[1]! += 4 * weight;
    lab[2]! += 13 * weight;
    lab[0]! += 1.5 * weight;
  },
  cool: (lab, strength) => {
    const weight = strength * midtones(lab[0]!);
    lab[1]! -= 2.5 * weight;
    lab[2]! -= 14 * weight;
  },
  bright: (lab, strength) => powered(lab, 1 - 0.32 * strength),
  dark: (lab, strength) => powered(lab, 1 + 0.5 * strength),
  vivid: (lab, strength) => {
    // A colour that is strong already gains less: a red cup must not become a red blot.
    const chroma = Math.hypot(lab[1]!, lab[2]!);
    scaled(lab, 1 + 0.55 * strength * Math.max(0, 1 - chroma / 110));
    contrasted(lab, 1 + 0.1 * strength);
  },
  muted: (lab, strength) => {
    scaled(lab, 1 - 0.5 * strength);
    contrasted(lab, 1 - 0.1 * strength);
  },
  mono: (lab, strength) => scaled(lab, 1 - strength),
};

function powered(lab: Float32Array, exponent: number): void {
  const before = Math.max(0.5, lab[0]!);
  lab[0] = 100 * (before / 100) ** exponent;
  // Chroma follows lightness half-way, as it does when the exposure changes.
  scaled(lab, (lab[0]! / before) ** 0.5);
}

function scaled(lab: Float32Array, factor: number): void {
  lab[1]! *= factor;
  lab[2]! *= factor;
}

/** Around middle grey, easing off towards both ends so that nothing is clipped. */
function contrasted(lab: Float32Array, factor: number): void {
  const distance = lab[0]! - 50;
  lab[0] = 50 + distance * (1 + (factor - 1) * (1 - Math.abs(distance) / 50));
}

/** A wash of a colour: hue and chroma move towards it, lightness stays. */
function washed(colour: Rgb): Grade {
  const target = labOf(colour);
  return (lab, strength) => {
    const weight = 0.6 * strength;
    const tint = midtones(lab[0]!);
    lab[1] = lab[1]! + (target[1] * tint - lab[1]!) * weight;
    lab[2] = lab[2]! + (target[2] * tint - lab[2]!) * weight;
  };
}

/** Grades the picture in place under the mask. */
export function applyTone(picture: Picture, mask: Mask, tone: ToneName | Rgb, strength: number): void {
  const grade = typeof tone === 'string' ? grades[tone] : washed(tone);
  const share = strength * (tone === 'warm' || tone === 'cool' ? roomForWarmth(picture, mask, tone) : 1);
  const lab = new Float32Array(3);
  const graded = new Uint8Array(3);
  const { data } = picture;
  for (let at = 0; at < mask.data.length; at += 1) {
    const weight = mask.data[at]!;
    if (weight === 0) continue;
    const pixel = at * 4;
    toLab(data[pixel]!, data[pixel + 1]!, data[pixel + 2]!, lab);
    grade(lab, share);
    fromLab(lab[0]!, lab[1]!, lab[2]!, graded, 0);
    blend(data, pixel, graded, weight);
  }
}

/** A picture that is warm (or cool) already needs less of it: a tungsten-lit room would turn orange. 0.35..1. */
function roomForWarmth(picture: Picture, mask: Mask, tone: 'warm' | 'cool'): number {
  const yellow = statistics(picture, mask)?.median[2] ?? 0;
  const already = tone === 'warm' ? yellow - 6 : -2 - yellow;
  return Math.min(1, Math.max(0.35, 1 - already / 28));
}

/** Moves a pixel's colour towards another by `weight` of 255. */
export function blend(data: Uint8Array, pixel: number, towards: Uint8Array, weight: number): void {
  for (let channel = 0; channel < 3; channel += 1) {
    const before = data[pixel + channel]!;
    data[pixel + channel] = Math.round(before + ((towards[channel]! - before) * weight) / 255);
  }
}
