/**
 * How well the parts of rooms are found: walls, floors and ceilings by name alone and in a box, and what stands in a
 * room in a box around it. The shared area over the area of both (IoU), the share of the paint that lands elsewhere
 * (leak), on what most of it, and seconds of CPU.
 *
 *   node bench/imaging/rooms/score.ts FOLDER [--save FILE] [--before FILE] [--planes]
 *
 * Renders each room (640 x 460, half a minute of one core) into the folder, or takes it from there, and writes
 * `masks.png`, a sheet of what was found by name alone. `--save` keeps the scores, `--before` compares with those kept
 * before. `--planes` leaves out what stands in the rooms. ROOM=NAME scores one room.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type OverlayOptions } from 'sharp';
import { deadlineIn } from '../../../src/imaging/local/deadline.ts';
import { createLocator } from '../../../src/imaging/local/locate.ts';
import { createModels } from '../../../src/imaging/local/models/models.ts';
import type { Box } from '../../../src/imaging/local/raster/picture.ts';
import { ImageRejected } from '../../../src/imaging/local/rejection.ts';
import { interior } from './interior.ts';
import { allScenes, renderedRoom, type Photo } from './rooms.ts';
import { boundsOf, partOf, scoreOf, shrunkTo, within, type Score } from './truth.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { save: { type: 'string' }, before: { type: 'string' }, planes: { type: 'boolean' } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('name a folder for the rendered rooms');

const planes = ['wall', 'floor', 'ceiling'] as const;
/** What is asked for in a box around its largest one. */
const things = ['sofa', 'bed', 'table', 'chair', 'cabinet', 'shelf', 'rug', 'door', 'curtain', 'picture', 'plant'];
const [TILE_WIDTH, TILE_HEIGHT] = [320, 230];
/** Of the picture: smaller things and surfaces are not asked for. */
const LEAST = 0.012;

const models = createModels({ runtime: 'auto', segmentModel: undefined });
const tiles: OverlayOptions[] = [];
/** By `room, part` or `room, part in box`; undefined for what was refused. */
const scores: Record<string, Score | null> = {};

const names = [...allScenes.map(({ name }) => name), interior.name];
for (const [row, name] of names.filter((one) => !process.env.ROOM || one === process.env.ROOM).entries()) {
  const photo = name === interior.name ? await interior.photo() : await renderedRoom(folder, name);
  const locator = createLocator(models, photo, deadlineIn(600_000, undefined));
  for (const [column, plane] of planes.entries()) {
    // A wall of another material is a wall too: either may be meant.
    const truths = [...photo.masks].filter(([one]) => one.endsWith(plane)).map(([, truth]) => truth);
    const area = truths.reduce((sum, truth) => sum + truth.reduce((all, value) => all + value / 255, 0), 0);
    if (area < LEAST * photo.width * photo.height) continue;
    const mask = await measure(`${name}, ${plane}`, photo, truths, () => locator.room.plane(plane, plane, undefined));
    const left = column * TILE_WIDTH;
    tiles.push({ input: await shown(photo, mask, truths), left, top: row * TILE_HEIGHT });
    const largest = truths.toSorted((one, other) => Number(sumOf(other) - sumOf(one)))[0]!;
    // A box around a floor, and one within a wall: as people draw them.
    const box = plane === 'wall' ? shrunkTo(boundsOf(largest, photo), 0.5) : boundsOf(largest, photo);
    await measure(`${name}, ${plane} in box`, photo, truths.map((truth) => within(truth, photo, box)),
      () => locator.room.plane(plane, plane, box));
  }
  for (const thing of values.planes === true ? [] : things) {
    const part = partOf(photo, thing);
    if (part === undefined || sumOf(part.truth) < 255 * LEAST * photo.width * photo.height) continue;
    await measure(`${name}, ${thing} in box`, photo, [part.truth], async () => locator.inBox(grown(part.box)));
  }
}
await sharp({
  create: { width: TILE_WIDTH * 3, height: TILE_HEIGHT * names.length, channels: 3, background: '#fff' },
}).composite(tiles).png().toFile(path.join(folder, 'masks.png'));
await models.close();
if (values.save !== undefined) writeFileSync(values.save, `${JSON.stringify(scores, undefined, 1)}\n`);
const before = values.before === undefined ? undefined :
  (JSON.parse(readFileSync(values.before, 'utf8')) as typeof scores);
