import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { moreScenes } from './more-scenes.ts';
import { render } from './render.ts';
import { scenes } from './scenes.ts';

export const allScenes = [...scenes, ...moreScenes];

export interface Photo {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8Array;
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

const [LONGER, SHORTER] = [640, 460];

/** Rendered into the folder (half a minute of one core), or taken from there. */
export async function renderedRoom(folder: string, name: string): Promise<Photo> {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  if (!existsSync(file)) {
    const scene = allScenes.find((one) => one.name === name)!;
    const [width, height] = scene.isUpright === true ? [SHORTER, LONGER] : [LONGER, SHORTER];
    const photo = render(scene, { width, height, paths: scenes.includes(scene) ? 20 : 8 });
    for (const [part, mask] of photo.masks) writeFileSync(path.join(folder, `${name}.${part}.raw`), mask);
    const raw = { width, height, channels: 4 as const };
    await sharp(photo.data, { raw }).removeAlpha().png().toFile(file);
  }
  const { data, info } = await sharp(readFileSync(file)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const masks = readdirSync(folder)
    .filter((one) => one.startsWith(`${name}.`) && one.endsWith('.raw'))
    .map((one) => [one.slice(name.length + 1, -4), readFileSync(path.join(folder, one))] as const);
  return { width: info.width, height: info.height, data, masks: new Map(masks) };
}
