/**
 * Contact sheets of product images: each photo beside what this machine makes of it, or all backdrops of the themes.
 *
 *   node bench/imaging/product/sheet.ts FILE.webp [backdrops]
 */
import { readFile } from 'node:fs/promises';
import sharp, { type OverlayOptions } from 'sharp';
import { createRestyler } from '../../../src/imaging/local/index.ts';
import { drawBackdrop } from '../../../src/imaging/local/product/backdrops/backdrop.ts';
import { createWorkshop, type Workshop } from '../../../src/imaging/local/product/workshop.ts';
import { backdropsOf, lookOf, placementOf } from '../../../src/kinds/product-image/domain/theme.ts';
import { shippedThemes } from '../../../src/kinds/product-image/domain/themes.ts';
import { ImageProviderFailure } from '../../../src/ports/image-provider.ts';
import { StudioFailure } from '../../../src/ports/studio.ts';
import { plain } from '../set/backgrounds.ts';
import { cases } from '../set/cases.ts';
import { compose } from '../set/compose.ts';
import { storeFolder, stored } from '../set/stored.ts';
import { path, type Draw } from '../set/subjects/products.ts';

const SIDE = 260;
const GAP = 6;
const LABEL = 20;
const COLUMNS = 3;
const [TILE_WIDTH, TILE_HEIGHT] = [2 * SIDE + GAP + 12, SIDE + LABEL + 10];
const { signal } = new AbortController();

interface Entry {
  readonly name: string;
  readonly photo: Uint8Array;
  readonly theme: string;
  /** From 0. */
  readonly backdrop: number;
}

/** A tumbler: what is behind it is seen through it. */
const glass: Draw = () => [
  { svg: path('M330 150 L670 150 L630 860 Q500 890 370 860z', 'rgba(225,235,240,0.28)'), round: 20, gloss: 0.9 },
  { svg: path('M352 480 L648 480 L630 850 Q500 880 370 850z', 'rgba(205,225,235,0.3)'), gloss: 0.4 },
  { svg: path('M330 150 Q500 190 670 150 Q500 112 330 150z', 'rgba(255,255,255,0.45)'), gloss: 0.9 },
  { svg: path('M372 835 Q500 865 628 835 L630 860 Q500 890 370 860z', 'rgba(150,165,175,0.5)'), gloss: 0.9 },
];

const file = (name: string): Promise<Buffer> => readFile(new URL(`../../../${name}`, import.meta.url));

/** The kinds of photo that shops have: photographs, and drawings of the scored set where there is none to be had. */
async function entries(): Promise<readonly Entry[]> {
  const folder = await storeFolder();
  const drawing = async (name: string): Promise<Uint8Array> =>
    (await stored(cases.find((each) => each.name === name)!, folder)).photo;
  const drawnGlass = compose('glass', {
    subject: { draw: glass }, on: plain('#b9c0c6', 0.2), size: [1000, 1000],
    shadows: [{ strength: 0.3, blur: 14, shift: [6, 14] }],
  });
  const [sweep, window, arch, wall] = [0, 1, 2, 3];
  const all: readonly (readonly [string, Promise<Uint8Array>, string, number])[] = [
    ['a bowl in hard light (photo)', file('examples/photos/bowl.jpg'), 'default', arch],
    ['a cup on wood (photo)', file('examples/photos/coffee.jpg'), 'christmas', 0],
    ['a person, cut by the frame (photo)', file('examples/photos/portrait.jpg'), 'default', window],
    ['several pieces (photo)', file('bench/imaging/given/many-coins.jpg'), 'dark', 0],
    ['a cup on black (photo)', file('test/imaging/photos/cup-on-black.jpg'), 'valentines', 0],
    ['a cup on a green screen (photo)', file('test/imaging/photos/cup-on-green.jpg'), 'halloween', 2],
    ['white on white', drawing('white-ceramics-on-white'), 'default', sweep],
    ['dark on dark', drawing('black-camera-on-black'), 'dark', 1],
    ['glass', drawnGlass.then(({ photo }) => photo), 'default', window],
    ['a chain', drawing('chain-on-white'), 'valentines', 2],
    ['jewellery from above', drawing('jewellery-on-white'), 'default', wall],
    ['spectacles', drawing('spectacles-on-white'), 'default', sweep],
    ['a shoe on cloth', drawing('shoe-on-cloth'), 'halloween', 1],
    ['a chair', drawing('chair-on-grey'), 'default', sweep],
    ['fur', drawing('plush-on-white'), 'christmas', 2],
    ['hair', drawing('hair-on-grey'), 'valentines', 1],
    ['a shirt', drawing('shirt-on-white'), 'christmas', 1],
    ['with a hard shadow', drawing('vase-in-hard-light'), 'halloween', 0],
  ];
  const made: Entry[] = [];
  for (const [name, photo, theme, backdrop] of all) made.push({ name, photo: await photo, theme, backdrop });
  return made;
}

