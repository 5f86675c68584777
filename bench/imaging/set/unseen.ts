import sharp from 'sharp';
import { bokeh, brick, cloth, crop, foliage, lawn, paper, plain, ramp, stone, sweep, wood } from './backgrounds.ts';
import type { Case } from './cases.ts';
import { compose, type Scene } from './compose.ts';
import { bowl, cup } from './photos.ts';
import { render } from './layer.ts';
import { seeded } from './random.ts';
import { hairyHead, plush } from './subjects/grown.ts';
import * as products from './subjects/products.ts';
import * as shop from './subjects/shop.ts';

const soft = { strength: 0.38, blur: 18, shift: [9, 16] } as const;
const contact = { strength: 0.48, blur: 8, shift: [3, 8] } as const;
const hard = { strength: 0.55, blur: 3, cast: [0.7, 0.4] } as const;

const cat = [30, 18, 34] as const;
const husky = [220, 6, 66] as const;
const chestnut = [16, 52, 24] as const;

function scene(kind: string, name: string, draw: products.Draw, on: Scene['on'], more: Partial<Scene> = {}): Case {
  const of = `u-${name}`;
  return { kind, name: of, make: () => compose(of, { subject: { draw }, on, shadows: [contact], ...more }) };
}

function photo(name: string, subject: typeof cup, on: Scene['on'], more: Partial<Scene> = {}): Case {
  const of = `u-${name}`;
  const make: Case['make'] = () => compose(of, { subject: { photo: subject }, on, shadows: [soft], ...more });
  return { kind: 'photo', name: of, make };
}

/** A PNG that somebody has cut out already. */
function transparent(name: string, draw: products.Draw): Case {
  const make = async (): ReturnType<Case['make']> => {
    const side = 900;
    const { alpha, colour } = await render(draw(seeded(name)), side, 7);
    const data = Buffer.alloc(side * side * 4);
    for (let at = 0; at < alpha.length; at += 1) {
      for (let channel = 0; channel < 3 && alpha[at]! > 0; channel += 1) {
        data[at * 4 + channel] = Math.min(255, Math.round(colour[at * 3 + channel]! / alpha[at]!));
      }
      data[at * 4 + 3] = Math.round(255 * alpha[at]!);
    }
    const file = await sharp(data, { raw: { width: side, height: side, channels: 4 } }).png().toBuffer();
    const right = Uint8Array.from(alpha, (value) => Math.round(255 * value));
    return { photo: file, width: side, height: side, alpha: right };
  };
  return { kind: 'transparent', name: `u-${name}`, make };
}

