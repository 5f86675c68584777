import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { render, type Rendered, type Scene } from '../../bench/imaging/rooms/render.ts';
import { moreScenes } from '../../bench/imaging/rooms/more-scenes.ts';
import { scenes } from '../../bench/imaging/rooms/scenes.ts';
import { digest, kept } from './kept.ts';

const renderer = new URL('../../bench/imaging/rooms/', import.meta.url);
/** What pictures of rooms depend on: what renders them, and the scenes. */
const sources = readdirSync(renderer).sort()
  .filter((name) => !/^(interior|more-scenes|rooms|score|sheet|truth)\./.test(name))
  .map((name) => readFileSync(new URL(name, renderer)));

const hardScenes = readFileSync(new URL('more-scenes.ts', renderer));

/** Rendered once, which takes longer than most of what is done with it. */
export function room(name: string): Promise<Rendered> {
  return changedRoom(name, {}, '');
}

/** `change` tells all that is changed in the scene. */
export function changedRoom(name: string, changed: Partial<Scene>, change: string | Buffer): Promise<Rendered> {
  const scene = scenes.find((one) => one.name === name)!;
  return kept('rooms', digest(...sources, name, change), () =>
    render({ ...scene, ...changed }, { width: 300, height: 216, paths: 10 }));
}

/** One of the hard rooms, small: it takes under a second. */
export function hardRoom(name: string): Promise<Rendered> {
  const scene = moreScenes.find((one) => one.name === name)!;
  const [width, height] = scene.isUpright === true ? [172, 240] : [240, 172];
  return kept('rooms', digest(...sources, hardScenes, name, 'small'), () => render(scene, { width, height, paths: 4 }));
}

export const fileOf = ({ width, height, data }: Rendered): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels: 4 } }).png().toBuffer();
