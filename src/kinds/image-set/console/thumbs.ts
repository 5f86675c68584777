import { signal, type ReadonlySignal } from '@preact/signals';

/*
 * Small pictures of files of this machine, made one after the other: a browser that shows a hundred photos of a camera
 * as they are takes gigabytes.
 */

const side = 320;
const mostKept = 400;
/** By file: the URL of its small picture; null where there will be none. */
const made = new Map<File, ReturnType<typeof signal<string | null | undefined>>>();
let making: Promise<void> = Promise.resolve();

/** Undefined until it is made; null for what the browser cannot show. */
export function thumbOf(file: File): ReadonlySignal<string | null | undefined> {
  const known = made.get(file);
  if (known !== undefined) return known;
  const thumb = signal<string | null | undefined>(undefined);
  if (made.size >= mostKept) {
    const [oldest, { value }] = made.entries().next().value!;
    if (value) URL.revokeObjectURL(value);
    made.delete(oldest);
  }
  made.set(file, thumb);
  making = making.then(async () => void (thumb.value = await make(file).catch(() => null)));
  return thumb;
}

async function make(file: File): Promise<string> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.min(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.ceil(picture.width * scale), Math.ceil(picture.height * scale));
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 }));
}

/** Of sets that were uploaded from here: their small pictures are shown until those of the server are there. */
const ofSets = new Map<string, readonly File[]>();

export function rememberFiles(jobId: string, files: readonly File[]): void {
  ofSets.set(jobId, files);
  if (ofSets.size > 3) ofSets.delete(ofSets.keys().next().value!);
}

export function localThumb(jobId: string, idx: number): string | null {
  const file = ofSets.get(jobId)?.[idx];
  return file === undefined ? null : (thumbOf(file).value ?? null);
}
