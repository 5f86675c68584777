import type { Composed, Shadow } from './frame.ts';
import {
  bokeh,
  brick,
  cloth,
  crop,
  foliage,
  plain,
  shelf,
  stone,
  sweep,
  wood,
  type Background,
} from './backgrounds.ts';
import { compose, type Scene } from './compose.ts';
import { bowl, cup, given } from './photos.ts';
import { brush, feather, fern, hairyHead, plant, plush } from './subjects/grown.ts';
import * as hollow from './subjects/hollow.ts';
import * as products from './subjects/products.ts';
import { beads, coins, jewellery, screws, toolWithParts } from './subjects/small.ts';

/** One picture of the set. Its kind says what is hard about it. */
export interface Case {
  readonly kind: string;
  readonly name: string;
  make(): Promise<Composed>;
}

const soft: Shadow = { strength: 0.35, blur: 16, shift: [8, 22] };
const contact: Shadow = { strength: 0.5, blur: 8, shift: [4, 9] };
const hard: Shadow = { strength: 0.62, blur: 4, cast: [0.9, 0.35] };
const sun: Shadow = { strength: 0.55, blur: 3, shift: [60, 48] };
const beside: Shadow = { strength: 0.45, blur: 10, cast: [-0.7, 0.3] };

function drawing(kind: string, name: string, draw: products.Draw, on: Background, more: Partial<Scene> = {}): Case {
  return { kind, name, make: () => compose(name, { subject: { draw }, on, shadows: [contact], ...more }) };
}

function photo(name: string, subject: typeof cup, on: Background, more: Partial<Scene> = {}): Case {
  return {
    kind: 'photo',
    name,
    make: () => compose(name, { subject: { photo: subject }, on, shadows: [contact], ...more }),
  };
}

function asGiven(kind: string, name: string, mask: string): Case {
  return { kind, name: `given-${name.split('.')[0]}`, make: () => given(name, mask) };
}

const brown = [26, 45, 38] as const;
const cream = [42, 30, 84] as const;
const black = [20, 8, 9] as const;

const studio: readonly Case[] = [
  drawing(
    'studio',
    'bottle-on-white',
    products.bottle('#27563c', '#efe6cf'),
    plain('#fbfbfa', 0.06),
    { shadows: [soft] },
  ),
  drawing(
    'studio',
    'vase-on-grey',
    products.vase('#3f6d9b'),
    sweep('#c9cbcd', '#b4b6b8'),
    { shadows: [soft, contact] },
  ),
  drawing(
    'studio',
    'carton-on-cream',
    products.carton('#b2452f', '#8a3323', '#cf6a52', '#f2d58a'),
    plain('#ece4d4', 0.2),
  ),
  drawing(
    'studio',
    'camera-on-blue',
    products.camera('#26272b', '#121316'),
    plain('#7fa8d1', 0.25),
    { shadows: [soft] },
  ),
  drawing('studio', 'bottle-on-green', products.bottle('#8f2a2a', '#f5f0e6'), plain('#00b140', 0.1)),
  drawing(
    'studio',
    'shirt-on-white',
    products.shirt('#2f4a7d', '#e0503c'),
    plain('#f6f6f6', 0.05),
    { shadows: [soft] },
  ),
];

const holes: readonly Case[] = [
  drawing('hole', 'mug-on-grey', products.mug('#d8532f'), plain('#bfc3c7', 0.2), { shadows: [soft] }),
  drawing('hole', 'white-mug-on-blue', products.mug('#f1efe9'), plain('#5b86b5', 0.15)),
  drawing(
    'hole',
    'ring-on-white',
    hollow.ring('#d9a93b', '#2d6fb8'),
    plain('#f4f4f2', 0.1),
    { shadows: [soft], scale: 0.6 },
  ),
  drawing(
    'hole',
    'ring-on-black',
    hollow.ring('#cfd2d8', '#b0263a'),
    plain('#0b0b0d', 0.1),
    { shadows: [], scale: 0.7 },
  ),
  drawing('hole', 'scissors-on-white', hollow.scissors('#c62828'), plain('#f7f7f7', 0.08), { shadows: [soft] }),
  drawing('hole', 'padlock-on-yellow', hollow.padlock('#5a6a7a'), plain('#e8c547', 0.15)),
  asGiven('hole', 'hole-ring.jpg', 'hole-ring.mask.png'),
];

