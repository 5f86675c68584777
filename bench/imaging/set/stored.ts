import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { Case } from './cases.ts';
import type { Composed } from './frame.ts';

/** What the pictures depend on besides the sample photos: another set after each change of it. */
async function versionOf(folder: URL): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts')).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(await readFile(new URL(name, folder)));
  return hash.digest('hex').slice(0, 12);
}

/** A folder for the pictures in the system's temporary one: they take minutes to draw and are the same each time. */
export async function storeFolder(): Promise<string> {
  const folder = path.join(tmpdir(), `waybill-imaging-${await versionOf(new URL('./', import.meta.url))}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** The picture of a case from the folder; drawn and put there when it is missing. */
export async function stored(each: Case, folder: string): Promise<Composed> {
  const [photo, truth, behind] = ['jpg', 'truth.png', 'behind.png'].map((end) => path.join(
    folder,
    `${each.name}.${end}`,
  ));
  try {
    return await read(photo!, truth!, behind!);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const made = await each.make();
  const { width, height, alpha, colours } = made;
  const rgba = Buffer.alloc(width * height * 4);
  for (let at = 0; at < alpha.length; at += 1) {
    if (colours !== undefined) rgba.set(colours.subject.subarray(at * 3, at * 3 + 3), at * 4);
    rgba[at * 4 + 3] = alpha[at]!;
  }
  if (colours !== undefined) await write(behind!, await png(colours.behind, width, height, 3));
  await write(truth!, await png(rgba, width, height, 4));
  // Last: what is there is whole.
  await write(photo!, made.photo);
  return made;
}

async function read(photo: string, truth: string, behind: string): Promise<Composed> {
  const bytes = await readFile(photo);
  const { data, info } = await sharp(await readFile(truth)).raw().toBuffer({ resolveWithObject: true });
  const back = await readFile(behind).catch(() => undefined);
  const cells = info.width * info.height;
  const [alpha, subject] = [new Uint8Array(cells), new Uint8Array(cells * 3)];
  for (let at = 0; at < cells; at += 1) {
    subject.set(data.subarray(at * 4, at * 4 + 3), at * 3);
    alpha[at] = data[at * 4 + 3]!;
  }
  const composed = { photo: bytes, width: info.width, height: info.height, alpha };
  return back === undefined ? composed : {
    ...composed,
    colours: { subject, behind: await sharp(back).raw().toBuffer() },
  };
}

const png = (data: Uint8Array, width: number, height: number, channels: 3 | 4): Promise<Buffer> =>
  sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 2 }).toBuffer();

/** Whole or not at all: two runs may draw at once. */
async function write(file: string, bytes: Uint8Array): Promise<void> {
  const own = `${file}.${process.pid}`;
  try {
    await writeFile(own, bytes);
    await rename(own, file);
  } finally {
    await rm(own, { force: true });
  }
}
