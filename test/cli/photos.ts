import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { picture } from './gpu-worker.ts';

/** Writes photos below `folder` and gives their paths back. */
export function writePhotos(folder: string, ...names: readonly string[]): readonly string[] {
  const paths = names.map((name) => join(folder, name));
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, picture);
  }
  return paths;
}