/** Pictures as shops and photographers have them, of other things than the other sets show; never used to choose. */
export const unseen: readonly Case[] = [
  scene(
    'studio', 'handbag-on-grey-ramp', shop.handbag('#8a3b2b', '#d8b45a'), ramp('#f0f0f0', '#8f9296'),
    { shadows: [soft] },
  ),
  scene('studio', 'teapot-on-peach', shop.teapot('#2d5f73'), paper('#f2c9a8'), { shadows: [soft] }),
  scene('studio', 'car-on-white', shop.car('#c8102e'), plain('#f7f7f7', 0.06), { shadows: [soft, contact] }),
  scene(
    'studio', 'armchair-on-sweep', shop.armchair('#4d6b57', '#6a4428'), sweep('#e6e4e0', '#d2cec7'),
    { shadows: [contact] },
  ),
  scene('studio', 'drinks-on-lilac', shop.drinks('#e8a33d', '#3b6ea5'), paper('#cdbfe0'), { shadows: [soft] }),
  scene(
    'studio', 'dress-on-wall', shop.dress('#7c2d4f', '#a8874f'), ramp('#dcd8d2', '#c4bfb8'),
    { shadows: [contact] },
  ),

  scene(
    'gloss', 'bottle-on-gloss', products.bottle('#3a2463', '#efe9d8'), sweep('#f2f2f2', '#e4e4e4'),
    { reflection: 0.3, scale: 0.7, at: [0.5, 0.45] },
  ),
  scene(
    'gloss', 'teapot-on-gloss', shop.teapot('#b5482f'), sweep('#dfe3e7', '#cfd4d9'),
    { reflection: 0.35, scale: 0.7, at: [0.5, 0.45] },
  ),
  scene(
    'gloss', 'watch-on-black-gloss', shop.watch('#b9bcc2', '#1d2b44'), plain('#101113', 0.1),
    { reflection: 0.35, shadows: [], scale: 0.7, at: [0.5, 0.42] },
  ),
  scene(
    'gloss', 'car-on-gloss', shop.car('#e0b020'), sweep('#fafafa', '#ededed'),
    { reflection: 0.25, scale: 0.75, at: [0.5, 0.48] },
  ),

  scene('thin', 'racket-on-white', shop.racket('#c33a2c', '#d9d4c4'), plain('#f5f5f5', 0.08), { shadows: [contact] }),
  scene('thin', 'racket-on-blue', shop.racket('#e8e4da', '#f4f1e8'), paper('#3a6fb0'), { shadows: [soft] }),
  scene('thin', 'sandal-on-cream', shop.sandal('#5d3420', '#c9a06d'), plain('#eee6d6', 0.1), { shadows: [soft] }),
  scene('thin', 'lamp-on-grey', shop.lamp('#d6a21e'), ramp('#d8dadc', '#b6b9bd'), { shadows: [soft] }),
  scene('thin', 'cable-on-white', shop.cable('#24262b', 15), plain('#f3f4f5', 0.08), { shadows: [contact] }),
  scene('thin', 'white-cable-on-grey', shop.cable('#eceded', 17), plain('#aeb2b6', 0.12), { shadows: [contact] }),
  scene('thin', 'cutlery-on-navy', shop.cutlery('#c9ccd2'), paper('#22304f'), { shadows: [contact] }),
  scene('thin', 'cutlery-on-white', shop.cutlery('#b4b8be'), plain('#f4f4f4', 0.08), { shadows: [contact] }),
  scene('thin', 'cage-on-mint', shop.cage('#6e7277', 8), plain('#cfe6da', 0.1), { shadows: [soft] }),
  scene('thin', 'cage-on-black', shop.cage('#d8b25a', 9), plain('#0e0f12', 0.1), { shadows: [] }),

  scene('hollow', 'teapot-on-grey', shop.teapot('#8d9095'), plain('#c9ccce', 0.12), { shadows: [soft] }),
  scene('hollow', 'watch-on-white', shop.watch('#b98d3e', '#f1efe8'), plain('#f6f6f5', 0.08), { shadows: [soft] }),
  scene('hollow', 'colander-on-yellow', shop.colander('#b7bbc1'), paper('#e9c046'), { shadows: [contact] }),
  scene('hollow', 'colander-on-white', shop.colander('#9aa0a6'), plain('#f5f5f5', 0.08), { shadows: [contact] }),
  scene('hollow', 'pearls-on-black', shop.pearls('#ece7dd'), plain('#141416', 0.12), { shadows: [] }),
  scene('hollow', 'handbag-on-white', shop.handbag('#26282d', '#c9ccd2'), plain('#f4f4f4', 0.08), { shadows: [soft] }),

  scene(
    'several', 'car-and-teapot', shop.beside(shop.car('#2f6db5'), shop.teapot('#d07a32')), plain('#e3e4e6', 0.1),
    { shadows: [soft] },
  ),
  scene(
    'several',
    'three-on-paper',
    shop.beside(products.vase('#b9472f'), shop.drinks('#2b4d3f', '#d9c7a3'), products.mug('#f0c33c')),
    paper('#e7e2d8'),
    { shadows: [contact] },
  ),
  scene(
    'several',
    'bag-and-shoe-on-wood',
    shop.beside(shop.handbag('#b23a48', '#d8b45a'), products.shoe('#2d3a4f', '#f1efe9', '#e4e0d6')),
    wood(),
    { shadows: [contact] },
  ),
  scene('tiny', 'tiny-car', shop.car('#2a7f62'), plain('#f1f1f0', 0.1), { scale: 0.12, at: [0.4, 0.55] }),
  scene('tiny', 'tiny-pearls-on-blue', shop.pearls('#f2eee6'), paper('#5a7fa8'), { scale: 0.2, at: [0.6, 0.5] }),
  scene(
    'cut', 'armchair-at-frame', shop.armchair('#b5653a', '#3c2a1c'), plain('#dfe3e6', 0.1),
    { scale: 1.15, at: [0.5, 0.58] },
  ),
  scene(
    'cut', 'dress-at-frame', shop.dress('#1f4f6b', '#7d7f84'), plain('#f3f1ee', 0.08),
    { scale: 1.2, at: [0.45, 0.62] },
  ),

  scene('alike', 'white-teapot-on-white', shop.teapot('#f3f2ee'), plain('#f7f7f7', 0.06), { shadows: [soft] }),
  scene(
    'alike', 'white-bag-on-white', shop.handbag('#f0eeea', '#d3d5d8'), plain('#f6f6f6', 0.06),
    { shadows: [soft, contact] },
  ),
  scene('alike', 'black-bag-on-black', shop.handbag('#1b1b1e', '#7d6a3a'), plain('#0c0c0e', 0.1), { shadows: [] }),
  scene('alike', 'black-car-on-dark', shop.car('#17181b'), plain('#26282c', 0.15), { shadows: [soft] }),

  scene(
    'fur', 'cat-plush-on-sage', plush({ colour: cat, strands: 2600, long: 56, thick: 2 }), paper('#b9c7ae'),
    { shadows: [soft] },
  ),
  scene(
    'fur', 'husky-plush-on-lawn', plush({ colour: husky, strands: 2600, long: 60, thick: 2.1 }), lawn(),
    { shadows: [contact] },
  ),
  scene(
    'fur',
    'chestnut-hair-on-green',
    hairyHead({ colour: chestnut, strands: 2600, long: 185, thick: 1.7 }, '#c9b37a'),
    plain('#4fa35a', 0.15),
    { shadows: [], scale: 1, size: [1000, 1000] },
  ),
  scene(
    'fur',
    'chestnut-hair-outdoors',
    hairyHead({ colour: chestnut, strands: 2600, long: 185, thick: 1.7 }, '#c9b37a'),
    bokeh(95),
    { shadows: [], scale: 1, size: [1000, 1000] },
  ),
  scene('fur', 'cactus-on-pink', shop.cactus('#b5653a'), paper('#eab8bd'), { shadows: [soft] }),

  scene('busy', 'handbag-on-lawn', shop.handbag('#d9a23b', '#e8e4da'), lawn(), { shadows: [contact] }),
  scene('busy', 'car-on-wood', shop.car('#2b8a9e'), wood('#8a6a48', '#c7a377'), { shadows: [contact] }),
  scene('busy', 'teapot-on-cloth', shop.teapot('#f0ede4'), cloth('#b23a48', '#efe6d6', 0.06), { shadows: [contact] }),
  scene('busy', 'lamp-on-brick', shop.lamp('#e9e4d8'), brick('#8f4e3c'), { shadows: [hard] }),
  scene('busy', 'drinks-on-stone', shop.drinks('#2c5f8a', '#c9462f'), stone('#7d8085', 0.2), { shadows: [contact] }),
  scene('busy', 'sandal-on-stone', shop.sandal('#3a2316', '#b08a5b'), stone('#a9a398', 0.14), { shadows: [contact] }),
  scene('busy', 'armchair-in-foliage', shop.armchair('#e0d3bd', '#4b3220'), foliage(110), { shadows: [] }),
  scene('busy', 'watch-on-wood', shop.watch('#c9ccd2', '#23252a'), wood('#3f2a1a', '#6b4a2e'), { shadows: [contact] }),
  scene('hard-light', 'teapot-in-sun', shop.teapot('#d9b441'), plain('#dfe0e2', 0.1), { scale: 0.7, shadows: [hard] }),
  scene(
    'hard-light', 'bag-in-sun', shop.handbag('#355c7d', '#d8b45a'), paper('#e9e3d8'),
    { scale: 0.7, shadows: [hard] },
  ),

  photo('cup-on-ramp', cup, ramp('#9aa0a6', '#5f6469'), { size: [1100, 825] }),
  photo('bowl-on-paper', bowl, paper('#d5dbc9'), { size: [1000, 1000], scale: 0.8 }),
  photo('cup-on-lawn', cup, lawn(), { size: [1200, 900], scale: 0.7 }),
  photo('bowl-before-interior', bowl, crop('interior', [0, 0, 1, 0.8], 4), { size: [1200, 900], scale: 0.75 }),
  transparent('png-racket', shop.racket('#c33a2c', '#d9d4c4')),
  transparent('png-black-bag', shop.handbag('#131315', '#55585d')),
];