if (before !== undefined) compare(before);
for (const part of [...planes, ...planes.map((plane) => `${plane} in box`), 'thing in box']) summarise(part);

function sumOf(mask: Uint8Array): number {
  return mask.reduce((sum, value) => sum + value, 0);
}

/** A little wider than the thing, as a hand draws it. */
function grown({ x, y, width, height }: Box): Box {
  const [left, top] = [Math.max(0, x - width * 0.05), Math.max(0, y - height * 0.05)];
  const [right, bottom] = [Math.min(1, x + width * 1.05), Math.min(1, y + height * 1.05)];
  return { x: left, y: top, width: right - left, height: bottom - top };
}

async function measure(
  what: string,
  photo: Photo,
  truths: readonly Uint8Array[],
  find: () => Promise<{ readonly mask: { readonly data: Uint8Array } } | undefined>,
): Promise<Uint8Array | undefined> {
  const started = process.cpuUsage();
  const mask = await find().then((found) => found?.mask.data, (error: unknown) => {
    if (!(error instanceof ImageRejected)) throw error;
    return undefined;
  });
  const seconds = (process.cpuUsage(started).user / 1e6).toFixed(1);
  const score = mask === undefined ? null : scoreOf(mask, truths, photo);
  scores[what] = score;
  console.log(`${what.padEnd(34)} ${textOf(score)} ${seconds} s`);
  return mask;
}

function textOf(score: Score | null | undefined): string {
  if (score === undefined) return 'not scored';
  if (score === null) return 'refused';
  const on = score.leak > 0.02 ? ` (${score.on})` : '';
  return `IoU ${score.likeness.toFixed(3)} leak ${score.leak.toFixed(3)}${on}`;
}

function compare(before: typeof scores): void {
  console.log('\nchanged:');
  for (const [what, score] of Object.entries(scores)) {
    const was = before[what];
    const isSame = was && score ? Math.abs(was.likeness - score.likeness) < 0.01 : was === score;
    if (!isSame) console.log(`${what.padEnd(34)} ${textOf(was)} -> ${textOf(score)}`);
  }
}

/** Right: what somebody is glad to pay for. Wrong: what is painted that nobody asked for, or hardly anything. */
function summarise(part: string): void {
  const isMeant = (what: string): boolean => {
    const named = what.slice(what.lastIndexOf(', ') + 2);
    return part === 'thing in box'
      ? named.endsWith(' in box') && !planes.some((plane) => named === `${plane} in box`)
      : named === part;
  };
  const line = (all: typeof scores): string => {
    const meant = Object.entries(all).filter(([what]) => isMeant(what)).map(([, score]) => score);
    const done = meant.filter((score) => score !== null);
    const right = done.filter(({ likeness, leak }) => likeness > 0.85 && leak < 0.05).length;
    const wrong = done.filter(({ likeness, leak }) => likeness < 0.6 || leak > 0.1).length;
    const mean = done.reduce((sum, { likeness }) => sum + likeness, 0) / done.length;
    return `of ${meant.length}: ${done.length} done, ${right} right, ${wrong} wrong, IoU ${mean.toFixed(3)}`;
  };
  console.log(part.padEnd(16), before === undefined ? '' : `${line(before)}  ->`, line(scores));
}

/** What is right in green, what is painted in vain in red, what is missing in blue. */
async function shown(photo: Photo, mask: Uint8Array | undefined, truths: readonly Uint8Array[]): Promise<Buffer> {
  const data = Buffer.from(photo.data);
  mask?.forEach((value, at) => {
    const truth = Math.max(...truths.map((one) => one[at]!));
    [Math.max(0, value - truth), Math.min(value, truth), Math.max(0, truth - value)].forEach((share, channel) => {
      const before = data[at * 4 + channel]!;
      data[at * 4 + channel] = Math.round(before * 0.6 + 0.4 * share);
    });
  });
  const raw = { width: photo.width, height: photo.height, channels: 4 as const };
  const size = { width: TILE_WIDTH - 4, height: TILE_HEIGHT - 4, fit: 'contain' as const };
  return sharp(data, { raw }).resize(size).removeAlpha().png().toBuffer();
}
