import { colourNames, parseColour, type Rgb } from './raster/colour.ts';
import { invalid, type ImageRejected } from './rejection.ts';
import { materialNames, type MaterialName } from './materials/materials.ts';
import { textureNames, type TextureName } from './effects/textures.ts';
import { toneNames, type ToneName } from './effects/tone.ts';
import type { Box } from './raster/picture.ts';

export type ConceptAction = 'recolor' | 'tone' | 'texture' | 'remove';

/** What to do with one named part of the picture. */
export interface Concept {
  readonly action: ConceptAction;
  /**
   * recolor: `#rgb`, `#rrggbb` or a colour's name · tone: a tone's or colour's name, or `#rrggbb` ·
   * texture: a texture's name, that of a material with a colour if you like, `navy carpet` · both may end in a
   * strength, `warm 60%` · remove: nothing.
   */
  readonly value: string;
  /** Where the thing is, in fractions 0..1 of the upright picture. */
  readonly box?: readonly [x: number, y: number, width: number, height: number];
  /** Whether a new background shows the shadow of the subject; true by default. */
  readonly shadow?: boolean;
}

/** A concept whose value has been understood. `strength` is 0.05..1. */
export type Change =
  | { readonly action: 'recolor'; readonly colour: Rgb }
  | { readonly action: 'tone'; readonly tone: ToneName | Rgb; readonly strength: number }
  | {
      readonly action: 'texture';
      readonly texture: TextureName | MaterialName;
      /** Of the material. */
      readonly colour?: Rgb;
      readonly strength: number;
    }
  | { readonly action: 'remove' };

export interface Wish {
  /** As the person wrote it: messages and masks are told by it. */
  readonly name: string;
  readonly change: Change;
  readonly box: Box | undefined;
  readonly shadow: boolean;
}

const MOST_NAMES = 16;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 64;
/** A box thinner than this share of the picture is a slip of the mouse. */
const THINNEST_BOX = 0.01;

export function understood(concepts: Readonly<Record<string, Concept>>, protect: readonly string[]): Wish[] {
  const entries = Object.entries(concepts);
  if (entries.length === 0) throw invalid('Nothing is to be changed: name at least one part of the picture.');
  if (entries.length > MOST_NAMES || protect.length > MOST_NAMES) {
    throw invalid(`More than ${MOST_NAMES} parts of the picture are named: name fewer.`);
  }
  for (const name of [...Object.keys(concepts), ...protect]) {
    if (name.trim() === '' || name.length > LONGEST_NAME) {
      throw invalid(`A part of the picture has no name or one of more than ${LONGEST_NAME} characters: name it.`);
    }
  }
  return entries.map(([name, concept]) => ({
    name,
    change: understoodChange(name, concept),
    box: concept.box === undefined ? undefined : understoodBox(name, concept.box),
    shadow: concept.shadow ?? true,
  }));
}

function understoodChange(name: string, concept: Concept): Change {
  const value = concept.value.trim().toLowerCase();
  if (value.length > LONGEST_VALUE) throw invalid(`The value of "${name}" is longer than ${LONGEST_VALUE} characters.`);
  switch (concept.action) {
    case 'remove':
      if (value !== '') throw invalid(`"${name}" is to be removed, which takes no value: leave it empty.`);
      return { action: 'remove' };
    case 'recolor': {
      const colour = parseColour(value);
      if (colour === undefined) throw invalidValue(name, value, 'colour', [...colourNames], ' or #rrggbb');
      return { action: 'recolor', colour };
    }
    case 'tone': {
      const { word, strength } = withStrength(name, value);
      const tone = toneNames.find((one) => one === word) ?? parseColour(word);
      if (tone === undefined) throw invalidValue(name, value, 'tone', [...toneNames], ', a colour or #rrggbb');
      return { action: 'tone', tone, strength };
    }
    case 'texture': {
      const { word, strength } = withStrength(name, value);
      return { action: 'texture', ...understoodTexture(name, word), strength };
    }
    default:
      throw invalid(`"${name}" has an unknown action: choose recolor, tone, texture or remove.`);
  }
}

/** `linen`, or a material of floors and walls, which may be of a colour: `navy carpet`. */
function understoodTexture(name: string, value: string): { texture: TextureName | MaterialName; colour?: Rgb } {
  const [, before = '', last = ''] = /^(?:(.*)\s)?(\S*)$/.exec(value) ?? [];
  const material = materialNames.find((one) => one === last);
  if (material !== undefined) {
    if (before === '') return { texture: material };
    const colour = parseColour(before);
    if (colour === undefined) throw invalidValue(name, before.trim(), 'colour', [...colourNames], ' or #rrggbb');
    return { texture: material, colour };
  }
  const texture = textureNames.find((one) => one === value);
  if (texture !== undefined) return { texture };
  const more = `, or of walls, floors and ceilings ${materialNames.join(', ')}`;
  throw invalidValue(name, value, 'texture', [...textureNames], more);
}

function withStrength(name: string, value: string): { word: string; strength: number } {
  const match = /^(.*?)\s*(\d{1,3})\s*%$/.exec(value);
  if (match === null) return { word: value, strength: 1 };
  const percent = Number(match[2]);
  if (percent < 5 || percent > 100) throw invalid(`The strength of "${name}" is ${percent} %: choose 5 to 100 %.`);
  return { word: match[1] ?? '', strength: percent / 100 };
}

function understoodBox(name: string, box: readonly number[]): Box {
  const [x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN] = box;
  const inside = x >= 0 && y >= 0 && x + width <= 1.0001 && y + height <= 1.0001;
  if (box.length !== 4 || !inside || !(width >= THINNEST_BOX) || !(height >= THINNEST_BOX)) {
    throw invalid(
      `The box of "${name}" is not within the picture: give x, y, width and height as fractions of 0 to 1.`,
    );
  }
  return { x, y, width: Math.min(width, 1 - x), height: Math.min(height, 1 - y) };
}

function invalidValue(name: string, value: string, what: string, choices: string[], more: string): ImageRejected {
  const problem = value === '' ? `has no ${what}` : `has the unknown ${what} "${value}"`;
  return invalid(`"${name}" ${problem}: choose ${choices.join(', ')}${more}.`);
}