const thin: readonly Case[] = [
  drawing('thin', 'spectacles-on-white', hollow.spectacles('#1d1d22', 20), plain('#f5f5f5', 0.08), { shadows: [soft] }),
  drawing('thin', 'spectacles-on-sand', hollow.spectacles('#7b3f1d', 12), plain('#d9c7a8', 0.15), { shadows: [soft] }),
  drawing('thin', 'wheel-on-grey', hollow.wheel('#1c1c1e', 28), plain('#d4d6d8', 0.12), { shadows: [] }),
  drawing('thin', 'basket-on-white', hollow.basket('#6f4a25', 9), plain('#f3f2ef', 0.1), { shadows: [soft] }),
  drawing('thin', 'chair-on-grey', hollow.chair('#23262b', 15), sweep('#d7d9db', '#c6c8ca'), { shadows: [beside] }),
  drawing('thin', 'headphones-on-pink', hollow.headphones('#2d2d33'), plain('#eec6cb', 0.12), { shadows: [soft] }),
  drawing('thin', 'tripod-on-white', hollow.tripod('#1a1b1f'), plain('#f2f3f4', 0.1), { shadows: [] }),
  drawing('thin', 'white-chair-on-black', hollow.chair('#ecebe6', 14), plain('#101114', 0.1), { shadows: [] }),
  asGiven('thin', 'thin-wire.jpg', 'thin-wire.mask.png'),
];

const nets: readonly Case[] = [
  drawing('net', 'lattice-on-white', hollow.lattice('#8d6238', 8, 22), plain('#f4f4f4', 0.08), { shadows: [soft] }),
  drawing('net', 'net-on-blue', hollow.net('#e9e2cf', 12, 7), plain('#3f6fa3', 0.15), { shadows: [] }),
  drawing('net', 'lace-on-red', hollow.lace('#f6f1e7'), plain('#9c2f2f', 0.12), { shadows: [] }),
  drawing('net', 'chain-on-white', hollow.chain('#c79a3a', 6), plain('#f5f5f4', 0.08), { shadows: [contact] }),
  drawing('net', 'chain-on-velvet', hollow.chain('#d5d8dd', 7), plain('#1b2032', 0.15), { shadows: [] }),
];

const small: readonly Case[] = [
  drawing('small', 'coins-on-white', coins(18, '#b08a3e', 62), plain('#f3f3f2', 0.1), { shadows: [contact] }),
  drawing('small', 'coins-on-slate', coins(24, '#b9bcc1', 52), stone('#4b5258', 0.06), { shadows: [contact] }),
  drawing('small', 'screws-on-grey', screws(22, '#8b8f96'), plain('#d9dadb', 0.12), { shadows: [contact] }),
  drawing(
    'small',
    'beads-on-linen',
    beads(40, ['#b3312e', '#23617e', '#d9a441', '#4b7a45'], 30),
    plain('#e5dccb', 0.1),
  ),
  drawing(
    'small',
    'jewellery-on-white',
    jewellery('#c9a14a', '#1f7a5a'),
    plain('#f6f6f5', 0.08),
    { shadows: [contact] },
  ),
  drawing(
    'small',
    'earrings-on-grey',
    hollow.earrings('#caa24c', '#7a2450'),
    plain('#c5c7ca', 0.15),
    { shadows: [soft] },
  ),
  drawing('small', 'tool-with-parts', toolWithParts('#2f74b5'), plain('#e4e5e6', 0.12), { shadows: [soft] }),
  drawing(
    'small',
    'tiny-bottle',
    products.bottle('#a33b2a', '#f1ead8'),
    plain('#eceef0', 0.1),
    { scale: 0.14, at: [0.58, 0.6] },
  ),
  asGiven('small', 'small-parts.jpg', 'small-parts.mask.png'),
  asGiven('small', 'many-coins.jpg', 'many-coins.mask.png'),
];

