import { bokeh, brick, cloth, crop, foliage, plain, shelf, stone, sweep, wood } from './backgrounds.ts';
import type { Case } from './cases.ts';
import { compose, type Scene } from './compose.ts';
import { bowl, cup } from './photos.ts';
import { brush, feather, fern, hairyHead, plant, plush } from './subjects/grown.ts';
import * as hollow from './subjects/hollow.ts';
import * as products from './subjects/products.ts';
import { beads, coins, jewellery, screws, toolWithParts } from './subjects/small.ts';

const soft = { strength: 0.4, blur: 20, shift: [-10, 18] } as const;
const contact = { strength: 0.45, blur: 7, shift: [-3, 8] } as const;
const hard = { strength: 0.55, blur: 3, cast: [-0.8, 0.4] } as const;

const cotton = [210, 8, 88] as const;
const fox = [18, 60, 44] as const;
const ash = [30, 6, 40] as const;

function scene(name: string, draw: products.Draw, on: Scene['on'], more: Partial<Scene> = {}): Case {
  return {
    kind: 'held-out', name, make: () => compose(name, { subject: { draw }, on, shadows: [contact], ...more }),
  };
}

function photo(name: string, subject: typeof cup, on: Scene['on'], scale: number): Case {
  const size = [1000, 800] as const;
  return {
    kind: 'held-out',
    name,
    make: () => compose(name, { subject: { photo: subject }, on, size, scale, shadows: [soft] }),
  };
}

