/**
 * The sheet of rooms before and after, one wish for each, or the reason for which it was refused.
 *
 *   node bench/imaging/rooms/sheet.ts FOLDER docs/pictures/rooms.webp
 *
 * Renders the rooms into the folder, or takes them from there.
 */
import { readFileSync } from 'node:fs';
import sharp, { type OverlayOptions } from 'sharp';
import { createRestyler, ImageRejected, type Concept } from '../../../src/imaging/local/index.ts';
import { interior } from './interior.ts';
import { renderedRoom } from './rooms.ts';

const [folder, target] = process.argv.slice(2);
if (folder === undefined || target === undefined) throw new Error('name the folder of the rooms and the sheet');

const textured = (value: string): Concept => ({ action: 'texture', value });
const painted = (value: string): Concept => ({ action: 'recolor', value });
const wishes: readonly (readonly [room: string, part: string, concept: Concept])[] = [
  ['living room', 'floor', textured('oak')],
  ['evening lamp', 'floor', textured('white tiles')],
  ['corridor', 'wall', textured('sage stripes')],
  ['office', 'wall', painted('navy')],
  ['loft', 'floor', textured('navy carpet')],
  ['leather sofa', 'sofa', { ...painted('teal'), box: [0.2, 0.5, 0.42, 0.32] }],
  ['attic studio', 'wall', painted('black')],
  ['white on white', 'ceiling', painted('sky')],
  ['white attic', 'ceiling', painted('sage')],
  ['bathroom', 'wall', textured('white tiles')],
  ['damask dining', 'wall', painted('beige')],
  ['hotel corridor', 'wall', painted('sage')],
  ['white doors', 'wall', painted('terracotta')],
  ['white doors', 'floor', textured('herringbone')],
  ['barred sun', 'floor', textured('walnut')],
  ['people', 'wall', { action: 'tone', value: 'warm' }],
  ['two paints', 'floor', textured('grey carpet')],
  ['upright study', 'wall', painted('white')],
  ['mixed light', 'ceiling', { action: 'tone', value: 'cool' }],
  ['brick cellar', 'wall', textured('brick')],
  ['polished parquet', 'wall', painted('navy')],
  ['panelled lounge', 'floor', textured('oak')],
  ['dark bedroom', 'wall', painted('white')],
  [interior.name, 'floor', textured('tiles')],
];

const [WIDTH, HEIGHT, LABEL, GAP, COLUMNS] = [240, 172, 18, 4, 3];
const restyler = await createRestyler({ timeoutMs: 600_000 });
const pieces: OverlayOptions[] = [];
for (const [index, [room, part, concept]] of wishes.entries()) {
  const image = await imageOf(room);
  const outcome = await restyler.restyle({ image, concepts: { [part]: concept }, protect: [] })
    .then(({ result }) => ({ result, text: `${part}: ${concept.value}` }), (error: unknown) => {
      if (!(error instanceof ImageRejected)) throw error;
      return { result: undefined, text: `${part}: ${concept.value} — ${error.code}` };
    });
  console.log(room.padEnd(16), outcome.text);
  const left = (index % COLUMNS) * (2 * WIDTH + 4 * GAP) + GAP;
  const top = Math.floor(index / COLUMNS) * (HEIGHT + LABEL + GAP) + GAP;
  pieces.push({ input: label(`${room}, ${outcome.text}`), left, top });
  const shown = outcome.result === undefined ? [image] : [image, outcome.result];
  for (const [place, file] of shown.entries()) {
    const size = { width: WIDTH, height: HEIGHT, fit: 'contain', background: '#f2f2f4' } as const;
    const input = await sharp(file).removeAlpha().resize(size).png().toBuffer();
    pieces.push({ input, left: left + place * (WIDTH + GAP), top: top + LABEL });
  }
}
await restyler.close();
const [across, down] = [COLUMNS * (2 * WIDTH + 4 * GAP), Math.ceil(wishes.length / COLUMNS) * (HEIGHT + LABEL + GAP)];
await sharp({ create: { width: across, height: down + GAP, channels: 3, background: '#f2f2f4' } })
  .composite(pieces).webp({ quality: 78 }).toFile(target);

async function imageOf(room: string): Promise<Buffer> {
  if (room === interior.name) return readFileSync(new URL('../../../examples/photos/interior.jpg', import.meta.url));
  const { data, width, height } = await renderedRoom(folder!, room);
  return sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha().png().toBuffer();
}

function label(text: string): Buffer {
  // The restyler leaves no decoder of drawings to its process.
  sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * WIDTH}" height="${LABEL}"><text x="0" y="13" ` +
      `font-family="sans-serif" font-size="12" fill="#222">${text}</text></svg>`,
  );
}
