/**
 * How the quality checks of product images do on the scored set (bench/imaging/README.md): with its true masks, which
 * they are to take, and with masks that are cut off, which they are to refuse.
 *
 *   node bench/imaging/product/quality.ts [masks]
 *
 * masks: a folder with cut-outs by the names of the set (score.ts --out) to be checked instead of the true ones.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { checkCutOut } from '../../../src/imaging/local/product/checks.ts';
import { boundsOf, OPAQUE } from '../../../src/imaging/local/product/bounds.ts';
import { usualQuality } from '../../../src/imaging/local/product/quality.ts';
import { coverage, type Mask } from '../../../src/imaging/local/raster/mask.ts';
import type { Picture } from '../../../src/imaging/local/raster/picture.ts';
import { StudioFailure } from '../../../src/ports/studio.ts';
import { cases } from '../set/cases.ts';
import { storeFolder, stored } from '../set/stored.ts';

const [masks] = process.argv.slice(2);
const folder = await storeFolder();
const rows: { name: string; share: number; pixels: number; whole: string; cutOff: string }[] = [];
for (const each of cases) {
  const { photo, width, height, alpha } = await stored(each, folder);
  const { data } = await sharp(photo).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const picture: Picture = { width, height, data };
  const given = masks === undefined ? alpha : await alphaOf(path.join(masks, `${each.name}.png`));
  if (given === null) continue;
  const mask: Mask = { width, height, data: given };
  const box = boundsOf(width, height, (at) => given[at]!, OPAQUE);
  if (box === null) continue;
  // Without its right third, as a mask of a part of the photo is.
  const limit = Math.round(box.left + (box.right - box.left) * 0.67);
  const half = { ...mask, data: mask.data.map((value, at) => (at % width < limit ? value : 0)) };
  rows.push({
    name: `${each.kind}: ${each.name}`, share: coverage(mask),
    pixels: Math.max(box.right - box.left, box.bottom - box.top),
    whole: said(picture, mask), cutOff: said(picture, half),
  });
}

function said(picture: Picture, mask: Mask): string {
  try {
    checkCutOut(picture, mask, usualQuality);
    return 'taken';
  } catch (error) {
    if (!(error instanceof StudioFailure)) throw error;
    return error.message;
  }
}

async function alphaOf(file: string): Promise<Uint8Array | null> {
  const bytes = await readFile(file).catch(() => null);
  return bytes && sharp(bytes).extractChannel(3).toColourspace('b-w').raw().toBuffer();
}

const taken = rows.filter(({ whole }) => whole === 'taken');
const found = rows.filter(({ cutOff }) => cutOff.includes('straight line'));
console.log(`${taken.length} of ${rows.length} masks are taken; ${found.length} that are cut off are found`);
const least = (of: (row: (typeof rows)[number]) => number): typeof rows =>
  rows.toSorted((one, other) => of(one) - of(other)).slice(0, 3);
for (const { name, share } of least((row) => row.share)) console.log(`least share: ${share.toFixed(4)} ${name}`);
for (const { name, pixels } of least((row) => row.pixels)) console.log(`least pixels: ${pixels} ${name}`);
for (const { name, whole } of rows) if (whole !== 'taken') console.log(`refused: ${name}: ${whole}`);
for (const { name, cutOff } of rows) if (cutOff === 'taken') console.log(`cut off, and taken: ${name}`);
