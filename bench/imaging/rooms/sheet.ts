/**
 * The sheet of rooms before and after, one wish for each, or the reason for which it was refused.
 *
 *   node bench/imaging/rooms/sheet.ts FOLDER docs/pictures/rooms.webp
 *
 * Takes the rooms that `score.ts` rendered into the folder.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { createRestyler, ImageRejected, type Concept } from '../../../src/imaging/local/index.ts';

const [folder, target] = process.argv.slice(2);
if (folder === undefined || target === undefined) throw new Error('name the folder of the rooms and the sheet');

const textured = (value: string): Concept => ({ action: 'texture', value });
const painted = (value: string): Concept => ({ action: 'recolor', value });
const wishes: readonly (readonly [room: string, part: string, concept: Concept])[] = [
  ['living room', 'floor', textured('oak')],
  ['living room', 'wall', textured('brick')],
  ['bedroom', 'wall', painted('white')],
  ['kitchen', 'floor', textured('herringbone')],
  ['evening lamp', 'floor', textured('white tiles')],
  ['corridor', 'floor', textured('tiles')],
  ['corridor', 'wall', textured('sage stripes')],
  ['office', 'floor', textured('walnut')],
  ['office', 'wall', painted('navy')],
  ['sideboard', 'wall', textured('beige stripes')],
  ['loft', 'floor', textured('navy carpet')],
  ['leather sofa', 'floor', textured('herringbone')],
  ['leather sofa', 'sofa', { ...painted('teal'), box: [0.2, 0.5, 0.42, 0.32] }],
  ['nursery', 'wall', painted('sky')],
  ['nursery', 'floor', textured('wood')],
  ['attic studio', 'floor', textured('grey carpet')],
  ['attic studio', 'wall', painted('black')],
  ['white on white', 'floor', textured('walnut')],
];

const [WIDTH, HEIGHT, LABEL, GAP, COLUMNS] = [240, 172, 18, 4, 3];
const restyler = await createRestyler({ timeoutMs: 600_000 });
const pieces: OverlayOptions[] = [];
for (const [index, [room, part, concept]] of wishes.entries()) {
  const image = readFileSync(path.join(folder, `${room}.png`));
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
    const input = await sharp(file).resize(WIDTH, HEIGHT, { fit: 'fill' }).removeAlpha().png().toBuffer();
    pieces.push({ input, left: left + place * (WIDTH + GAP), top: top + LABEL });
  }
}
await restyler.close();
const [across, down] = [COLUMNS * (2 * WIDTH + 4 * GAP), Math.ceil(wishes.length / COLUMNS) * (HEIGHT + LABEL + GAP)];
await sharp({ create: { width: across, height: down + GAP, channels: 3, background: '#f2f2f4' } })
  .composite(pieces).webp({ quality: 78 }).toFile(target);

function label(text: string): Buffer {
  // The restyler leaves no decoder of drawings to its process.
  sharp.unblock({ operation: ['VipsForeignLoadSvgBuffer'] });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * WIDTH}" height="${LABEL}"><text x="0" y="13" ` +
      `font-family="sans-serif" font-size="12" fill="#222">${text}</text></svg>`,
  );
}