async function finished(studio: Workshop, { photo, theme, backdrop }: Entry): Promise<Uint8Array | string> {
  const look = lookOf(shippedThemes, theme);
  try {
    const { png: mask } = await studio.segment(photo, signal);
    const { png } = await studio.cutOut({ original: photo, mask }, signal);
    const backdrops = backdropsOf(look, backdrop + 1).slice(-1);
    const [background] = await studio.drawBackdrops({ backdrops, width: 2048, height: 2048, seed: 7 }, signal);
    const order = { cutOut: png, background: background!, placement: placementOf(look), aspects: ['1x1'] as const };
    return (await studio.compose(order, signal))[0]!.master;
  } catch (error) {
    if (error instanceof StudioFailure || error instanceof ImageProviderFailure) return error.message;
    throw error;
  }
}

const [out, what] = process.argv.slice(2);
if (out === undefined) throw new Error('name the file of the sheet: node bench/imaging/product/sheet.ts FILE.webp');
await (what === 'backdrops' ? backdropSheet(out) : photoSheet(out));
process.exit(0);

async function photoSheet(file: string): Promise<void> {
  const list = await entries();
  const labels = await Promise.all(list.map(({ name, theme }) => label(`${name}: ${theme}`, 2 * SIDE)));
  const studio = createWorkshop({ restyler: () => createRestyler({ timeoutMs: 600_000 }), timeoutMs: 600_000 });
  const pieces: OverlayOptions[] = [];
  for (const [at, entry] of list.entries()) {
    const [left, top] = [(at % COLUMNS) * TILE_WIDTH + GAP, Math.floor(at / COLUMNS) * TILE_HEIGHT + GAP];
    const result = await finished(studio, entry);
    console.error(`${entry.name}: ${typeof result === 'string' ? result : 'done'}`);
    pieces.push({ input: labels[at]!, left, top }, { input: await fitted(entry.photo), left, top: top + LABEL });
    if (typeof result === 'string') continue;
    pieces.push({ input: await fitted(result), left: left + SIDE + GAP, top: top + LABEL });
  }
  await write(file, pieces, COLUMNS * TILE_WIDTH + GAP, Math.ceil(list.length / COLUMNS) * TILE_HEIGHT + GAP);
}

/** A row for each theme. */
async function backdropSheet(file: string): Promise<void> {
  const pieces: OverlayOptions[] = [];
  let most = 0;
  for (const [row, theme] of [...shippedThemes.values()].entries()) {
    const backdrops = backdropsOf(theme, theme.backdrops.length);
    most = Math.max(most, backdrops.length);
    for (const [column, backdrop] of backdrops.entries()) {
      const [left, top] = [column * (SIDE + GAP) + GAP, row * TILE_HEIGHT + GAP];
      const { data } = drawBackdrop(backdrop, 2 * SIDE, 2 * SIDE, 7 + column);
      const drawn = sharp(data, { raw: { width: 2 * SIDE, height: 2 * SIDE, channels: 3 } });
      const input = await drawn.resize(SIDE, SIDE).png().toBuffer();
      const name = await label(`${theme.name}: ${backdrop.style}`, SIDE);
      pieces.push({ input: name, left, top }, { input, left, top: top + LABEL });
    }
  }
  await write(file, pieces, most * (SIDE + GAP) + GAP, shippedThemes.size * TILE_HEIGHT + GAP);
}

async function write(file: string, pieces: OverlayOptions[], width: number, height: number): Promise<void> {
  const ground = sharp({ create: { width, height, channels: 3, background: '#e9e9ec' } });
  await ground.composite(pieces).webp({ quality: 80 }).toFile(file);
}

function fitted(picture: Uint8Array): Promise<Buffer> {
  return sharp(picture).resize(SIDE, SIDE, { fit: 'inside' }).png().toBuffer();
}

/** Before a studio is made, which closes the decoder of drawings for the whole process. */
function label(text: string, width: number): Promise<Buffer> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${LABEL}">` +
    `<text x="0" y="14" font-family="sans-serif" font-size="13" fill="#333">${text}</text></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