const alike: readonly Case[] = [
  drawing(
    'alike',
    'dark-shoe-on-dark',
    products.shoe('#202226', '#3a3c41', '#4c4f55'),
    plain('#2f3237', 0.2),
    { shadows: [soft] },
  ),
  drawing(
    'alike',
    'white-ceramics-on-white',
    products.ceramics('#f1f0ec'),
    plain('#f7f7f6', 0.06),
    { shadows: [soft, contact] },
  ),
  drawing(
    'alike',
    'black-camera-on-black',
    products.camera('#1d1e21', '#141517'),
    plain('#08080a', 0.1),
    { shadows: [] },
  ),
  drawing('alike', 'grey-vase-on-grey', products.vase('#a5a7a9'), plain('#b4b6b8', 0.15), { shadows: [soft] }),
  drawing(
    'alike',
    'box-with-label-of-backdrop',
    products.carton('#3d6a58', '#2d5042', '#5b8b78', '#f4f4f3'),
    plain('#f4f4f3', 0.05),
  ),
  drawing(
    'alike',
    'shirt-with-print-of-backdrop',
    products.shirt('#a83f52', '#dfe3e6'),
    plain('#dfe3e6', 0.05),
    { shadows: [soft] },
  ),
];

const hair: readonly Case[] = [
  drawing(
    'hair',
    'plush-on-white',
    plush({ colour: brown, strands: 2400, long: 62, thick: 2.2 }),
    plain('#f5f5f4', 0.1),
    { shadows: [soft] },
  ),
  drawing(
    'hair',
    'white-plush-on-green',
    plush({ colour: cream, strands: 2400, long: 70, thick: 2 }),
    plain('#00a84a', 0.12),
  ),
  drawing('hair', 'plush-on-wood', plush({ colour: cream, strands: 2600, long: 66, thick: 2.2 }), wood()),
  drawing(
    'hair',
    'hair-on-grey',
    hairyHead({ colour: brown, strands: 2600, long: 190, thick: 1.7 }, '#356a8a'),
    plain('#c9cbce', 0.15),
    { shadows: [], scale: 1, size: [900, 900] },
  ),
  drawing(
    'hair',
    'hair-before-lights',
    hairyHead({ colour: black, strands: 2600, long: 200, thick: 1.6 }, '#a03a4a'),
    bokeh(30),
    { shadows: [], scale: 1, size: [1200, 1200] },
  ),
  drawing(
    'hair',
    'feather-on-teal',
    feather({ colour: cream, strands: 900, long: 150, thick: 2 }),
    plain('#2f6f73', 0.15),
    { shadows: [] },
  ),
  drawing(
    'hair',
    'brush-on-white',
    brush({ colour: black, strands: 700, long: 330, thick: 3 }),
    plain('#f4f4f4', 0.08),
    { shadows: [contact] },
  ),
];

const plants: readonly Case[] = [
  drawing('plant', 'plant-on-white', plant(110, '#b5623f'), plain('#f6f6f5', 0.08), { shadows: [soft] }),
  drawing('plant', 'plant-on-cloth', plant(125, '#e3ded2'), cloth('#b94a48', '#f2e9dc'), { shadows: [contact] }),
  drawing('plant', 'fern-on-grey', fern(105), plain('#cfd1d2', 0.1), { shadows: [] }),
  drawing('plant', 'plant-in-room', plant(95, '#3d4f63'), shelf(9)),
];

const busy: readonly Case[] = [
  drawing('busy', 'mug-on-wood', products.mug('#2f6f8f'), wood(), { shadows: [soft, contact] }),
  drawing('busy', 'bottle-on-brick', products.bottle('#1e4d7b', '#f1e8d0'), brick()),
  drawing('busy', 'carton-in-foliage', products.carton('#d9822b', '#a85f1c', '#eda85f', '#fff4dc'), foliage()),
  drawing(
    'busy',
    'shoe-on-cloth',
    products.shoe('#c9302c', '#f4f0e6', '#ffffff'),
    cloth('#3c5a80', '#e9e4d6', 0.12),
    { shadows: [soft] },
  ),
  drawing(
    'busy',
    'camera-on-stone',
    products.camera('#303236', '#1c1d20'),
    stone('#8f8a82', 0.25),
    { shadows: [soft] },
  ),
  drawing('busy', 'vase-before-lights', products.vase('#c9503f'), bokeh(220), { shadows: [] }),
  drawing(
    'busy',
    'spectacles-on-wood',
    hollow.spectacles('#15161a', 24),
    wood('#8a6038', '#c79a63'),
    { shadows: [soft] },
  ),
  drawing('busy', 'bottle-before-shelf', products.bottle('#7a2b57', '#f6eddc'), shelf(6)),
];

