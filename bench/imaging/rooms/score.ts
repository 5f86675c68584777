/**
 * How well walls, floors and ceilings are found by name in the rendered rooms, without a box: the shared area over
 * the area of both (IoU), the share of the paint that lands elsewhere, and seconds of CPU.
 *
 *   node bench/imaging/rooms/score.ts FOLDER
 *
 * Renders each room (640 x 460, half a minute of one core) into the folder, or takes it from there, and writes
 * `masks.png`, a sheet of what was found.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { deadlineIn } from '../../../src/imaging/local/deadline.ts';
import { createModels } from '../../../src/imaging/local/models/models.ts';
import { createRoomLocator } from '../../../src/imaging/local/rooms/room.ts';
import { render } from './render.ts';
import { scenes } from './scenes.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder for the rendered rooms');
mkdirSync(folder, { recursive: true });

const models = createModels({ runtime: 'auto', segmentModel: undefined });
const [TILE_WIDTH, TILE_HEIGHT] = [320, 230];
const tiles: OverlayOptions[] = [];
for (const [row, scene] of scenes.filter((one) => !process.env.ROOM || one.name === process.env.ROOM).entries()) {
  const photo = await renderedRoom(folder, scene.name);
  const room = createRoomLocator(models, photo, deadlineIn(600_000, undefined), async () => undefined);
  let line = scene.name.padEnd(16);
  for (const [column, plane] of (['wall', 'floor', 'ceiling'] as const).entries()) {
    const before = process.cpuUsage();
    const mask = await room.plane(plane, plane, undefined).then((found) => found.mask.data, () => undefined);
    const seconds = (process.cpuUsage(before).user / 1e6).toFixed(1);
    // A wall of another material is a wall too: either may be meant.
    const truths = [...photo.masks].filter(([name]) => name.endsWith(plane)).map(([, truth]) => truth);
    line += ` ${plane} ${mask === undefined ? 'refused          ' : scored(mask, truths)} ${seconds} s`.padEnd(36);
    const left = column * TILE_WIDTH;
    tiles.push({ input: await shown(photo, mask, truths), left, top: row * TILE_HEIGHT });
  }
  console.log(line);
}
await sharp({
  create: { width: TILE_WIDTH * 3, height: TILE_HEIGHT * scenes.length, channels: 3, background: '#fff' },
}).composite(tiles).png().toFile(path.join(folder, 'masks.png'));
await models.close();

interface Photo {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

async function renderedRoom(into: string, name: string): Promise<Photo> {
  const file = path.join(into, `${name}.png`);
  if (!existsSync(file)) {
    const photo = render(scenes.find((scene) => scene.name === name)!, { width: 640, height: 460, paths: 20 });
    for (const [part, mask] of photo.masks) writeFileSync(path.join(into, `${name}.${part}.raw`), mask);
    const raw = { width: photo.width, height: photo.height, channels: 4 as const };
    await sharp(photo.data, { raw }).removeAlpha().png().toFile(file);
  }
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const masks = readdirSync(into)
    .filter((one) => one.startsWith(`${name}.`) && one.endsWith('.raw'))
    .map((one) => [one.slice(name.length + 1, -4), readFileSync(path.join(into, one))] as const);
  return { width: info.width, height: info.height, data, masks: new Map(masks) };
}

function scored(mask: Uint8Array, truths: readonly Uint8Array[]): string {
  let best = { likeness: 0, leak: 1 };
  const all = mask.map((_, at) => Math.max(...truths.map((truth) => truth[at]!)));
  for (const truth of [...truths, all]) {
    let [both, either, beyond, painted] = [0, 0, 0, 0];
    mask.forEach((value, at) => {
      both += Math.min(value, truth[at]!);
      either += Math.max(value, truth[at]!);
      beyond += Math.max(0, value - truth[at]!);
      painted += value;
    });
    if (both / either > best.likeness) best = { likeness: both / either, leak: beyond / painted };
  }
  return `IoU ${best.likeness.toFixed(3)} leak ${best.leak.toFixed(3)}`;
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
  return sharp(data, { raw }).resize(TILE_WIDTH - 4, TILE_HEIGHT - 4, { fit: 'fill' }).removeAlpha().png().toBuffer();
}