/** Pictures that no threshold of the segmentation was chosen by: they tell whether what holds for the others holds. */
export const heldOut: readonly Case[] = [
  scene('x-bottle-on-mint', products.bottle('#6b3a1e', '#f7f2e0'), plain('#cfe3d6', 0.15), { shadows: [soft] }),
  scene('x-carton-on-grey', products.carton('#e0b23a', '#b98d25', '#f0cf6b', '#ffffff'), plain('#a9adb2', 0.2)),
  scene('x-vase-hard', products.vase('#2f7f6d'), plain('#e9e7e2', 0.1), { shadows: [hard], scale: 0.7 }),
  scene('x-shirt-hard', products.shirt('#222428', '#f2d13c'), plain('#dfe2e5', 0.1), { shadows: [hard], scale: 0.7 }),
  scene('x-grey-mug-on-grey', products.mug('#9a9da1'), plain('#c8cacc', 0.15), { shadows: [soft] }),
  scene('x-white-shoe-on-white', products.shoe('#efefec', '#f7f7f5', '#dcdcd8'), plain('#f8f8f8', 0.05)),
  scene(
    'x-black-mug-on-white',
    products.mug('#18191b', '#0b0b0c'),
    plain('#f6f6f6', 0.08),
    { shadows: [soft, contact] },
  ),
  scene(
    'x-camera-on-white',
    products.camera('#3a3c40', '#232427'),
    plain('#f4f4f4', 0.1),
    { shadows: [soft, contact] },
  ),
  scene('x-ring-on-rose', hollow.ring('#c9ccd2', '#9a2a5a'), plain('#e8cfcf', 0.12), { scale: 0.6 }),
  scene('x-scissors-on-blue', hollow.scissors('#f0c419'), plain('#6f93b8', 0.12), { shadows: [soft] }),
  scene('x-padlock-on-grey', hollow.padlock('#b5883a'), plain('#d2d3d5', 0.15)),
  scene('x-spectacles-on-grey', hollow.spectacles('#5a2d16', 16), plain('#d6d8da', 0.1), { shadows: [soft] }),
  scene('x-spectacles-on-brick', hollow.spectacles('#101114', 22), brick('#8c5a44')),
  scene('x-wheel-on-white', hollow.wheel('#2a2a2c', 20), plain('#f3f3f3', 0.08), { shadows: [soft] }),
  scene('x-basket-on-blue', hollow.basket('#d9b98a', 10), plain('#5f7fa3', 0.15), { shadows: [soft] }),
  scene('x-basket-on-wood', hollow.basket('#e8dcc4', 9), wood()),
  scene('x-chair-on-cream', hollow.chair('#7a3b22', 14), sweep('#ece4d6', '#dcd2c2'), { shadows: [hard] }),
  scene('x-headphones-on-stone', hollow.headphones('#d9d9dc'), stone('#6d6f73', 0.15)),
  scene('x-lattice-on-grey', hollow.lattice('#3b2a1c', 7, 20), plain('#cfd1d3', 0.1), { shadows: [soft] }),
  scene('x-net-on-green', hollow.net('#f2efe6', 10, 8), plain('#1f9a50', 0.1), { shadows: [] }),
  scene('x-lace-on-black', hollow.lace('#efe9dc'), plain('#17181b', 0.1), { shadows: [] }),
  scene('x-chain-on-grey', hollow.chain('#e0e2e6', 7), plain('#9a9da1', 0.1)),
  scene('x-earrings-on-white', hollow.earrings('#c9a14a', '#1f5a9a'), plain('#f5f5f3', 0.1), { shadows: [soft] }),
  scene('x-tripod-on-sand', hollow.tripod('#26272b'), plain('#d9c9ad', 0.12)),
  scene('x-coins-on-blue', coins(14, '#c9b26a', 66), plain('#3f5f8a', 0.1)),
  scene('x-screws-on-white', screws(16, '#6f7379'), plain('#f4f4f4', 0.08)),
  scene('x-beads-on-grey', beads(26, ['#d9a441', '#7a2450', '#2f6b3a'], 34), plain('#bfc2c5', 0.12)),
  scene('x-jewellery-on-velvet', jewellery('#d7b25c', '#7a1f33'), plain('#23283a', 0.15)),
  scene('x-tool-on-wood', toolWithParts('#c23a2a'), wood('#7a5636', '#b08458')),
  scene('x-plush-on-pink', plush({ colour: fox, strands: 2200, long: 58, thick: 2.2 }), plain('#efc9d2', 0.12)),
  scene('x-plush-on-blue-screen', plush({ colour: cotton, strands: 2200, long: 66, thick: 2 }), plain('#1f4fc0', 0.1)),
  scene('x-plush-in-foliage', plush({ colour: cotton, strands: 2400, long: 60, thick: 2.2 }), foliage(100)),
  scene('x-hair-on-brick', hairyHead({ colour: fox, strands: 2600, long: 180, thick: 1.7 }, '#2f6b3a'), brick(), {
    shadows: [], scale: 1, size: [900, 900],
  }),
  scene('x-hair-on-blue', hairyHead({ colour: ash, strands: 2600, long: 190, thick: 1.6 }, '#d9c9ad'),
    plain('#6f8fb5', 0.2), {
    shadows: [], scale: 1, size: [900, 900],
  }),
  scene(
    'x-feather-on-wood',
    feather({ colour: cotton, strands: 900, long: 150, thick: 2 }),
    wood('#4a3020', '#7a5434'),
  ),
  scene('x-brush-on-yellow', brush({ colour: ash, strands: 700, long: 320, thick: 3 }), plain('#e6c94f', 0.12)),
  scene('x-plant-on-grey', plant(100, '#dfe0e2'), plain('#c4c7ca', 0.12), { shadows: [soft] }),
  scene('x-plant-on-brick', plant(115, '#3a3d42'), brick('#a06a52')),
  scene('x-fern-on-white', fern(95), plain('#f4f5f4', 0.06), { shadows: [soft] }),
  scene('x-mug-on-shelf', products.mug('#e2b33a'), shelf(7), { shadows: [] }),
  scene(
    'x-shoe-on-wood',
    products.shoe('#2e6b4f', '#efece4', '#e0ddd4'),
    wood('#5a3a22', '#8e6238'),
    { shadows: [soft] },
  ),
  scene('x-vase-in-foliage', products.vase('#7d5ba6'), foliage(95), { shadows: [] }),
  scene('x-kitchen-on-cloth', products.kitchen(), cloth('#3f6fa3', '#e3e0d6', 0.08)),
  scene('x-balls-on-stone', products.balls(['#c0392b', '#e8e3d6', '#2471a3'], true), stone('#a39a8c', 0.2)),
  scene('x-letters-on-brick', products.letters('#f0e9d8', 30), brick('#7c4436')),
  scene('x-bottle-before-lights', products.bottle('#c9b26a', '#2b2b2e'), bokeh(120), { shadows: [] }),
  photo('x-cup-on-wood', cup, wood(), 1),
  photo('x-cup-on-grey', cup, plain('#c9cbce', 0.15), 0.8),
  photo('x-bowl-on-stone', bowl, stone('#8f8a82', 0.2), 0.9),
  photo('x-bowl-before-room', bowl, crop('interior', [0, 0.2, 1, 0.6], 6), 0.9),
];
