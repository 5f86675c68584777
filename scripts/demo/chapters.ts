import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandFailure, exits } from '../../src/transports/cli/failure.ts';

/** One job of the demo. */
export interface Chapter {
  readonly title: string;
  readonly preset: string;
  /** Paths. */
  readonly photos: readonly string[];
}

/** Most items of one set. */
const maxPhotos = 200;
const rooms = /room|interior|kitchen|bath|office|sofa|living|house|hall/i;
const creatures = /cat|dog|pet|portrait|person|people|face|man|girl|boy/i;

/** The photos of a folder by name. Throws when there is none, or more than one set takes. */
export function findPhotos(folder: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new CommandFailure(`there is no folder ${folder}: --photos names another`, exits.noInput);
  }
  const photos = names.filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
  if (photos.length === 0) throw new CommandFailure(`${folder} has no photos (JPEG, PNG or WebP)`, exits.noInput);
  if (photos.length > maxPhotos) throw new CommandFailure(`${folder} has more than ${maxPhotos} photos`, exits.noInput);
  return photos.map((name) => join(folder, name));
}

/** A room has no background to take away, unless there is nothing but rooms. */
export function chapters(photos: readonly string[]): readonly Chapter[] {
  const isRoom = (path: string): boolean => rooms.test(basename(path));
  const things = photos.filter((path) => !isRoom(path));
  const room = photos.find(isRoom) ?? photos[0];
  return [
    { title: 'Backgrounds removed', preset: 'remove-background', photos: things.length > 0 ? things : photos },
    ...(room === undefined ? [] : [{ title: 'A room in warmer light', preset: 'interior', photos: [room] }]),
  ];
}

/** Those that a shop might sell, unless there are none. */
export function products(photos: readonly string[]): readonly string[] {
  const things = photos.filter((path) => !rooms.test(basename(path)) && !creatures.test(basename(path)));
  return things.length > 0 ? things : photos;
}
