import { signal, type ReadonlySignal } from '@preact/signals';
import { server } from '../../../console/shell/session.ts';
import { pictureLimits } from '../../../domain/picture-limits.ts';

/** A file that somebody has chosen, on its way to be a photo of a set. */
export interface Chosen {
  readonly id: number;
  readonly file: File;
  /** Why it cannot be taken, or null. */
  readonly problem: 'type' | 'large' | 'empty' | null;
}

/** Most photos of a set. */
export const mostPhotos = 200;
const types = ['image/jpeg', 'image/png', 'image/webp', 'image/avif'];
/** Of the browser's dialog. */
export const accepted = types.join(',');

const files = signal<readonly Chosen[]>([]);
const leftOut = signal(0);
let last = 0;

export const chosen: ReadonlySignal<readonly Chosen[]> = files;
/** How many of the last ones were not taken, as there were too many. */
export const tooMany: ReadonlySignal<number> = leftOut;

/** Bytes of one photo that the server takes. */
export function mostBytes(): number {
  return Math.min(server.value?.maxUploadBytes ?? pictureLimits.bytes, pictureLimits.bytes);
}

/** Those that are there already, by name, size and date, are not taken twice. */
export function choose(more: Iterable<File>): void {
  const here = new Set(files.peek().map(({ file }) => keyOf(file)));
  const fresh = [...more].filter((file) => !isHidden(file) && !here.has(keyOf(file)));
  const room = mostPhotos - files.peek().length;
  leftOut.value = Math.max(0, fresh.length - room);
  files.value = [
    ...files.peek(), ...fresh.slice(0, room).map((file) => ({ id: (last += 1), file, problem: problemOf(file) })),
  ];
}

export function unchoose(id: number): void {
  files.value = files.peek().filter((each) => each.id !== id);
  leftOut.value = 0;
}

export function unchooseAll(): void {
  files.value = [];
  leftOut.value = 0;
}

const keyOf = ({ name, size, lastModified }: File): string => `${size} ${lastModified} ${name}`;

/** What systems put into folders beside the photos. */
const isHidden = ({ name }: File): boolean => name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';

function problemOf({ type, size }: File): Chosen['problem'] {
  if (!types.includes(type)) return 'type';
  if (size === 0) return 'empty';
  return size > mostBytes() ? 'large' : null;
}

/** The files of what was dropped or pasted, those in its folders included. */
export async function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // Before anything is awaited: after that the browser has emptied it.
  const plain = [...data.files];
  if (!entries.some(({ isDirectory }) => isDirectory)) return plain;
  const found: File[] = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

/** Deeper folders, and more files than a set can have twice over, are not looked at. */
const mostFound = 2 * mostPhotos;

async function walk(entry: FileSystemEntry, found: File[], depth = 0): Promise<void> {
  if (found.length >= mostFound || depth > 8) return;
  if (entry.isFile) {
    found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await walk(inner, found, depth + 1);
  }
}