const several: readonly Case[] = [
  drawing('several', 'kitchen-on-white', products.kitchen(), plain('#f5f5f4', 0.08), { shadows: [soft] }),
  drawing(
    'several',
    'balls-apart-on-grey',
    products.balls(['#c0392b', '#2471a3', '#d4ac0d'], true),
    sweep('#d3d5d7', '#bfc1c3'),
    { shadows: [beside] },
  ),
  drawing('several', 'kitchen-on-wood', products.kitchen(), wood('#5a3a22', '#8e6238')),
  drawing(
    'several',
    'balls-on-carpet',
    products.balls(['#e8e3d6', '#1f6f54', '#b7472a'], false),
    cloth('#6b6b72', '#8d8d94', 0.05),
  ),
];

const text: readonly Case[] = [
  drawing('text', 'letters-on-white', products.letters('#1f2f57', 34), plain('#f5f5f5', 0.08), { shadows: [soft] }),
  drawing(
    'text',
    'gold-letters-on-blue',
    products.letters('#d8b25a', 26),
    plain('#1e3a5f', 0.15),
    { shadows: [contact] },
  ),
];

const cut: readonly Case[] = [
  drawing('cut', 'vase-cut-below', products.vase('#7d5ba6'), plain('#e9e6ef', 0.12), { at: [0.5, 0.78], scale: 1.1 }),
  drawing(
    'cut',
    'mug-cut-at-the-side',
    products.mug('#3e8e5a'),
    plain('#eeeeec', 0.1),
    { at: [0.14, 0.55], scale: 0.9, size: [1200, 900] },
  ),
  drawing(
    'cut',
    'shoe-cut-on-wood',
    products.shoe('#3b3f8c', '#e8e4da', '#d8d8e8'),
    wood('#7d5a3a', '#b58a5d'),
    { at: [0.85, 0.55], size: [1280, 960], shadows: [soft] },
  ),
];

const shadowed: readonly Case[] = [
  drawing(
    'shadow',
    'vase-in-hard-light',
    products.vase('#d98a3d'),
    plain('#e6e6e4', 0.1),
    { shadows: [hard], at: [0.42, 0.55], scale: 0.75 },
  ),
  drawing(
    'shadow',
    'bottle-in-hard-light',
    products.bottle('#2c3e50', '#ecf0f1'),
    plain('#f0efed', 0.08),
    { shadows: [hard], at: [0.4, 0.55], scale: 0.75 },
  ),
  drawing('shadow', 'scissors-in-the-sun', hollow.scissors('#1f7a8c'), stone('#c9c3b8', 0.05), { shadows: [sun] }),
  drawing(
    'shadow',
    'dark-box-in-hard-light',
    products.carton('#3a3d42', '#2a2c30', '#4d5157', '#b03a2e'),
    plain('#c3c6c9', 0.12),
    { shadows: [hard], at: [0.42, 0.55], scale: 0.7 },
  ),
];

const photos: readonly Case[] = [
  photo('cup-on-white', cup, plain('#f7f7f7', 0.06), { size: [1000, 800], scale: 1 }),
  photo('cup-on-green-screen', cup, plain('#00b140', 0.12), { size: [900, 640], scale: 1, shadows: [] }),
  photo('cup-on-black', cup, plain('#050506', 0), { size: [900, 640], scale: 1, shadows: [] }),
  photo('cup-on-blue-cloth', cup, cloth('#2f4f7f', '#d8dde4', 0.07), { size: [1000, 800], scale: 1 }),
  photo('bowl-on-grey', bowl, plain('#bcbfc2', 0.2), { size: [1400, 1050], scale: 1, shadows: [soft] }),
  photo('bowl-in-foliage', bowl, foliage(85), { size: [1400, 1050], scale: 1 }),
  photo('bowl-on-interior', bowl, crop('interior', [0, 0, 1, 0.5], 8), { size: [1280, 960], scale: 0.9 }),
];

const large: readonly Case[] = [
  drawing(
    'large',
    'basket-at-12-megapixels',
    hollow.basket('#20242a', 7),
    plain('#eff0f1', 0.1),
    { size: [4000, 3000], shadows: [soft] },
  ),
  drawing(
    'large',
    'plush-at-12-megapixels',
    plush({ colour: brown, strands: 2400, long: 60, thick: 1.6 }),
    wood('#8f6a45', '#c79d6e'),
    { size: [4000, 3000] },
  ),
];

export const cases: readonly Case[] = [
  studio, holes, thin, nets, small, alike, hair, plants, busy, several, text, cut, shadowed, photos, large,
].flat();
